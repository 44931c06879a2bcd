package avro_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// TestSchemaFile converts without a registry, and refuses what the schema cannot hold.
func TestSchemaFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "schema.avsc")
	if err := os.WriteFile(path, []byte(`{"type":"record","name":"R","fields":[{"name":"a","type":"long"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := avro.New(map[string]string{"schema.file": path}, false)
	if err != nil {
		t.Fatal(err)
	}
	s, v, err := c.ToConnect(t.Context(), nil, "t", nil, []byte{14})
	if err != nil || v.Struct().Slots[0].Int() != 7 {
		t.Fatalf("got %v, %v", v, err)
	}
	if out, err := c.FromConnect(t.Context(), nil, "t", s, v); err != nil || string(out) != "\x0e" {
		t.Errorf("got %q, %v", out, err)
	}
	if _, v, err := c.ToConnect(t.Context(), nil, "t", nil, []byte{14, 1}); err == nil {
		t.Errorf("got %v of a value and a half", v)
	}
	if out, err := c.FromConnect(t.Context(), nil, "t", tasks.StringSchema, tasks.NewString("x")); err == nil {
		t.Errorf("wrote a string as %q", out)
	}
	if _, err := avro.New(map[string]string{"schema.file": path + "x"}, false); err == nil {
		t.Error("a file that is not there was read")
	}
}
