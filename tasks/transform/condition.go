package transform

import (
	"errors"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/jsonpath"
)

var conditionDef = tasks.ConfigDef{
	high(key("filter.condition", tasks.TypeString, none, isJSONPath,
		"A JSONPath; it holds where it leads to anything, so mostly it ends with a filter: $[?(@.country == 'DE')].")),
	high(key("filter.type", tasks.TypeString, none, tasks.OneOfFold("include", "exclude"), "Whether the records for which it holds are kept or dropped.")),
	key("missing.or.null.behavior", tasks.TypeString, tasks.DefaultTo("fail"), tasks.OneOfFold("fail", "include", "exclude"),
		"What becomes of a record in which the path before the filter leads to nothing or null."),
}

func isJSONPath(v any) string {
	s, _ := v.(string)
	if _, err := jsonpath.Compile(s); err != nil {
		return err.Error()
	}
	return ""
}

// condition is Confluent's Filter: it keeps or drops records by a JSONPath.
type condition struct {
	side
	path      *jsonpath.Path
	includes  bool
	onMissing string // lower case
}

func (s side) newCondition(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	path, err := jsonpath.Compile(c.String("filter.condition"))
	return &condition{side: s, path: path, includes: strings.EqualFold(c.String("filter.type"), "include"), onMissing: strings.ToLower(c.String("missing.or.null.behavior"))}, err
}

func (t *condition) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	_, v := t.get(r)
	if v.IsNull() {
		return t.missing()
	}
	found, err := t.path.Find(v)
	switch {
	case errors.Is(err, jsonpath.ErrMissing):
		return t.missing()
	case err != nil:
		return false, tasks.DataException("The filter.condition does not fit the record: %v", err)
	case t.path.Definite() && found[0].IsNull():
		return t.missing()
	}
	return (len(found) > 0) == t.includes, nil
}

func (t *condition) missing() (bool, error) {
	if t.onMissing == "fail" {
		return false, tasks.DataException("The filter.condition leads to nothing or null in the %s of the record, and missing.or.null.behavior is fail", t.name())
	}
	return t.onMissing == "include", nil
}
