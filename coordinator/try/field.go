package try

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// Field is one datum of a record: where it stands, what it is, and its value as text.
type Field struct {
	Path  string `json:"path"`
	Type  string `json:"type,omitempty"`
	Value string `json:"value"`
}

// Change is what a step did to a field; Before or After is null for one that was not there.
type Change struct {
	Path   string `json:"path"`
	Before *Field `json:"before"`
	After  *Field `json:"after"`
}

// Fields flattens a record, in its own order: topic, partition, timestamp, key, value and headers, with a path such as
// value.address.city for each datum below them.
func Fields(r *tasks.Record) []Field {
	f := fields{{Path: "topic", Value: r.Topic}}
	if r.Partition != tasks.NoPartition {
		f = append(f, Field{Path: "partition", Value: strconv.Itoa(int(r.Partition))})
	}
	if r.Timestamp != tasks.NoTimestamp {
		f = append(f, Field{Path: "timestamp", Value: instant(r.Timestamp)})
	}
	f.add("key", r.KeySchema, r.Key)
	f.add("value", r.ValueSchema, r.Value)
	for _, h := range r.Headers {
		f.add("header "+h.Key, h.Schema, h.Value)
	}
	return f
}

type fields []Field

func (f *fields) add(path string, s *tasks.Schema, v tasks.Value) {
	own := func(value string) { *f = append(*f, Field{path, typeText(s, v), value}) }
	switch v.Kind() {
	case tasks.KindStruct:
		st := v.Struct()
		own("")
		for i, field := range st.Schema.Fields {
			f.add(path+"."+field.Name, field.Schema, st.GetSlot(i))
		}
	case tasks.KindMap:
		own(size(len(v.Map().Entries), "{}"))
		for _, e := range convert.Ordered(v.Map()) {
			f.add(path+"."+keyText(e.Key), elem(s), e.Value)
		}
	case tasks.KindList:
		own(size(len(v.List()), "[]"))
		for i, item := range v.List() {
			f.add(path+"["+strconv.Itoa(i)+"]", elem(s), item)
		}
	default:
		own(leaf(s, v))
	}
}

func size(n int, empty string) string {
	if n == 0 {
		return empty
	}
	return ""
}

func elem(s *tasks.Schema) *tasks.Schema {
	if s == nil {
		return nil
	}
	return s.Elem
}

func keyText(v tasks.Value) string {
	if v.Kind() == tasks.KindString {
		return v.Str()
	}
	return leaf(nil, v)
}

// kinds are what schemaless data are called.
var kinds = map[tasks.Kind]string{tasks.KindInt8: "int8", tasks.KindInt16: "int16", tasks.KindInt32: "int32", tasks.KindInt64: "int64",
	tasks.KindFloat32: "float32", tasks.KindFloat64: "float64", tasks.KindBoolean: "boolean", tasks.KindString: "string", tasks.KindBytes: "bytes",
	tasks.KindDecimal: "decimal", tasks.KindTime: "date", tasks.KindList: "list", tasks.KindMap: "map"}

// typeText is a schema in short, such as INT64 Timestamp? or STRUCT com.example.Order v2; that of schemaless data is in small
// letters.
func typeText(s *tasks.Schema, v tasks.Value) string {
	if s == nil {
		return kinds[v.Kind()]
	}
	text := s.Type.String()
	if s.Name != "" {
		text += " " + strings.TrimPrefix(s.Name, "org.apache.kafka.connect.data.")
	}
	if s.Version != nil && s.Type == tasks.StructType {
		text += " v" + strconv.Itoa(int(*s.Version))
	}
	if s.Optional {
		text += "?"
	}
	return text
}

func leaf(s *tasks.Schema, v tasks.Value) string {
	switch v.Kind() {
	case tasks.KindNull:
		return "null"
	case tasks.KindString:
		return quoted(v.Str())
	case tasks.KindBytes:
		return "0x" + hex.EncodeToString(v.Bytes())
	case tasks.KindBoolean:
		return strconv.FormatBool(v.Bool())
	case tasks.KindFloat32:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32)
	case tasks.KindFloat64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case tasks.KindDecimal:
		return v.Decimal().Plain()
	case tasks.KindTime:
		return dateText(s, v.Int())
	}
	return strconv.FormatInt(v.Int(), 10)
}

// quoted is a text as JSON has it.
func quoted(text string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil { // a string always encodes
		return strconv.Quote(text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func dateText(s *tasks.Schema, ms int64) string {
	t := time.UnixMilli(ms).UTC()
	switch {
	case s != nil && s.Name == tasks.DateName:
		return t.Format(time.DateOnly)
	case s != nil && s.Name == tasks.TimeName:
		return t.Format("15:04:05.000")
	}
	return instant(ms)
}

func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// Diff returns what is different between two records, in the order of the first, what is new behind it.
func Diff(before, after []Field) []Change {
	out := []Change{}
	used := make([]bool, len(after))
	for i := range before {
		b := &before[i]
		j := slices.IndexFunc(after, func(f Field) bool { return f.Path == b.Path })
		for j >= 0 && used[j] { // repeated headers are told apart by their order
			k := slices.IndexFunc(after[j+1:], func(f Field) bool { return f.Path == b.Path })
			if k < 0 {
				j = -1
				break
			}
			j += 1 + k
		}
		switch {
		case j < 0:
			out = append(out, Change{b.Path, b, nil})
		case after[j] != *b:
			out = append(out, Change{b.Path, b, &after[j]})
		}
		if j >= 0 {
			used[j] = true
		}
	}
	for j := range after {
		if !used[j] {
			out = append(out, Change{after[j].Path, nil, &after[j]})
		}
	}
	return out
}

// String is path: value (type).
func (f Field) String() string {
	text := f.Path
	if f.Value != "" {
		text += ": " + f.Value
	}
	if f.Type != "" {
		text += fmt.Sprintf(" (%s)", f.Type)
	}
	return text
}
