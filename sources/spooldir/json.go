package spooldir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

// jsonFormat reads JSON values that stand one after the other, on a line each or not: as text, or with a schema.
type jsonFormat struct {
	astext  bool
	schemas schemas
	parser  parser
}

func newSchemaless(tasks.Config) (format, error) { return &jsonFormat{astext: true}, nil }

func newJSON(c tasks.Config) (format, error) {
	s, err := schemasOf(c)
	if err != nil {
		return nil, err
	}
	p, err := parserOf(c)
	if err != nil {
		return nil, err
	}
	return &jsonFormat{schemas: s, parser: p}, nil
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (j *jsonFormat) end(f readerAt, size int64) (int64, error) {
	last := int64(0)
	err := text.ScanBack(f, 0, size, func(block []byte, at int64) bool {
		for i := len(block) - 1; i >= 0; i-- {
			if !isBlank(block[i]) {
				last = at + int64(i) + 1
				return true
			}
		}
		return false
	})
	return last, err
}

// resume has nothing to refuse: a value ends with its last bracket.
func (j *jsonFormat) resume(readerAt, int64, int64) error { return nil }

func (j *jsonFormat) begin(w window) (rows, int64, error) {
	if err := skipBOM(w); err != nil {
		return nil, 0, err
	}
	start := w.Offset()
	if j.astext {
		return &jsonRows{jsonFormat: j}, start, nil
	}
	names := j.schemas.names()
	if j.schemas.generate {
		n, err := value(w)
		if err == io.EOF {
			return nil, start, nil
		}
		if err != nil {
			return nil, 0, err
		}
		var first orderedMembers
		if err := json.Unmarshal(w.Bytes()[:n], &first); err != nil {
			return nil, 0, &rowError{reason: err.Error()}
		}
		for _, m := range first {
			names = append(names, m.name)
		}
	}
	r := &jsonRows{jsonFormat: j}
	var err error
	r.keySchema, r.schema, err = j.schemas.forColumns(names)
	return r, start, err
}

// jsonRows reads the values of one file.
type jsonRows struct {
	*jsonFormat
	keySchema, schema *tasks.Schema
}

func (r *jsonRows) next(w window, a *tasks.Arena, rec *tasks.Record) error {
	n, err := value(w)
	if err != nil {
		return err
	}
	raw := w.Bytes()[:n]
	if !json.Valid(raw) {
		return &rowError{reason: "it is not valid JSON: " + json.Unmarshal(raw, new(any)).Error()}
	}
	if r.astext {
		var b bytes.Buffer
		if err := json.Compact(&b, raw); err != nil {
			return &rowError{reason: err.Error()}
		}
		if !(text.Charset{}).Plain(b.Bytes()) {
			return &rowError{reason: "it is not UTF-8"}
		}
		rec.ValueSchema, rec.Value = tasks.StringSchema, tasks.NewString(a.Text(b.Bytes()))
		w.Skip(n)
		return nil
	}
	v, err := r.structure(a, r.schema, raw)
	if err != nil {
		return asRowError(err)
	}
	rec.ValueSchema, rec.Value = r.schema, v
	if r.keySchema != nil {
		if rec.Key, err = r.structure(a, r.keySchema, raw); err != nil {
			return asRowError(err)
		}
		rec.KeySchema = r.keySchema
	}
	w.Skip(n)
	return nil
}

func asRowError(err error) error {
	if e, ok := errors.AsType[*rowError](err); ok {
		return e
	}
	return &rowError{reason: err.Error()}
}

// value skips blanks and returns the length of the object or array at the window's start.
func value(w window) (int, error) {
	depth, i, quoted := 0, 0, false
	for {
		b := w.Bytes()
		if depth == 0 {
			skip := 0
			for skip < len(b) && isBlank(b[skip]) {
				skip++
			}
			w.Skip(skip)
			b, i = b[skip:], 0
			if len(b) > 0 && b[0] != '{' && b[0] != '[' {
				return 0, &rowError{reason: fmt.Sprintf("a JSON object is expected, but there is %s", shown(string(b[:min(len(b), 20)])))}
			}
		}
		for ; i < len(b); i++ {
			switch c := b[i]; {
			case quoted && c == '\\':
				i++
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				if depth--; depth == 0 {
					return i + 1, nil
				}
			}
		}
		switch err := w.More(); {
		case err == nil:
		case err == io.EOF && len(b) > 0:
			return 0, &rowError{reason: "the JSON value is not closed", open: true}
		case err == text.ErrRowTooLong:
			return 0, &rowError{reason: err.Error()}
		default:
			return 0, err
		}
	}
}
