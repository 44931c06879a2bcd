package protobuf

import (
	"strconv"
	"strings"
)

// text writes the file as the Java converter registers it: proto3, two blanks of indentation, types behind the fields.
func (f *file) text() string {
	var b strings.Builder
	b.WriteString("syntax = \"proto3\";\n")
	if f.pkg != "" {
		b.WriteString("package " + f.pkg + ";\n")
	}
	if len(f.imports) > 0 {
		b.WriteString("\n")
		for _, name := range f.imports {
			b.WriteString("import " + strconv.Quote(name) + ";\n")
		}
	}
	b.WriteString("\n")
	for _, m := range f.messages {
		b.WriteString(m.text())
	}
	return b.String()
}

// indent indents each line of a text, blank ones included.
func indent(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return "  " + strings.Join(lines, "\n  ") + "\n"
}

func (m *message) text() string {
	var plain, choices, types string
	for _, f := range m.fields {
		if f.oneof == nil {
			plain += indent(f.text())
		}
	}
	for _, o := range m.oneofs {
		choices += indent(o.text())
	}
	for _, below := range m.messages {
		types += indent(below.text())
	}
	for _, e := range m.enums {
		types += indent(e.text())
	}
	body := ""
	for _, part := range []string{plain, choices, types} {
		if part != "" {
			body += "\n" + part
		}
	}
	return "message " + m.name + " {" + body + "}\n"
}

func (o *oneof) text() string {
	s := "oneof " + o.name + " {\n"
	for _, f := range o.fields {
		s += indent(f.text())
	}
	return s + "}\n"
}

func (e *enum) text() string {
	s := "enum " + e.name + " {\n"
	for _, v := range e.values {
		s += "  " + v.name + " = " + strconv.Itoa(int(v.number)) + ";\n"
	}
	return s + "}\n"
}

func (f *field) text() string {
	s := [...]string{labelNone: "", labelOptional: "optional ", labelRequired: "required ", labelRepeated: "repeated "}[f.label]
	s += f.typeName + " " + f.name + " = " + strconv.Itoa(int(f.number))
	if len(f.params) == 0 {
		return s + ";\n"
	}
	var list []string
	for _, p := range f.params {
		list = append(list, "    {\n      key: "+quote(p.name)+",\n      value: "+quote(p.value)+"\n    }")
	}
	return s + " [(confluent.field_meta) = {\n  params: [\n" + strings.Join(list, ",\n") + "\n  ]\n}];\n"
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// wrappersText is the file of the wrapper messages as it is registered for values that are no structs.
const wrappersText = `syntax = "proto3";
package google.protobuf;

option java_package = "com.google.protobuf";
option java_outer_classname = "WrappersProto";
option java_multiple_files = true;
option go_package = "google.golang.org/protobuf/types/known/wrapperspb";
option cc_enable_arenas = true;
option objc_class_prefix = "GPB";
option csharp_namespace = "Google.Protobuf.WellKnownTypes";

message DoubleValue {
  double value = 1 [json_name = "value"];
}
message FloatValue {
  float value = 1 [json_name = "value"];
}
message Int64Value {
  int64 value = 1 [json_name = "value"];
}
message UInt64Value {
  uint64 value = 1 [json_name = "value"];
}
message Int32Value {
  int32 value = 1 [json_name = "value"];
}
message UInt32Value {
  uint32 value = 1 [json_name = "value"];
}
message BoolValue {
  bool value = 1 [json_name = "value"];
}
message StringValue {
  string value = 1 [json_name = "value"];
}
message BytesValue {
  bytes value = 1 [json_name = "value"];
}
`
