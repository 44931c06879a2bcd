package gcs_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/sinks/gcs"
	"github.com/mayfly-connect/mayfly/tasks"
)

func record(offset int64, text string) tasks.Record {
	schema, value := asBytes(text)
	return tasks.Record{Topic: "orders", Offset: offset, ValueSchema: schema, Value: value, Raw: &tasks.Raw{Topic: "orders", Offset: offset}}
}

// run writes records as one lease whose tail is closed.
func run(t *testing.T, props map[string]string, log *slog.Logger, records ...tasks.Record) (int64, tasks.Delivery, error) {
	t.Helper()
	end := records[len(records)-1].Offset + 1
	w, err := mustConnect(t, props).Open(t.Context(), tasks.SinkTask{Connector: "orders-sink", Log: log,
		Report: func(_ *tasks.Record, err error) error { return err },
		Slice:  tasks.Slice{Stream: tasks.Stream{Topic: "orders"}, To: end, CloseTail: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := w.Put(t.Context(), records); err != nil {
		return w.Position(), tasks.Delivery{}, err
	}
	d, err := w.Finish(t.Context(), end)
	return w.Position(), d, err
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

const first = "topics/orders/partition=0/orders+0+0000000000.bin"

func TestObjectSaysWhereItEnds(t *testing.T) {
	t.Parallel()
	b := newBucket(t, "says")
	if _, _, err := run(t, config(b.BucketName(), nil), silent(), record(0, "a"), record(7, "b")); err != nil {
		t.Fatal(err)
	}
	a, err := b.Object(first).Attrs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]string{"mayfly-from": "0", "mayfly-next-offset": "8", "mayfly-connector": "orders-sink"} {
		if a.Metadata[k] != want {
			t.Errorf("%s = %q, want %q", k, a.Metadata[k], want)
		}
	}
}

func TestLargeObject(t *testing.T) {
	t.Parallel()
	b := newBucket(t, "large")
	line := strings.Repeat("x", 3<<20)
	props := config(b.BucketName(), map[string]string{"flush.size": "4", "gcs.part.size": "5242880"})
	for _, again := range []bool{false, true} {
		position, d, err := run(t, props, silent(), record(0, line), record(1, line), record(2, line), record(3, "end"))
		if err != nil || position != 4 {
			t.Fatalf("position = %d, err = %v", position, err)
		}
		if d.Receipts[0].Existed != again {
			t.Errorf("existed = %v, want %v", d.Receipts[0].Existed, again)
		}
	}
	_, content := objects(t, b)
	if want := line + "\n" + line + "\n" + line + "\nend\n"; content[first] != want {
		t.Errorf("the object has %d bytes that differ from the %d wanted", len(content[first]), len(want))
	}
	a, err := b.Object(first).Attrs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if a.Metadata["mayfly-next-offset"] != "4" || a.Metadata["mayfly-connector"] != "orders-sink" {
		t.Errorf("metadata = %v, want all of it", a.Metadata)
	}
}

// An object that Mayfly did not write is left alone, unless the user says that it may go.
func TestObjectOfSomebodyElse(t *testing.T) {
	t.Parallel()
	b := newBucket(t, "java")
	w := b.Object(first).NewWriter(t.Context())
	if _, err := w.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	_, _, err := run(t, config(b.BucketName(), nil), logger, record(0, "a"))
	if err == nil || tasks.KindOf(err) != tasks.KindFatal || !strings.Contains(err.Error(), first) || !strings.Contains(err.Error(), "mayfly.objects.replace") {
		t.Errorf("err = %v, want a fatal one with the object's name and what to do", err)
	}
	if _, content := objects(t, b); content[first] != "half" {
		t.Errorf("content = %q, want what was there", content[first])
	}
	if _, _, err := run(t, config(b.BucketName(), map[string]string{"mayfly.objects.replace": "true"}), logger, record(0, "a")); err != nil {
		t.Fatal(err)
	}
	if _, content := objects(t, b); content[first] != "a\n" {
		t.Errorf("content = %q, want the record", content[first])
	}
	if strings.Count(log.String(), "level=WARN") != 1 {
		t.Errorf("log = %s, want one warning", log.String())
	}
}

func TestBucketsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, bucket := range []string{"no-such-bucket", forbidden} {
		t.Run(bucket, func(t *testing.T) {
			t.Parallel()
			_, err := connect(t, config(bucket, nil))
			if err == nil || tasks.KindOf(err) != tasks.KindFatal {
				t.Fatalf("err = %v, want a fatal one", err)
			}
			for _, say := range []string{"orders-sink", bucket, "gcs.bucket.name"} {
				if !strings.Contains(err.Error(), say) {
					t.Errorf("err = %v, want it to say %q", err, say)
				}
			}
		})
	}
}

// What a busy service refuses is tried as often as gcs.part.retries says, and then left to a later run of the slice.
func TestBusyServiceIsRetriable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		retries string
		lines   []tasks.Record
		want    int64
	}{
		{"whole object", "0", []tasks.Record{record(0, "a")}, 1},
		{"whole object, again", "2", []tasks.Record{record(0, "a")}, 3},
		{"in parts", "2", []tasks.Record{record(0, strings.Repeat("x", 9<<20)), record(1, "b"), record(2, "c")}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBucket(t, "so-busy-now")
			position, _, err := run(t, config(b.BucketName(), map[string]string{"gcs.part.retries": c.retries, "gcs.part.size": "5242880"}), silent(), c.lines...)
			if tasks.KindOf(err) != tasks.KindRetriable || position != 0 {
				t.Fatalf("err = %v (%v), position = %d; want a retriable error and 0", err, tasks.KindOf(err), position)
			}
			for _, say := range []string{"orders-sink", b.BucketName(), first, "503"} {
				if !strings.Contains(err.Error(), say) {
					t.Errorf("err = %v, want it to say %q", err, say)
				}
			}
			if n := refused(b.BucketName()); n != c.want {
				t.Errorf("%d requests, want %d", n, c.want)
			}
			if names, _ := objects(t, b); len(names) > 0 {
				t.Errorf("objects = %v, want none", names)
			}
		})
	}
}

func TestEndOfTimeStopsAnUpload(t *testing.T) {
	t.Parallel()
	b := newBucket(t, "time")
	w, err := mustConnect(t, config(b.BucketName(), nil)).Open(t.Context(), tasks.SinkTask{Connector: "orders-sink", Log: silent(),
		Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders"}, To: 3}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = w.Put(ctx, []tasks.Record{record(0, "a"), record(1, "b"), record(2, "c")})
	if tasks.KindOf(err) != tasks.KindRetriable {
		t.Errorf("err = %v, want a retriable one", err)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, key, value, say string
	}{
		{"orc", "format.class", "io.confluent.connect.gcs.format.orc.OrcFormat", "AvroFormat, JsonFormat, ByteArrayFormat, ParquetFormat"},
		{"field partitioner", "partitioner.class", "io.confluent.connect.storage.partitioner.FieldPartitioner", "Partition field name cannot be null or empty"},
		{"time partitioner", "partitioner.class", "io.confluent.connect.storage.partitioner.TimeBasedPartitioner", "Partition duration needs to be"},
		{"codec", "avro.codec", "xz", "null, deflate, snappy, bzip2"},
		{"compression", "gcs.compression.type", "GZIP", "[none, gzip]"},
		{"nulls as tombstones", "behavior.on.null.values", "write", "store.kafka.keys"},
		{"format of keys", "keys.format.class", "XmlFormat", "Class XmlFormat could not be found"},
		{"part size", "gcs.part.size", "5", "at least 5242880"},
		{"zone", "timezone", "Nowhere/Town", "Europe/Berlin"},
		{"schedule without zone", "rotate.schedule.interval.ms", "1000", "timezone configuration must be set"},
		{"bucket", "gcs.bucket.name", "", "non-empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := gcs.Plugin()
			parsed, mistakes := p.Config.Parse(config("bucket", map[string]string{c.key: c.value}))
			mistakes = append(mistakes, p.Validate(parsed)...)
			if len(mistakes) != 1 || !strings.Contains(mistakes[0].Message, c.say) {
				t.Errorf("mistakes = %v, want one that says %q", mistakes, c.say)
			}
		})
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	p := gcs.Plugin()
	c, mistakes := p.Config.Parse(config("bucket", map[string]string{"rotate.schedule.interval.ms": "600000", "timezone": "+05:30"}))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	cut, err := p.Cut(c)
	if err != nil {
		t.Fatal(err)
	}
	if cut.FlushSize != 3 || cut.Every.Minutes() != 10 || cut.Zone.String() != "+05:30" || cut.CloseTail || cut.Orders[0] != tasks.OrderNone {
		t.Errorf("cut = %+v", cut)
	}
}

// TestFormats runs the seed's configuration and its relatives: the class names as users write them.
func TestFormats(t *testing.T) {
	t.Parallel()
	cases := []struct{ format, compression, ext, begins string }{
		{"avro.AvroFormat", "none", ".avro", "Obj\x01"},
		{"json.JsonFormat", "none", ".json", "\"YQ==\"\n"},
		{"json.JsonFormat", "gzip", ".json.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00"},
		{"bytearray.ByteArrayFormat", "none", ".bin", "a\n"},
	}
	for _, c := range cases {
		t.Run(c.format+" "+c.compression, func(t *testing.T) {
			t.Parallel()
			b := newBucket(t, "format")
			props := config(b.BucketName(), map[string]string{"format.class": "io.confluent.connect.gcs.format." + c.format, "gcs.compression.type": c.compression})
			if _, _, err := run(t, props, silent(), record(0, "a")); err != nil {
				t.Fatal(err)
			}
			r, err := b.Object(strings.TrimSuffix(first, ".bin") + c.ext).ReadCompressed(true).NewReader(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			head := make([]byte, len(c.begins))
			if _, err := io.ReadFull(r, head); err != nil || string(head) != c.begins {
				t.Errorf("the object begins with %q (%v), want %q", head, err, c.begins)
			}
		})
	}
}
