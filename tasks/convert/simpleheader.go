package convert

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// simpleHeader is SimpleHeaderConverter: text whose form shows its type.
type simpleHeader struct{}

func (simpleHeader) ToHeader(_ *tasks.Arena, _, _ string, data []byte) (*tasks.Schema, tasks.Value, error) {
	if data == nil {
		return nil, tasks.Null, nil
	}
	s, v := ParseString(string(charset{name: "utf-8"}.decode(nil, data)))
	return s, v, nil
}

func (simpleHeader) FromHeader(_, _ string, _ *tasks.Schema, v tasks.Value) ([]byte, error) {
	if v.IsNull() {
		return nil, nil
	}
	return charset{name: "utf-8"}.encode(nil, AppendText(nil, v, false)), nil
}

// nestedText escapes a text within a list or map.
var nestedText = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// AppendText appends v as Connect's Values.convertToString writes it. Inside lists and maps (nested) texts are quoted.
func AppendText(dst []byte, v tasks.Value, nested bool) []byte {
	quote := func(s string) []byte {
		if nested {
			return append(append(append(dst, '"'), s...), '"')
		}
		return append(dst, s...)
	}
	switch v.Kind() {
	case tasks.KindString:
		if nested {
			return quote(nestedText.Replace(v.Str()))
		}
		return quote(v.Str())
	case tasks.KindBytes:
		return quote(base64.StdEncoding.EncodeToString(v.Bytes()))
	case tasks.KindTime:
		return append(dst, timeText(v.Int())...)
	case tasks.KindList:
		dst = append(dst, '[')
		for i, e := range v.List() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendText(dst, e, true)
		}
		return append(dst, ']')
	case tasks.KindMap:
		dst = append(dst, '{')
		for i, e := range Ordered(v.Map()) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendText(append(AppendText(dst, e.Key, true), ':'), e.Value, true)
		}
		return append(dst, '}')
	case tasks.KindStruct:
		dst = append(dst, '{')
		for i, f := range v.Struct().Schema.Fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendText(append(AppendText(dst, tasks.NewString(f.Name), true), ':'), v.Struct().GetSlot(i), true)
		}
		return append(dst, '}')
	}
	return AppendJava(dst, v)
}

// timeText writes a Date: what is before the second day of the epoch as a time, whole days as a date.
func timeText(ms int64) string {
	t := tasks.NewTime(ms).Time()
	year, month, day := civil(t)
	if year <= 0 {
		year = 1 - year
	}
	date := pad(year, 4) + "-" + pad(month, 2) + "-" + pad(day, 2)
	clock := t.Format("15:04:05.000") + "Z"
	switch {
	case ms < dayMillis:
		return clock
	case ms%dayMillis == 0:
		return date
	}
	return date + "T" + clock
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}
