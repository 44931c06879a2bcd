//go:build real

package e2e_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

const jsonConverter = "org.apache.kafka.connect.json.JsonConverter"

// alike are sink configurations that Kafka Connect and Mayfly run on the same topic.
var alike = map[string][]string{
	"text": {"value.converter", stringConverter},
	"map": {"value.converter", jsonConverter, "value.converter.schemas.enable", "false", "transforms", "where,mask,flat,drop",
		"transforms.where.type", "org.apache.kafka.connect.transforms.InsertField$Value", "transforms.where.topic.field", "topic", "transforms.where.offset.field", "at",
		"transforms.where.static.field", "fixed", "transforms.where.static.value", "é",
		"transforms.mask.type", "org.apache.kafka.connect.transforms.MaskField$Value", "transforms.mask.fields", "name",
		"transforms.flat.type", "org.apache.kafka.connect.transforms.Flatten$Value", "transforms.flat.delimiter", "_",
		"transforms.drop.type", "org.apache.kafka.connect.transforms.Filter", "transforms.drop.predicate", "marked",
		"predicates", "marked", "predicates.marked.type", "org.apache.kafka.connect.transforms.predicates.HasHeaderKey", "predicates.marked.name", "drop"},
	"struct": {"value.converter", jsonConverter, "transforms", "cast,names,time",
		"transforms.cast.type", "org.apache.kafka.connect.transforms.Cast$Value", "transforms.cast.spec", "n:string,f:int32",
		"transforms.names.type", "org.apache.kafka.connect.transforms.ReplaceField$Value", "transforms.names.exclude", "gone", "transforms.names.renames", "n:number",
		"transforms.time.type", "org.apache.kafka.connect.transforms.TimestampConverter$Value", "transforms.time.field", "t", "transforms.time.target.type", "string",
		"transforms.time.format", "yyyy-MM-dd HH:mm:ss.SSS"},
}

// inputs are what stands in the topic: good and bad for one or the other.
func inputs() (out []*kgo.Record) {
	structure := func(payload string) string {
		return `{"schema":{"type":"struct","name":"row","fields":[{"field":"n","type":"int64"},{"field":"f","type":"double","optional":true},{"field":"gone","type":"string","optional":true},` +
			`{"field":"t","type":"int64","name":"org.apache.kafka.connect.data.Timestamp","version":1,"optional":true}]},"payload":` + payload + `}`
	}
	for i, v := range []string{`{"name":"a","in":{"x":1,"y":[1,2.5,null]},"zeta":1,"alpha":true}`, "no JSON", `[1,2]`, `"text"`, `{"name":null,"big":12345678901234567890,"f":1e400}`,
		structure(`{"n":1,"f":2.75,"gone":"x","t":1700000000123}`), structure(`{"n":9007199254740993,"f":null,"t":-1}`), structure(`{"n":"no number"}`), structure(`{"f":1}`),
		`{"schema":null,"payload":{"a":1}}`, `{"é":"\ud83d\ude00","a b":"c"}`, "\xff\xfe", "{}"} {
		r := &kgo.Record{Topic: "diff-in", Key: fmt.Appendf(nil, "k%d", i), Value: []byte(v), Timestamp: time.UnixMilli(1_500_000_000_000 + int64(i))}
		if i%4 == 3 {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: "drop", Value: []byte("1")})
		}
		out = append(out, r)
	}
	return append(out, &kgo.Record{Topic: "diff-in", Key: []byte("tombstone")}, &kgo.Record{Topic: "diff-in", Value: []byte("no key")})
}

// TestLikeKafkaConnect runs the same connectors in Apache Kafka Connect and in Mayfly: files are the same byte for byte, and so are
// dead letters but for the stack traces, and what sources write.
func TestLikeKafkaConnect(t *testing.T) {
	java, mayfly := newRelay(t, "diff-java", nil), newRelay(t, "diff-mayfly", nil)
	forever := "-1"
	_, err := java.adm.CreateTopic(t.Context(), 1, 1, map[string]*string{"retention.ms": &forever}, "diff-in")
	must(t, err)
	in := inputs()
	must(t, java.cl.ProduceSync(t.Context(), in...).FirstErr())
	java.java()
	mayfly.mayfly()
	for _, r := range []*relay{java, mayfly} {
		group := r.props["group.id"]
		for _, name := range slices.Sorted(maps.Keys(alike)) {
			r.create(group+"-"+name, fileSink("diff-in", r.site.file(name), append([]string{"errors.tolerance", "all", "errors.deadletterqueue.topic.name", group + "-" + name + "-dlq",
				"errors.deadletterqueue.topic.replication.factor", "1", "errors.deadletterqueue.context.headers.enable", "true"}, alike[name]...)...))
		}
		must(t, os.WriteFile(r.site.file("lines"), []byte("one\ntwo\n\ntöö\n"), 0o600))
		r.create(group+"-source", map[string]string{"connector.class": "FileStreamSource", "file": r.site.file("lines"), "topic": group + "-out", "value.converter": jsonConverter,
			"transforms": "hoist,key,router,header", "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.hoist.field": "line",
			"transforms.key.type": "org.apache.kafka.connect.transforms.ValueToKey", "transforms.key.fields": "line",
			"transforms.router.type": "org.apache.kafka.connect.transforms.RegexRouter", "transforms.router.regex": "(.*)-out", "transforms.router.replacement": "$1-routed",
			"transforms.header.type": "org.apache.kafka.connect.transforms.InsertHeader", "transforms.header.header": "h", "transforms.header.value.literal": "12"})
	}
	for name := range alike {
		for _, r := range []*relay{java, mayfly} {
			r.committed(r.props["group.id"]+"-"+name, "diff-in", 0, int64(len(in)))
		}
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(java.site.file(name))
			must(t, err)
			got, err := os.ReadFile(mayfly.site.file(name))
			must(t, err)
			if diff := cmp.Diff(string(want), string(got)); diff != "" || len(want) == 0 {
				t.Errorf("the file of %d bytes differs (-java +mayfly):\n%s", len(want), diff)
			}
			letters := java.shown("diff-java-" + name + "-dlq")
			if diff := cmp.Diff(letters, mayfly.shown("diff-mayfly-"+name+"-dlq")); diff != "" {
				t.Errorf("dead letters differ (-java +mayfly):\n%s", diff)
			}
			t.Logf("%d bytes and %d dead letters of %d records", len(want), len(letters), len(in))
		})
	}
	t.Run("source", func(t *testing.T) {
		var want, got []string
		eventually(t, "records of the sources", func() string {
			if want, got = java.shown("diff-java-routed"), mayfly.shown("diff-mayfly-routed"); len(want) < 4 || len(got) < 4 {
				return fmt.Sprintf("%d and %d of 4", len(want), len(got))
			}
			return ""
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("records differ (-java +mayfly):\n%s", diff)
		}
	})
}

// shown returns the records of a topic with all that is to be alike.
func (r *relay) shown(topic string) (out []string) {
	for _, rec := range r.everything() {
		if rec.Topic != topic || rec.Attrs.IsControl() {
			continue
		}
		text := fmt.Sprintf("%q=%q", rec.Key, rec.Value)
		for _, h := range rec.Headers {
			value := string(h.Value)
			if strings.HasSuffix(h.Key, ".stacktrace") {
				value, _, _ = strings.Cut(value, "\n")
			}
			text += fmt.Sprintf(" %s:%s", h.Key, strings.ReplaceAll(value, r.props["group.id"], "GROUP"))
		}
		out = append(out, text)
	}
	return out
}
