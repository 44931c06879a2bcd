package aiven

import (
	"bytes"
	"strings"
	"testing"

	snappy "github.com/klauspost/compress/snappy/xerial"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

func encoded(t *testing.T, f object.Format, records ...*tasks.Record) (string, error) {
	t.Helper()
	e := f.New(object.Values)
	if err := e.Begin("name", records[0]); err != nil {
		return "", err
	}
	var out bytes.Buffer
	for _, r := range records {
		if err := e.Add(r); err != nil {
			return "", err
		}
		if err := e.Spill(&out, false); err != nil {
			return "", err
		}
	}
	err := e.Spill(&out, true)
	return out.String(), err
}

func sample() *tasks.Record {
	return &tasks.Record{Offset: 5, Timestamp: 1_700_000_000_120, KeySchema: tasks.OptionalStringSchema, Key: tasks.NewString("k"),
		ValueSchema: tasks.OptionalBytesSchema, Value: tasks.NewBytes([]byte("v,\n")), Headers: []tasks.Header{
			{Key: "h", Schema: tasks.BytesSchema, Value: tasks.NewBytes([]byte("x"))}, {Key: "n"}}}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	empty := sample()
	empty.Key, empty.Value, empty.Headers, empty.Timestamp = tasks.Null, tasks.Null, nil, tasks.NoTimestamp
	cases := []struct {
		name   string
		format object.Format
		want   string
	}{
		{"csv", CSV{Fields: allFields()}, "aw==,diwK,5,1700000000120,aA==:eA==;bg==:;\n,,5,,"},
		{"csv, plain", CSV{Fields: []Field{Value, Key}, Plain: true}, "v,\n,aw==\n,"},
		{"jsonl", JSON{Fields: allFields(), Envelope: true, Lines: true},
			`{"headers":[{"key":"h","value":"eA=="},{"key":"n","value":null}],"offset":5,"value":"diwK","key":"k","timestamp":"2023-11-14T22:13:20.120Z"}` + "\n" +
				`{"headers":[],"offset":5,"value":null,"key":null,"timestamp":null}`},
		{"json", JSON{Fields: []Field{Value, Value, Offset}, Envelope: true}, "[\n" + `{"offset":5,"value":"diwK"}` + ",\n" + `{"offset":5,"value":null}` + "\n]"},
		{"json, no envelope", JSON{Fields: []Field{Key}}, "[\n\"k\",\nnull\n]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got, err := encoded(t, c.format, sample(), empty); err != nil || got != c.want {
				t.Errorf("got %q, want %q (%v)", got, c.want, err)
			}
		})
	}
}

func TestValuesThatCSVCannotHold(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(r *tasks.Record)
		say    string
	}{
		{"value", func(r *tasks.Record) { r.ValueSchema = tasks.StringSchema }, "Record value schema type must be BYTES, STRING given"},
		{"value without schema", func(r *tasks.Record) { r.ValueSchema = nil }, "value schema cannot be null"},
		{"key", func(r *tasks.Record) { r.KeySchema = tasks.Int32Schema }, "Record key schema type must be BYTES or STRING, INT32 given"},
		{"key without schema", func(r *tasks.Record) { r.KeySchema = nil }, "key schema cannot be null"},
		{"header", func(r *tasks.Record) { r.Headers[0].Schema = tasks.StringSchema }, "Invalid schema type for ByteArrayConverter: STRING"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := sample()
			c.change(r)
			if _, err := encoded(t, CSV{Fields: allFields()}, r); err == nil || err.Error() != c.say {
				t.Errorf("err = %v, want %s", err, c.say)
			}
		})
	}
}

func TestABadTextLeavesNothing(t *testing.T) {
	t.Parallel()
	e := CSV{Fields: []Field{Offset, Value}, Plain: true}.New(object.Values)
	bad := sample()
	bad.ValueSchema = tasks.StringSchema
	if err := e.Begin("name", bad); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*tasks.Record{bad, sample(), bad, sample()} {
		_ = e.Add(r)
	}
	e.Drop()
	var out bytes.Buffer
	if err := e.Spill(&out, true); err != nil || out.String() != "5,v,\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

func TestInstants(t *testing.T) {
	t.Parallel()
	for ms, want := range map[int64]string{
		0: "1970-01-01T00:00:00Z", -1: "1969-12-31T23:59:59.999Z", 253402300800000: "+10000-01-01T00:00:00Z",
		-62167219200000: "0000-01-01T00:00:00Z", -62198755200000: "-0001-01-01T00:00:00Z", 1700000000120: "2023-11-14T22:13:20.120Z",
	} {
		if got := string(appendInstant(nil, ms)); got != `"`+want+`"` {
			t.Errorf("%d is %s, want %s", ms, got, want)
		}
	}
}

func TestSnappy(t *testing.T) {
	t.Parallel()
	var last []byte
	x := newXerial(nil)
	for _, text := range []string{"", "short", strings.Repeat("0123456789", 10_000), strings.Repeat("0123456789", 10_000)} {
		var out bytes.Buffer
		x.Reset(&out)
		for i := 0; i < len(text); i += 999 {
			if _, err := x.Write([]byte(text[i:min(i+999, len(text))])); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := snappy.Decode(out.Bytes()); err != nil || string(got) != text {
			t.Errorf("%d bytes come back as %d, %v", len(text), len(got), err)
		}
		if len(text) == len("0123456789")*10_000 && last != nil && !bytes.Equal(last, out.Bytes()) {
			t.Error("the same text has other bytes")
		}
		if len(text) > 10 {
			last = bytes.Clone(out.Bytes())
		}
	}
}

func TestAvroRows(t *testing.T) {
	t.Parallel()
	format := func(envelope bool, fields ...Field) Avro {
		return Avro{Fields: fields, Envelope: envelope, Codec: "null"}
	}
	changed, untimed, mixed := sample(), sample(), sample()
	changed.ValueSchema = tasks.StringSchema
	untimed.Timestamp = tasks.NoTimestamp
	mixed.Headers[1].Schema = tasks.Int8Schema
	cases := []struct {
		name    string
		format  Avro
		records []*tasks.Record
		say     string
	}{
		{"schema change", format(true, Value), []*tasks.Record{sample(), changed}, "Illegal schema change"},
		{"no timestamp", format(true, Timestamp), []*tasks.Record{untimed}, "no timestamp"},
		{"headers without schema", format(true, Headers), []*tasks.Record{sample()}, "Header n without schema"},
		{"mixed headers", format(true, Headers), []*tasks.Record{mixed}, "Header schema Schema{INT8} for 'n' is not the same"},
		{"a field twice", format(true, Offset, Offset), []*tasks.Record{sample()}, "Duplicate field offset"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := encoded(t, c.format, c.records...); err == nil || !strings.Contains(err.Error(), c.say) {
				t.Errorf("err = %v, want one that says %q", err, c.say)
			}
		})
	}
}
