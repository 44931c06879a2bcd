package registry

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// state is everything that a registry knows.
type state struct {
	Schemas map[int]Schema    `json:"schemas"`  // by id, without subject and version
	Subject map[string][]int  `json:"subjects"` // ids of the versions 1, 2, …; 0 where there is none
	Levels  map[string]string `json:"levels"`   // compatibility by subject, "" for all

	ids map[string]int // by identity
}

func newState() *state {
	return &state{Schemas: map[int]Schema{}, Subject: map[string][]int{}, Levels: map[string]string{}, ids: map[string]int{}}
}

func (s *state) clone() *state {
	c := &state{maps.Clone(s.Schemas), maps.Clone(s.Subject), maps.Clone(s.Levels), maps.Clone(s.ids)}
	for subject, ids := range c.Subject {
		c.Subject[subject] = slices.Clip(ids)
	}
	return c
}

// find returns the version under which a subject has the schema.
func (s *state) find(subject string, schema *Schema) (Schema, error) {
	if _, ok := s.Subject[subject]; !ok {
		return Schema{}, errSubject(subject)
	}
	if id, ok := s.ids[schema.identity()]; ok {
		if i := slices.Index(s.Subject[subject], id); i >= 0 {
			return s.at(subject, i+1), nil
		}
	}
	return Schema{}, errSchema("Schema not found")
}

// register makes the schema the newest version of a subject unless the subject
// has it already, and returns its ids.
func (s *state) register(subject string, schema Schema) (idAnswer, error) {
	if found, err := s.find(subject, &schema); err == nil {
		return idAnswer{found.ID, found.GUID}, nil
	}
	references, err := s.resolve(schema.References, nil)
	if err == nil {
		err = check(schema.kind(), schema.Text, references)
	}
	if err != nil {
		return idAnswer{}, errInvalid(&schema, err)
	}
	id, ok := s.ids[schema.identity()]
	if !ok {
		id = 1 + slices.Max(append(slices.Collect(maps.Keys(s.Schemas)), 0))
		schema.Text = stored(schema.kind(), schema.Text)
		s.put(id, schema)
	}
	s.Subject[subject] = append(s.Subject[subject], id)
	stored := s.Schemas[id]
	return idAnswer{id, stored.guid()}, nil
}

// resolve returns the texts of what a schema refers to, each after what it
// refers to itself.
func (s *state) resolve(references []Reference, texts []string) ([]string, error) {
	for _, r := range references {
		schema, err := s.version(r.Subject, r.Version)
		if err != nil {
			return nil, fmt.Errorf("no schema reference found for subject %q and version %d", r.Subject, r.Version)
		}
		if texts, err = s.resolve(schema.References, texts); err != nil {
			return nil, err
		}
		if !slices.Contains(texts, schema.Text) {
			texts = append(texts, schema.Text)
		}
	}
	return texts, nil
}

func (s *state) preload(schema Schema) error {
	if schema.ID <= 0 || schema.Version <= 0 || schema.Subject == "" {
		return errors.New("it needs a subject, and an id and a version from 1 on")
	}
	subject, version := schema.Subject, schema.Version
	if old, ok := s.Schemas[schema.ID]; ok && (old.Text != schema.Text || old.kind() != schema.kind()) {
		return errors.New("the id has another schema")
	}
	ids := slices.Clone(s.Subject[subject])
	for len(ids) < version {
		ids = append(ids, 0)
	}
	if old := ids[version-1]; old != 0 && old != schema.ID {
		return fmt.Errorf("version %d has the id %d", version, old)
	}
	ids[version-1] = schema.ID
	s.Subject[subject] = ids
	s.put(schema.ID, schema)
	return nil
}

// put stores a schema under an id; one that is there already stays.
func (s *state) put(id int, schema Schema) {
	if _, ok := s.Schemas[id]; ok {
		return
	}
	schema.ID, schema.Subject, schema.Version = id, "", 0
	if schema.Type == Avro {
		schema.Type = "" // as the registry says it
	}
	s.Schemas[id] = schema
	if _, ok := s.ids[schema.identity()]; !ok {
		s.ids[schema.identity()] = id
	}
}

// version returns a version of a subject; the newest for -1.
func (s *state) version(subject string, version int) (Schema, error) {
	ids, ok := s.Subject[subject]
	if !ok {
		return Schema{}, errSubject(subject)
	}
	if version == latest {
		version = len(ids)
	}
	if version < 1 || version > len(ids) || ids[version-1] == 0 {
		return Schema{}, errVersion(version)
	}
	return s.at(subject, version), nil
}

func (s *state) at(subject string, version int) Schema {
	schema := s.Schemas[s.Subject[subject][version-1]]
	schema.Subject, schema.Version, schema.GUID = subject, version, schema.guid()
	return schema
}
