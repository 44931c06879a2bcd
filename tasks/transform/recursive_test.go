package transform_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// TestFlattenRecursive refuses a schema that contains itself, as those of recursive messages do.
func TestFlattenRecursive(t *testing.T) {
	t.Parallel()
	s := &tasks.Schema{Type: tasks.StructType, Name: "R"}
	s.Fields = []tasks.Field{{Name: "v", Schema: tasks.Int32Schema}, {Name: "next", Schema: s}}
	c, err := transform.New(map[string]string{"transforms": "a", "transforms.a.type": "org.apache.kafka.connect.transforms.Flatten$Value"}, tasks.SinkKind)
	if err != nil {
		t.Fatal(err)
	}
	v := tasks.NewStructValue(&tasks.Struct{Schema: s, Slots: []tasks.Value{tasks.NewInt32(1), tasks.Null}})
	_, _, _, err = c.Apply(&tasks.Arena{}, &tasks.Record{Topic: "t", ValueSchema: s, Value: v})
	if e := tasks.AsException(err); err == nil || e.Class != "java.lang.StackOverflowError" {
		t.Errorf("got %v", err)
	}
}
