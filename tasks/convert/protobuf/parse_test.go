package protobuf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParse reads what texts may hold beside messages and fields.
func TestParse(t *testing.T) {
	t.Parallel()
	f := mustParse(t, `// a comment
syntax = 'proto2'; /* another
one */
package a.b;
import public "google/protobuf/empty.proto";
option java_package = "q";
option (my.opt).part = { a: 1, b: [1, 2] c { d: "x" "y" } [e.f]: -1.5 };
extend google.protobuf.FieldOptions { optional string my = 50000; }
service S { rpc Get (R) returns (stream R) { option (x) = {}; } }
message R {
  reserved 2, 9 to 11, max; reserved "foo";
  extensions 100 to max;
  option deprecated = true;
  required string message = 1 [json_name = "m", deprecated = true, default = "a\x41\101\n\"\u00e9"];
  optional group G = 3 { optional int32 x = 1; }
  repeated .a.b.R.In in = 4;
  optional In.Deep deep = 5;
  map<string, .a.b.E> m_e = 6;
  oneof o { option x = true; int32 i = 0x10; E e = 017; }
  message In { message Deep {} ; }
  extend R { optional int32 y = 100; }
};
enum E { option allow_alias = true; A = 0; B = -1 [deprecated = true]; reserved 5; reserved "X"; }
`)
	m := f.messages[0]
	var got []string
	for _, f := range m.fields {
		s := f.name + " " + f.kind.String()
		if f.kind == kindMessage {
			s += f.message.full
		}
		if f.kind == kindEnum {
			s += f.enum.full
		}
		got = append(got, s)
	}
	want := []string{"i int32", "e a.b.E", "message string", "in a.b.R.In", "deep a.b.R.In.Deep", "m_e a.b.R.MEEntry"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if def := *m.fields[2].def; def != "aAA\n\"é" {
		t.Errorf("default %q", def)
	}
	if m.fields[0].number != 16 || m.fields[1].number != 15 || f.enums[0].values[1].number != -1 {
		t.Error("numbers are read wrongly")
	}
	if f.byIndexes([]int32{0, 0, 0}).name != "Deep" || f.byIndexes([]int32{1}) != nil || f.byIndexes([]int32{0, -1}) != nil {
		t.Error("message indexes lead elsewhere")
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no end":            `message R {`,
		"no type":           `message R { Foo a = 1; }`,
		"number twice":      `message R { optional int32 a = 1; optional int32 b = 1; }`,
		"number zero":       `message R { optional int32 a = 0; }`,
		"number too large":  `message R { optional int32 a = 536870912; }`,
		"name twice":        `message R { optional int32 a = 1; optional string a = 2; }`,
		"empty enum":        `enum E {}`,
		"unknown statement": `foo bar;`,
		"syntax":            `syntax = "proto4";`,
		"string":            `import "abc`,
		"comment":           `/* abc`,
		"deep messages":     strings.Repeat("message R {", 1000),
		"deep options":      "option a = " + strings.Repeat("{a:", 1000),
		"import is broken":  `import "a.proto"; message R {}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := parseSchema(text, map[string]string{"a.proto": "message"}); err == nil {
				t.Error("no error")
			}
		})
	}
}

// TestWellKnown links every file that schemas may import.
func TestWellKnown(t *testing.T) {
	t.Parallel()
	for dir, names := range map[string]string{
		"google/protobuf/": "any api duration empty field_mask source_context struct timestamp type wrappers",
		"google/type/": "calendar_period color date datetime dayofweek decimal expr fraction interval latlng localized_text money month " +
			"phone_number postal_address quaternion timeofday",
		"confluent/":      "meta",
		"confluent/type/": "decimal",
	} {
		for name := range strings.FieldsSeq(names) {
			if text := wellKnown(dir + name + ".proto"); text == "" {
				t.Errorf("%s%s is not known", dir, name)
			} else if _, err := parseSchema(text, nil); err != nil {
				t.Errorf("%s%s: %v", dir, name, err)
			}
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"m": "mEntry", "my_map": "MyMapEntry", "myMap": "myMapEntry", "_x": "XEntry"} {
		if got := mapEntry(in); got != want {
			t.Errorf("the entry of %s is %s, not %s", in, got, want)
		}
	}
	for in, want := range map[string]string{"mEntry": "m", "MyMapEntry": "my_map", "myMapEntry": "my_map", "ABcEntry": "a_bc", "Other": "Other"} {
		if got := mapName(in); got != want {
			t.Errorf("the map of %s is %s, not %s", in, got, want)
		}
	}
	for in, want := range map[string]string{"a": "a", "": "", "a-b": "a_b", "1x": "x1x", "_x": "x_x", "é": "_C3_A9", "a b": "a_b", "a*": "a_"} {
		if got := scrub(in); got != want {
			t.Errorf("%s is scrubbed to %s, not %s", in, got, want)
		}
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	one, ok := Canonical("syntax=\"proto3\";package p; message R { message In{} In a = 1;}")
	other, ok2 := Canonical("syntax = \"proto3\";\npackage p;\n\nmessage R {\n  In a = 1;\n\n  message In {}\n}\n")
	if !ok || !ok2 || one != other {
		t.Errorf("%q is not %q", one, other)
	}
	for _, text := range []string{`syntax="proto3"; /* x */ message R {}`, `message R {}`, `syntax="proto3"; message R { reserved 1; }`,
		`syntax="proto3"; message R { map<string,int32> m = 1; }`, `syntax="proto3"; message R { int32 a = 1 [deprecated=true]; }`, `nonsense`} {
		if got, ok := Canonical(text); ok {
			t.Errorf("%s has the canonical text %s", text, got)
		}
	}
}
