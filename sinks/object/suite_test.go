package object_test

import (
	"context"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

// bucketSink is the least sink over a store.
type bucketSink struct {
	store    *memory
	settings object.Settings
}

func (b *bucketSink) Open(_ context.Context, t tasks.SinkTask) (tasks.Writer, error) {
	return object.NewWriter(&b.settings, b.store, t)
}

func (b *bucketSink) Close() error { return nil }

func settings(flushSize int64) object.Settings {
	return object.Settings{Names: object.Names{TopicsDir: "topics", DirDelim: "/", FileDelim: "+", Pad: 10},
		Format: object.ByteArray{Extension: ".bin", Separator: "\n"}, Rotation: object.Rotation{FlushSize: flushSize}, Partitioner: object.ByPartition{}, Compatibility: object.None, Level: -1, PartSize: 1 << 20}
}

// asBytes makes values that ByteArrayFormat takes.
func asBytes(text string) (*tasks.Schema, tasks.Value) {
	return tasks.BytesSchema, tasks.NewBytes([]byte(text))
}

// values reads a bucket's objects in the order of their names, which is that of their offsets.
func values(m *memory) []string {
	var out []string
	for _, name := range m.names() {
		out = append(out, strings.Fields(m.content(name))...)
	}
	return out
}

func TestSuite(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		flushSize int64
		partSize  int
	}{
		{"an object a record", 1, 1 << 20},
		{"objects smaller than a batch", 2, 1 << 20},
		{"objects larger than a batch", 7, 1 << 20},
		{"objects larger than a slice", 1000, 1 << 20},
		{"objects larger than a part", 7, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tasktest.Sink(t, func(testing.TB) tasktest.SinkUnderTest {
				m := newMemory()
				return tasktest.SinkUnderTest{
					New: func(testing.TB) tasks.Sink {
						s := settings(c.flushSize)
						s.PartSize = c.partSize
						return &bucketSink{store: m, settings: s}
					},
					Read:  func(testing.TB) []string { return values(m) },
					Value: asBytes,
				}
			})
		})
	}
}
