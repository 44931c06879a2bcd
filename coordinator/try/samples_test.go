package try_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/try"
	"github.com/mayfly-connect/mayfly/tasks"
)

func TestReadSamples(t *testing.T) {
	t.Parallel()
	raw := func(offset int64, key, value []byte, headers ...tasks.RawHeader) tasks.Raw {
		return tasks.Raw{Topic: "t", Offset: offset, Timestamp: 5, TimestampType: tasks.CreateTime, Key: key, Value: value, Headers: headers}
	}
	letter := tasks.Raw{Topic: "orders", Partition: 3, Offset: 17, Timestamp: 1000, TimestampType: tasks.CreateTime, Key: []byte("k"), Value: []byte{0, 1},
		Headers: []tasks.RawHeader{{Key: "h"}}}
	for _, c := range []struct {
		name, in string
		n        int
		want     []tasks.Raw
	}{
		{"values", "a\r\n\n{\"value\":1}\n", 0, []tasks.Raw{raw(0, nil, []byte("a")), raw(1, nil, []byte(`{"value":1}`))}},
		{"as many as asked for", "a\nb\n", 1, []tasks.Raw{raw(0, nil, []byte("a"))}},
		{"objects that are no records", `{"id":1,"value":2}`, 0, []tasks.Raw{raw(0, nil, []byte(`{"id":1,"value":2}`))}},
		{"records", `{"key":null,"value":{"id": 1}}` + "\n" + `{"key":"k","value":"text","headers":{"b":"1","a":{"hex":"0x00"}},"offset":9}`, 0,
			[]tasks.Raw{raw(0, nil, []byte(`{"id": 1}`)), raw(9, []byte("k"), []byte("text"), tasks.RawHeader{Key: "b", Value: []byte("1")}, tasks.RawHeader{Key: "a", Value: []byte{0}})}},
		{"a dead letter", `{"topic":"dlq","partition":0,"offset":2,"time":"1970-01-01T00:00:01Z","origin":{"topic":"orders","partition":3,"offset":17},"connector":"c",` +
			`"task":"0","stage":"s","class":"c","exception":"e","message":"m","trace":"e: m","key":{"text":"k"},"value":{"hex":"0001"},"headers":[{"key":"h","value":null}]}`, 0, []tasks.Raw{letter}},
		{"nothing", "\n", 0, []tasks.Raw{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := try.ReadSamples(strings.NewReader(c.in), c.n, try.Defaults{Topic: "t", Time: time.UnixMilli(5)})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	for name, in := range map[string]string{"bad hex": `{"value":{"hex":"0g"}}`, "headers": `{"value":1,"headers":"x"}`, "no topic": `{"value":1}`} {
		if got, err := try.ReadSamples(strings.NewReader(in), 0, try.Defaults{}); err == nil {
			t.Errorf("%s: %v, want an error", name, got)
		}
	}
}

func FuzzReadSamples(f *testing.F) {
	f.Add(`{"key":"k","value":{"hex":"00"},"headers":{"a":1},"topic":"t","offset":1}`)
	f.Add("a\nb")
	f.Add(`{"value":1,"headers":[{"key":"a"}],"origin":{"topic":"x"}}`)
	f.Fuzz(func(t *testing.T, in string) {
		got, err := try.ReadSamples(strings.NewReader(in), 3, try.Defaults{Topic: "t"})
		if err == nil && len(got) > 3 {
			t.Errorf("%d samples, 3 were asked for", len(got))
		}
	})
}
