package takeover

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

// multiSource is what the recorder's rec.MultiSourceConnector is: its configuration lists the records, with their tasks and
// offsets, and says what fails.
func multiSource() tasks.SourcePlugin {
	key := func(name string, kind tasks.ConfigType, otherwise string) tasks.ConfigKey {
		return tasks.ConfigKey{Name: name, Type: kind, Default: tasks.DefaultTo(otherwise), Importance: tasks.Low, Doc: name}
	}
	return tasks.SourcePlugin{
		Plugin: tasks.Plugin{Class: "rec.MultiSourceConnector", Type: tasks.SourcePluginType, Version: "1.0", Config: tasks.ConfigDef{
			key("records", tasks.TypeString, "[]"), key("fail.connector", tasks.TypeString, ""), key("fail.start", tasks.TypeString, ""), key("fail.poll", tasks.TypeString, "")}},
		Family: tasks.CoreFamily,
		Deal: func(_ []tasks.Split, limit int) (out []map[string]string) {
			for i := range limit {
				out = append(out, map[string]string{"task.class": "rec.MultiSourceConnector$T", "task.number": strconv.Itoa(i)})
			}
			return out
		},
		New: func(_ context.Context, c tasks.Config) (tasks.Source, error) {
			if c.String("fail.connector") == "true" {
				return nil, tasks.Fatal(tasks.NewException(tasks.ConnectException, "connector told to fail"))
			}
			var s multi
			if err := json.Unmarshal([]byte(c.String("records")), &s.records); err != nil {
				return nil, tasks.Fatal(err)
			}
			for key, err := range map[string]error{"fail.start": tasks.NewException(tasks.ConnectException, "task told to fail in start"),
				"fail.poll": tasks.NewException("java.lang.IllegalStateException", "task told to fail in poll")} {
				if task, no := strconv.Atoi(c.String(key)); no == nil {
					s.records = append(s.records, multiRecord{Task: task, Partition: fmt.Appendf(nil, `{"%s":%d}`, key, task), Offset: []byte("1"), err: err})
				}
			}
			return s, nil
		},
	}
}

type multiRecord struct {
	Task              int
	Partition, Offset json.RawMessage
	Topic, Value      string
	err               error
}

// multi has one split for each record, or task that fails.
type multi struct{ records []multiRecord }

func (s multi) Splits(_ context.Context, committed func(string) tasks.Position) (out []tasks.Split, err error) {
	for i := range s.records {
		r := &s.records[i]
		split := tasks.Split{Split: r.split(), Task: r.Task, End: tasks.Position(r.offset())}
		if committed(split.Split) != split.End {
			split.Pending = 1
		}
		out = append(out, split)
	}
	return out, nil
}

func (s multi) Open(_ context.Context, t tasks.SourceTask) (tasks.Reader, error) {
	for i := range s.records {
		if r := &s.records[i]; r.split() == t.Slice.Stream.Split {
			return r, r.err
		}
	}
	return nil, tasks.Fatal(fmt.Errorf("no split %s", t.Slice.Stream.Split))
}

func (s multi) Close() error { return nil }

func (r *multiRecord) split() string  { return compact(r.Partition) }
func (r *multiRecord) offset() string { return compact(r.Offset) }

func compact(j json.RawMessage) string {
	b, err := json.Marshal(j)
	if err != nil {
		return string(j)
	}
	return string(b)
}

func (r *multiRecord) Read(context.Context, *tasks.Arena, int) ([]tasks.Record, error) {
	return []tasks.Record{{Topic: r.Topic, Partition: tasks.NoPartition, Timestamp: tasks.NoTimestamp, ValueSchema: tasks.StringSchema,
		Value: tasks.NewString(r.Value), Position: tasks.Position(r.offset())}}, io.EOF
}

func (r *multiRecord) Committed(context.Context, tasks.Position) error { return nil }
func (r *multiRecord) Close() error                                    { return nil }
