package protobuf_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/protobuf"
)

const orders = `syntax = "proto3"; package shop; import "money.proto"; import "google/protobuf/timestamp.proto";
message Order { int64 id = 7; string name = 2; repeated sint32 ns = 3; money.Price price = 4; map<string, int32> counts = 5;
  google.protobuf.Timestamp at = 6; oneof kind { string a = 10; fixed32 b = 11; } optional double d = 12; enum E { X = 0; Y = 3; } E e = 13; message In { bool b = 1; } }`

// files writes the schema and what it imports, and returns its path.
func files(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"orders.proto": orders, "money.proto": `syntax = "proto3"; package money; message Price { int64 cents = 1; }`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "orders.proto")
}

// TestSchemaFile reads and writes without a registry: what was read is written as the same bytes.
func TestSchemaFile(t *testing.T) {
	t.Parallel()
	c, err := protobuf.New(map[string]string{"schema.file": files(t)}, false)
	if err != nil {
		t.Fatal(err)
	}
	// In the order in which fields are written: those of oneofs behind the others.
	body := "\x38\x2a" + "\x12\x01x" + "\x1a\x02\x01\x04" + "\x22\x03\x08\x96\x01" + "\x2a\x05\x0a\x01k\x10\x05" + "\x32\x04\x08\xc0\x84\x3d" + "\x5d\x01\x02\x03\x04" + "\x61\x00\x00\x00\x00\x00\x00\xf8\x3f" + "\x68\x03"
	s, v, err := c.ToConnect(t.Context(), new(tasks.Arena), "t", nil, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.FromConnect(t.Context(), nil, "t", s, v)
	if err != nil {
		t.Fatal(err)
	}
	again := s
	s2, v2, err := c.ToConnect(t.Context(), new(tasks.Arena), "t", nil, out)
	if err != nil || s2 != again || !v2.Equal(v) || len(out) != len(body) {
		t.Errorf("read  %s\nwrote %q\nthen  %s (%v)", convert.AppendJava(nil, v), out, convert.AppendJava(nil, v2), err)
	}
	if got, want := string(convert.AppendJava(nil, v)), "id=42,name=x,ns=[-1, 2],price=Struct{cents=150},counts={k=5}"; !strings.Contains(got, want) {
		t.Errorf("read %s, want %s in it", got, want)
	}
}

// Data of another origin are fitted in by the names of their fields.
func TestSchemaFileOfOtherData(t *testing.T) {
	t.Parallel()
	c, err := protobuf.New(map[string]string{"schema.file": files(t), "schema.message": "shop.Order"}, false)
	if err != nil {
		t.Fatal(err)
	}
	price := tasks.NewStruct("p", tasks.Field{Name: "cents", Schema: tasks.Int32Schema})
	row := func(name string, extra tasks.Value) (*tasks.Schema, tasks.Value) {
		s := tasks.NewStruct("row", tasks.Field{Name: "price", Schema: price}, tasks.Field{Name: "id", Schema: tasks.Int32Schema}, tasks.Field{Name: name, Schema: tasks.OptionalStringSchema})
		return s, tasks.NewStructValue(&tasks.Struct{Schema: s, Slots: []tasks.Value{
			tasks.NewStructValue(&tasks.Struct{Schema: price, Slots: []tasks.Value{tasks.NewInt32(150)}}), tasks.NewInt32(42), extra}})
	}
	s, v := row("name", tasks.NewString("x"))
	out, err := c.FromConnect(t.Context(), nil, "t", s, v)
	if err != nil {
		t.Fatal(err)
	}
	_, back, err := c.ToConnect(t.Context(), new(tasks.Arena), "t", nil, out)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(convert.AppendJava(nil, back)); !strings.Contains(got, "id=42,name=x") || !strings.Contains(got, "cents=150") {
		t.Errorf("%q is read as %s", out, got)
	}
	s, v = row("nowhere", tasks.NewString("x"))
	if out, err := c.FromConnect(t.Context(), nil, "t", s, v); err == nil {
		t.Errorf("a field that the message does not have was written as %q", out)
	}
	s, v = row("nowhere", tasks.Null)
	if _, err := c.FromConnect(t.Context(), nil, "t", s, v); err != nil {
		t.Errorf("null in a field that the message does not have: %v", err)
	}
}

func TestSchemaFileMistakes(t *testing.T) {
	t.Parallel()
	path := files(t)
	for name, props := range map[string]map[string]string{
		"no file":    {"schema.file": path + "x"},
		"no message": {"schema.file": path, "schema.message": "shop.Nothing"},
	} {
		if _, err := protobuf.New(props, false); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	inner, err := protobuf.New(map[string]string{"schema.file": path, "schema.message": "Order.In"}, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, v, err := inner.ToConnect(t.Context(), new(tasks.Arena), "t", nil, []byte("\x08\x01")); err != nil || !v.Struct().Slots[0].Bool() {
		t.Errorf("got %v, %v", v, err)
	}
	if _, _, err := inner.ToConnect(t.Context(), new(tasks.Arena), "t", nil, []byte("\x08")); err == nil {
		t.Error("half a message was read")
	}
}
