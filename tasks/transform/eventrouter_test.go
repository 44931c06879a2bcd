package transform_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// routed is what Debezium 3.4.0 made of one change event, between JSON converters with schemas.
type routed struct {
	Name      string
	Config    map[string]string
	Envelope  string // the schema's name; "" for a tombstone
	Event     string
	Dropped   bool     `json:",omitempty"`
	Topic     string   `json:",omitempty"`
	Partition *int32   `json:",omitempty"`
	Timestamp *int64   `json:",omitempty"`
	OutKey    *string  `json:",omitempty"`
	OutValue  *string  `json:",omitempty"`
	Headers   []string `json:",omitempty"`
	Error     string   `json:",omitempty"`
}

// What Mayfly does otherwise, each with the value that it makes.
var otherwise = map[string]string{
	// Debezium takes the schema of the expanded array, but leaves the text: the converter fails. Here the array is taken.
	"expand 1":  `{"schema":{"type":"array","items":{"type":"int32","optional":true},"optional":true},"payload":[1,2,3]}`,
	"expand 2":  `{"schema":{"type":"array","items":{"type":"struct","fields":[{"type":"int32","optional":true,"field":"a"},{"type":"string","optional":true,"field":"b"}],"optional":false,"name":"payload"},"optional":true},"payload":[{"a":1,"b":null},{"a":2,"b":"z"}]}`,
	"expand 18": `{"schema":{"type":"array","items":{"type":"struct","fields":[{"type":"int32","optional":true,"field":"a"}],"optional":false,"name":"payload"},"optional":true},"payload":[{"a":null},{"a":1}]}`,
	"expand 19": `{"schema":{"type":"array","items":{"type":"struct","fields":[{"type":"int32","optional":true,"field":"a"}],"optional":true,"name":"payload"},"optional":true},"payload":[null,{"a":1}]}`,
	"expand 20": `{"schema":{"type":"array","items":{"type":"string","optional":true},"optional":true},"payload":["x"]}`,
	"expand 21": `{"schema":{"type":"array","items":{"type":"array","items":{"type":"int32","optional":true},"optional":true},"optional":true},"payload":[[1,2]]}`,

	"expand bytes 32": `{"schema":{"type":"array","items":{"type":"struct","fields":[{"type":"int32","optional":true,"field":"a"}],"optional":false,"name":"payload"},"optional":true},"payload":[{"a":null},{"a":1}]}`,
	// What cannot be expanded stays as it is, with its schema.
	"expand 3":  `{"schema":{"type":"string","optional":true},"payload":"[]"}`,
	"expand 14": `{"schema":{"type":"string","optional":true},"payload":"{\"a\":123456789012345678901234567890}"}`,
	// Fields that only some objects of an array have come in the order of the text, not in that of a hash set.
	"expand 0":        "",
	"expand 30":       "",
	"expand bytes 31": "", "expand envelope": "",
	// A column that may be missing is left out of the envelope; Debezium ends with a null pointer.
	"additional missing allowed envelope": `{"schema":{"type":"struct","fields":[{"type":"string","optional":true,"field":"payload"},{"type":"string","optional":false,"field":"type"}],"optional":false,"name":"srv.public.outbox.Order.Value"},"payload":{"payload":"{\"id\": 1}","type":"OrderCreated"}}`,
}

// Errors that the configuration has before there is a record, in words of our own.
var refused = map[string]string{
	"additional bad": "column:place or column:place:alias is expected, not type", "additional bad place": "not to nowhere",
	"additional empty": "it is empty", "route regex bad": "Invalid regex: ", "op behavior bad": "warn, error, fatal",
	"expand bad null behavior": "ignore, optional_bytes",
	// A column that is not there: Debezium tells of its own null pointer.
	"additional missing envelope": "nope is not a valid field name",
}

func TestEventRouter(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/eventrouter.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := os.ReadFile("testdata/eventrouter.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema := strings.TrimSpace(string(b))
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); n++ {
		var want routed
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		t.Run(want.Name, func(t *testing.T) {
			t.Parallel()
			got := routed{Name: want.Name, Config: want.Config, Envelope: want.Envelope, Event: want.Event}
			route(t, schema, &got)
			if text, ok := refused[want.Name]; ok {
				if !strings.Contains(got.Error, text) {
					t.Errorf("error %q, want %q", got.Error, text)
				}
				return
			}
			switch text, ok := otherwise[want.Name]; {
			case ok && text == "":
				if got.Error != "" || len(*got.OutValue) != len(*want.OutValue) {
					t.Errorf("got  %s (%s)\nwant %s", *got.OutValue, got.Error, *want.OutValue)
				}
				return
			case ok:
				want.Topic, want.Timestamp, want.OutKey, want.OutValue, want.Error, want.Headers = got.Topic, got.Timestamp, got.OutKey, &text, "", got.Headers
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// route sends the event through the transform.
func route(t *testing.T, schema string, c *routed) {
	t.Helper()
	props := map[string]string{"transforms": "a", "transforms.a.type": "io.debezium.transforms.outbox.EventRouter"}
	for k, v := range c.Config {
		props["transforms.a."+k] = v
	}
	chain, err := transform.New(props, tasks.SourceKind)
	if err != nil {
		c.Error = err.Error()
		return
	}
	conv, err := convert.New(convert.JSONClass, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	r := &tasks.Record{Topic: "srv.public.outbox", Partition: tasks.NoPartition, Timestamp: 77, KeySchema: tasks.StringSchema, Key: tasks.NewString("k")}
	arena := new(tasks.Arena)
	if c.Envelope != "" {
		event := `{"schema":{"name":"` + c.Envelope + `",` + schema[1:] + `,"payload":` + c.Event + `}`
		if r.ValueSchema, r.Value, err = conv.ToConnect(context.Background(), arena, "t", nil, []byte(event)); err != nil {
			t.Fatal(err)
		}
	}
	keep, _, _, err := chain.Apply(arena, r)
	switch {
	case err != nil:
		e, _ := errors.AsType[*tasks.Exception](err)
		c.Error = e.Class + ": " + e.Error()
		return
	case !keep:
		c.Dropped = true
		return
	}
	c.Topic, c.Timestamp = r.Topic, &r.Timestamp
	if r.Partition != tasks.NoPartition {
		c.Partition = &r.Partition
	}
	text := func(s *tasks.Schema, v tasks.Value) *string {
		b, err := conv.FromConnect(context.Background(), nil, "t", s, v)
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			return nil
		}
		out := string(b)
		return &out
	}
	c.OutKey, c.OutValue = text(r.KeySchema, r.Key), text(r.ValueSchema, r.Value)
	for _, h := range r.Headers {
		c.Headers = append(c.Headers, h.Key+"="+*text(h.Schema, h.Value))
	}
}
