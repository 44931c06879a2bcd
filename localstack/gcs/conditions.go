package gcs

import (
	"net/http"
	"net/url"
	"strconv"
)

// conditions are the preconditions of a call. nil means not set.
type conditions struct {
	generation, notGeneration         *int64
	metageneration, notMetageneration *int64
}

// readConditions reads the four parameters; prefix is "if" or, for the source
// of a copy, "ifSource".
func readConditions(q url.Values, prefix string) (c conditions, e *apiError) {
	for name, to := range map[string]**int64{
		"GenerationMatch": &c.generation, "GenerationNotMatch": &c.notGeneration,
		"MetagenerationMatch": &c.metageneration, "MetagenerationNotMatch": &c.notMetageneration,
	} {
		if *to, e = readNumber(q, prefix+name); e != nil {
			return c, e
		}
	}
	return c, nil
}

// headerConditions reads the preconditions of the XML API.
func headerConditions(h http.Header) (conditions, *apiError) {
	q := url.Values{}
	for name, header := range map[string]string{"ifGenerationMatch": "X-Goog-If-Generation-Match", "ifMetagenerationMatch": "X-Goog-If-Metageneration-Match"} {
		if v := h.Get(header); v != "" {
			q.Set(name, v)
		}
	}
	return readConditions(q, "if")
}

func readNumber(q url.Values, name string) (*int64, *apiError) {
	text := q.Get(name)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return nil, errInvalid("Invalid value for %s: %q", name, text)
	}
	return &n, nil
}

// check compares the conditions with the live object, nil if there is none. A
// reader whose copy is still good gets 304 where a writer gets 412.
func (c conditions) check(o *object, reads bool) *apiError {
	var generation, metageneration int64
	if o != nil {
		generation, metageneration = o.Generation, o.Metageneration
	}
	switch {
	case c.generation != nil && *c.generation != generation,
		c.metageneration != nil && (o == nil || *c.metageneration != metageneration):
		return errPrecondition("If-Match")
	case c.notGeneration != nil && *c.notGeneration == generation,
		c.notMetageneration != nil && (o == nil || *c.notMetageneration == metageneration):
		if reads {
			return errNotModified()
		}
		return errPrecondition("If-None-Match")
	}
	return nil
}
