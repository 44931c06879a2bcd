package s3_test

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	emulator "github.com/mayfly-connect/mayfly/localstack/s3"
	"github.com/mayfly-connect/mayfly/sinks/s3"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

const bucket = "lake"

// service is a bucket and what is needed to reach it.
type service struct {
	*emulator.Server
	url string
}

func newService(t testing.TB, opts ...emulator.Option) *service {
	t.Helper()
	s := emulator.New(append(opts, emulator.WithBucket(bucket), emulator.WithForbidden("forbidden"))...)
	srv := httptest.NewUnstartedServer(s)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // lost answers are on purpose
	srv.Start()
	t.Cleanup(srv.Close)
	return &service{s, srv.URL}
}

func (s *service) config(more map[string]string) map[string]string {
	c := map[string]string{
		"name": "orders-sink", "connector.class": "io.confluent.connect.s3.S3SinkConnector", "s3.bucket.name": bucket, "store.url": s.url,
		"aws.access.key.id": "test", "aws.secret.access.key": "secret", "flush.size": "3", "s3.part.retries": "50", "s3.retry.backoff.ms": "1",
		"storage.class": "io.confluent.connect.s3.storage.S3Storage", "format.class": "io.confluent.connect.s3.format.bytearray.ByteArrayFormat",
	}
	maps.Copy(c, more)
	return c
}

func connect(t testing.TB, props map[string]string) (tasks.Sink, error) {
	t.Helper()
	p, _ := tasks.Plugins{Sinks: []tasks.SinkPlugin{s3.Plugin(), s3.AivenPlugin()}}.Sink(props["connector.class"])
	c, mistakes := p.Config.Parse(props)
	mistakes = append(mistakes, p.Validate(c)...)
	if len(mistakes) > 0 {
		t.Fatalf("the configuration is refused: %v", mistakes)
	}
	return p.New(t.Context(), c)
}

func (s *service) sink(t testing.TB, more map[string]string) tasks.Sink {
	t.Helper()
	sink, err := connect(t, s.config(more))
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func asBytes(text string) (*tasks.Schema, tasks.Value) {
	return tasks.BytesSchema, tasks.NewBytes([]byte(text))
}

func record(offset int64, text string) tasks.Record {
	schema, value := asBytes(text)
	return tasks.Record{Topic: "orders", Offset: offset, Timestamp: 1_700_000_000_000, ValueSchema: schema, Value: value,
		Raw: &tasks.Raw{Topic: "orders", Offset: offset}}
}

// run runs a slice from offset 0 with all its records.
func run(t *testing.T, sink tasks.Sink, records ...tasks.Record) (position int64, d tasks.Delivery, err error) {
	t.Helper()
	to := int64(len(records))
	w, err := sink.Open(t.Context(), tasks.SinkTask{Connector: "orders-sink", Log: slog.New(slog.DiscardHandler),
		Report: func(_ *tasks.Record, err error) error { return err },
		Slice:  tasks.Slice{Stream: tasks.Stream{Topic: "orders"}, To: to}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err = w.Put(t.Context(), records); err == nil {
		d, err = w.Finish(t.Context(), to)
	}
	return w.Position(), d, err
}

func TestSuite(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	lost := func(r *http.Request) emulator.Fault {
		return emulator.Fault{Lose: r.Method == http.MethodPut && n.Add(1)%2 == 1}
	}
	cases := []struct {
		name string
		opts []emulator.Option
		more map[string]string
	}{
		{"well", nil, nil},
		{"with lost answers", []emulator.Option{emulator.WithFault(lost)}, nil},
		{"by time", nil, map[string]string{"partitioner.class": "HourlyPartitioner", "locale": "en", "timezone": "UTC", "timestamp.extractor": "Record"}},
		{"tagged", nil, map[string]string{"s3.object.tagging": "true"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tasktest.Sink(t, func(t testing.TB) tasktest.SinkUnderTest {
				s := newService(t, c.opts...)
				return tasktest.SinkUnderTest{
					New: func(t testing.TB) tasks.Sink { return s.sink(t, c.more) },
					Read: func(testing.TB) (out []string) {
						objects := s.Objects(bucket)
						for _, name := range slices.Sorted(maps.Keys(objects)) {
							out = append(out, strings.Fields(string(objects[name].Content))...)
						}
						return out
					},
					Value: asBytes,
				}
			})
		})
	}
}

const first = "topics/orders/partition=0/orders+0+0000000000.bin"

func TestRequests(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 9<<20)
	for _, text := range []string{"a", large} {
		s := newService(t)
		more := map[string]string{"s3.ssea.name": "aws:kms", "s3.sse.kms.key.id": "key-1", "s3.acl.canned": "bucket-owner-full-control",
			"s3.storage.class": "STANDARD_IA", "s3.object.tagging": "true", "s3.object.tagging.key.value.pairs": "team:data,endOffset:none"}
		for range 2 { // the second run finds the object
			position, d, err := run(t, s.sink(t, more), record(0, text), record(1, "b"), record(2, "c"))
			if err != nil || position != 3 || d.Objects != 1 {
				t.Fatalf("position = %d, delivery = %+v, err = %v", position, d, err)
			}
		}
		o := s.Objects(bucket)[first]
		if string(o.Content) != text+"\nb\nc\n" || o.Replaced != 0 || s.Uploads() != 0 {
			t.Errorf("object of %d bytes, replaced %d times; %d uploads are open", len(o.Content), o.Replaced, s.Uploads())
		}
		for k, want := range map[string]string{"X-Amz-Server-Side-Encryption": "aws:kms", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "key-1",
			"X-Amz-Acl": "bucket-owner-full-control", "X-Amz-Storage-Class": "STANDARD_IA", "Content-Type": "binary/octet-stream",
			"X-Amz-Meta-Mayfly-Next-Offset": "3", "X-Amz-Meta-Mayfly-From": "0"} {
			if got := o.Header.Get(k); got != want {
				t.Errorf("%s = %q, want %q", k, got, want)
			}
		}
		if want := map[string]string{"startOffset": "0", "endOffset": "none", "recordCount": "3", "team": "data"}; !maps.Equal(o.Tags, want) {
			t.Errorf("tags = %v, want %v", o.Tags, want)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	busy := func(r *http.Request) emulator.Fault {
		if r.Method == http.MethodPut {
			return emulator.Fault{Status: http.StatusServiceUnavailable}
		}
		return emulator.Fault{}
	}
	t.Run("busy", func(t *testing.T) {
		t.Parallel()
		s := newService(t, emulator.WithFault(busy))
		position, _, err := run(t, s.sink(t, map[string]string{"s3.part.retries": "2"}), record(0, "a"), record(1, "b"), record(2, "c"))
		if tasks.KindOf(err) != tasks.KindRetriable || position != 0 || !strings.Contains(err.Error(), first) {
			t.Errorf("position = %d, err = %v (%v); want a retriable one that names the object", position, err, tasks.KindOf(err))
		}
		puts := 0
		for _, a := range s.AccessLog() {
			if a.Method == http.MethodPut {
				puts++
			}
		}
		if puts != 3 {
			t.Errorf("%d attempts, want 3", puts)
		}
	})
	t.Run("half-way", func(t *testing.T) {
		t.Parallel()
		var mended atomic.Bool
		s := newService(t, emulator.WithFault(func(r *http.Request) emulator.Fault {
			if r.URL.Query().Get("partNumber") == "2" && !mended.Load() {
				return emulator.Fault{Status: http.StatusServiceUnavailable}
			}
			return emulator.Fault{}
		}))
		part := strings.Repeat("x", 6<<20)
		records := []tasks.Record{record(0, part), record(1, part), record(2, "c")}
		more := map[string]string{"s3.part.retries": "2", "s3.part.size": "5242880"}
		position, _, err := run(t, s.sink(t, more), records...)
		if tasks.KindOf(err) != tasks.KindRetriable || position != 0 || !strings.Contains(err.Error(), first) {
			t.Errorf("position = %d, err = %v (%v); want a retriable one that names the object", position, err, tasks.KindOf(err))
		}
		if len(s.Objects(bucket)) > 0 || s.Uploads() > 0 {
			t.Errorf("%d objects and %d uploads are left", len(s.Objects(bucket)), s.Uploads())
		}
		mended.Store(true)
		if position, _, err = run(t, s.sink(t, more), records...); err != nil || position != 3 {
			t.Errorf("then position = %d, err = %v", position, err)
		}
		if o := s.Objects(bucket)[first]; string(o.Content) != part+"\n"+part+"\nc\n" {
			t.Errorf("an object of %d bytes", len(o.Content))
		}
	})
	for name, say := range map[string]string{"missing": "create the bucket"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := connect(t, newService(t).config(map[string]string{"s3.bucket.name": name}))
			if tasks.KindOf(err) != tasks.KindFatal || err == nil || !strings.Contains(err.Error(), say) {
				t.Errorf("err = %v, want a fatal one that says %q", err, say)
			}
		})
	}
	t.Run("forbidden", func(t *testing.T) {
		t.Parallel()
		_, _, err := run(t, newService(t).sink(t, map[string]string{"s3.bucket.name": "forbidden"}), record(0, "a"), record(1, "b"), record(2, "c"))
		if tasks.KindOf(err) != tasks.KindFatal || err == nil || !strings.Contains(err.Error(), "s3:PutObject") {
			t.Errorf("err = %v, want a fatal one that says what to grant", err)
		}
	})
}

func TestAnotherConfigurationsParts(t *testing.T) {
	t.Parallel()
	s := newService(t)
	large := strings.Repeat("x", 9<<20)
	lines := []tasks.Record{record(0, large), record(1, "b"), record(2, "c"), record(3, "d")}
	if _, _, err := run(t, s.sink(t, nil), lines[:3]...); err != nil {
		t.Fatal(err)
	}
	position, _, err := run(t, s.sink(t, map[string]string{"flush.size": "4"}), lines...)
	if position != 3 || tasks.KindOf(err) != tasks.KindStale {
		t.Errorf("position = %d, err = %v; want the end of the object that is there, and a stale lease", position, err)
	}
	if o := s.Objects(bucket)[first]; o.Replaced != 0 {
		t.Error("the object was replaced")
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, key, value, say string }{
		{"part size", "s3.part.size", "1024", "at least: 5242880"},
		{"wan", "s3.wan.mode", "true", "mutually exclusive"},
		{"tag", "s3.object.tagging.key.value.pairs", "team", "name:value"},
		{"acl", "s3.acl.canned", "mine", "bucket-owner-full-control"},
		{"provider", "s3.credentials.provider.class", "com.example.Mine", "AwsAssumeRoleCredentialsProvider"},
		{"role", "s3.credentials.provider.class", "io.confluent.connect.s3.auth.AwsAssumeRoleCredentialsProvider", "sts.role.arn"},
		{"customer key", "s3.sse.customer.key", "short", "32 bytes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := s3.Plugin()
			parsed, mistakes := p.Config.Parse((&service{url: "http://localhost"}).config(map[string]string{c.key: c.value}))
			mistakes = append(mistakes, p.Validate(parsed)...)
			if len(mistakes) == 0 || !strings.Contains(mistakes[0].Message, c.say) {
				t.Errorf("mistakes = %v, want one that says %q", mistakes, c.say)
			}
		})
	}
}
