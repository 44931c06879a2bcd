package registry

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
)

// latest stands for the newest version of a subject.
const latest = -1

func types() []string { return []string{JSON, Protobuf, Avro} }

func (r *Registry) types(*http.Request) (any, error) { return types(), nil }

func (r *Registry) mode(*http.Request) (any, error) {
	return map[string]string{"mode": "READWRITE"}, nil
}

func (r *Registry) schema(req *http.Request) (Schema, error) {
	id, err := strconv.ParseInt(req.PathValue("id"), 10, 32)
	if err != nil {
		return Schema{}, errPath()
	}
	schema, ok := r.snapshot().Schemas[int(id)]
	if !ok {
		return Schema{}, errSchema(fmt.Sprintf("Schema %d not found", id))
	}
	return schema, nil
}

// idSchema is what is said of a schema that was asked for by its id.
type idSchema struct {
	Text       string      `json:"schema"`
	Type       string      `json:"schemaType,omitempty"`
	References []Reference `json:"references,omitempty"`
	GUID       string      `json:"guid"`
}

func sayByID(s Schema) idSchema {
	return idSchema{s.Text, s.Type, s.References, s.guid()}
}

// byID ignores the parameter subject: it chooses a context, and there is one.
func (r *Registry) byID(req *http.Request) (any, error) {
	schema, err := r.schema(req)
	return sayByID(schema), err
}

func (r *Registry) textByID(req *http.Request) (any, error) {
	schema, err := r.schema(req)
	return rawText(schema.Text), err
}

func (r *Registry) byGUID(req *http.Request) (any, error) {
	guid := req.PathValue("guid")
	for _, schema := range r.snapshot().Schemas {
		if schema.guid() == guid {
			return sayByID(schema), nil
		}
	}
	return nil, errSchema(fmt.Sprintf("Schema %s not found", guid))
}

func (r *Registry) subjectsOfID(req *http.Request) (any, error) {
	uses, err := r.uses(req)
	subjects := []string{}
	for _, u := range uses {
		subjects = append(subjects, u.Subject)
	}
	return slices.Compact(subjects), err
}

func (r *Registry) versionsOfID(req *http.Request) (any, error) {
	uses, err := r.uses(req)
	return uses, err
}

type use struct {
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// uses lists where the schema of an id is registered.
func (r *Registry) uses(req *http.Request) ([]use, error) {
	schema, err := r.schema(req)
	if err != nil {
		return nil, err
	}
	uses, s := []use{}, r.snapshot()
	for _, subject := range slices.Sorted(maps.Keys(s.Subject)) {
		for i, id := range s.Subject[subject] {
			if id == schema.ID {
				uses = append(uses, use{subject, i + 1})
			}
		}
	}
	return uses, nil
}

func (r *Registry) subjects(*http.Request) (any, error) {
	return append([]string{}, slices.Sorted(maps.Keys(r.snapshot().Subject))...), nil
}

func (r *Registry) versions(req *http.Request) (any, error) {
	subject := req.PathValue("subject")
	ids, ok := r.snapshot().Subject[subject]
	if !ok {
		return nil, errSubject(subject)
	}
	versions := []int{}
	for i, id := range ids {
		if id != 0 {
			versions = append(versions, i+1)
		}
	}
	return versions, nil
}

func (r *Registry) version(req *http.Request) (any, error) {
	schema, err := r.versionOf(req)
	return schema, err
}

func (r *Registry) textOfVersion(req *http.Request) (any, error) {
	schema, err := r.versionOf(req)
	return rawText(schema.Text), err
}

func (r *Registry) versionOf(req *http.Request) (Schema, error) {
	text := req.PathValue("version")
	version, err := strconv.Atoi(text)
	if text == "latest" {
		version, err = latest, nil
	}
	if err != nil || version != latest && (version < 1 || version > math.MaxInt32) {
		return Schema{}, &apiError{http.StatusUnprocessableEntity, 42202, fmt.Sprintf("The specified version '%s' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\"", text)}
	}
	return r.snapshot().version(req.PathValue("subject"), version)
}
