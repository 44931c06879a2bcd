package tasktest

import (
	"fmt"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// describe renders a value with its kind, so that two values have the same text only when they are equal.
func describe(v tasks.Value) string {
	switch v.Kind() {
	case tasks.KindNull:
		return "null"
	case tasks.KindString:
		return fmt.Sprintf("%q", v.Str())
	case tasks.KindBytes:
		return fmt.Sprintf("bytes %x", v.Bytes())
	case tasks.KindBoolean:
		return fmt.Sprint(v.Bool())
	case tasks.KindFloat32, tasks.KindFloat64:
		return fmt.Sprintf("float%d %v", v.Kind(), v.Float())
	case tasks.KindDecimal:
		return "decimal " + v.Decimal().String()
	case tasks.KindList:
		parts := make([]string, len(v.List()))
		for i, e := range v.List() {
			parts[i] = describe(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case tasks.KindMap:
		var parts []string
		for _, e := range v.Map().Entries {
			parts = append(parts, describe(e.Key)+": "+describe(e.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case tasks.KindStruct:
		var parts []string
		s := v.Struct()
		for i, f := range s.Schema.Fields {
			parts = append(parts, f.Name+"="+describe(s.Slots[i]))
		}
		return "struct " + s.Schema.Name + "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprintf("int%d %d", v.Kind(), v.Int())
}
