package rest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var (
	seed     = flag.Uint64("seed", 1, "seed of TestDescribed's requests")
	requests = flag.Int("requests", 600, "how many requests TestDescribed makes")
)

// patience bounds one request.
const requestPatience = 20 * time.Second

// known are the texts of 500 that Kafka Connect answers to requests of the right shape, as recorded.
var known = regexp.MustCompile(`^org\.apache\.kafka\.|^Illegal null or empty Level name|^Instantiation error|^Failed to (modify|alter|reset|start)|` +
	`^(Offset|Partition) objects|^The value for the|^cannot read|^read the offsets|^partitions and offsets are objects|^initial_state is|^unrecognized field|^the request body|^a text, number or boolean`)

// TestDescribed makes requests by the API's own description of itself, right and wrong ones. Each is answered soon, with a status and
// a body that the description has; 500 only in the cases in which Connect answers it, and never for what went wrong inside.
func TestDescribed(t *testing.T) {
	t.Parallel()
	c := newCluster(t, profile{Mode: "distributed"})
	f := &fuzzer{t: t, base: c.bases["main"], rnd: rand.New(rand.NewPCG(*seed, 2)), dir: t.TempDir(), statuses: map[string]int{}}
	t.Logf("seed %d", *seed)
	f.describe()
	for i := range *requests {
		o := f.operations[i%len(f.operations)]
		if i < 40 && i%4 == 0 { // so that there is something to ask for
			o = f.operations[slices.IndexFunc(f.operations, func(o operation) bool { return o.method == "POST" && o.path == "/connectors" })]
		}
		f.ask(o)
	}
	for _, s := range slices.Sorted(maps.Keys(f.statuses)) {
		t.Logf("%s: %d", s, f.statuses[s])
	}
	if f.statuses["200"] == 0 || f.statuses["201"] == 0 || f.statuses["404"] == 0 {
		t.Error("the requests come nowhere")
	}
}

// fuzzer makes requests.
type fuzzer struct {
	t          *testing.T
	base, dir  string
	rnd        *rand.Rand
	document   map[string]any
	compiler   *jsonschema.Compiler
	operations []operation
	statuses   map[string]int
}

type operation struct {
	method, path string
	spec         map[string]any
}

// describe reads the description.
func (f *fuzzer) describe() {
	f.t.Helper()
	resp, err := http.Get(f.base + "/openapi.json")
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	doc, err := jsonschema.UnmarshalJSON(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	f.compiler = jsonschema.NewCompiler()
	if err := f.compiler.AddResource("https://api/openapi.json", doc); err != nil {
		f.t.Fatal(err)
	}
	f.document = doc.(map[string]any)
	paths := f.document["paths"].(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		methods := paths[path].(map[string]any)
		for _, m := range slices.Sorted(maps.Keys(methods)) {
			f.operations = append(f.operations, operation{strings.ToUpper(m), path, methods[m].(map[string]any)})
		}
	}
	if len(f.operations) < 25 {
		f.t.Fatalf("the description has %d operations", len(f.operations))
	}
}

// ask makes one request and judges the answer.
func (f *fuzzer) ask(o operation) {
	f.t.Helper()
	path := regexp.MustCompile(`\{(\w+)\}`).ReplaceAllStringFunc(o.path, func(v string) string { return url.PathEscape(f.variable(v[1:2])) })
	query := url.Values{}
	parameters, _ := o.spec["parameters"].([]any)
	for _, p := range parameters {
		if p := p.(map[string]any); p["in"] == "query" && f.rnd.IntN(2) == 0 {
			query.Set(p["name"].(string), f.pick("true", "false", "status", "info", "cluster", "worker", "", "1.0", "x"))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var body []byte
	if o.spec["requestBody"] != nil || f.rnd.IntN(10) == 0 {
		body = f.body(o)
	}
	req, err := http.NewRequestWithContext(f.t.Context(), o.method, f.base+path, bytes.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if f.rnd.IntN(20) == 0 {
		req.Header.Set("Content-Type", f.pick("text/plain", "application/xml", "application/json; charset=utf-8", ";", ""))
	}
	if f.rnd.IntN(20) == 0 {
		req.Header.Set("Accept", f.pick("text/html", "*/*", "application/*;q=0", "application/json", ",;="))
	}
	what := fmt.Sprintf("%s %s %.300s", o.method, path, body)
	begun := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Errorf("%s: %v", what, err)
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if took := time.Since(begun); err != nil || took > requestPatience {
		f.t.Errorf("%s: %v after %s", what, err, took)
	}
	f.statuses[fmt.Sprint(resp.StatusCode)]++
	f.judge(o, what, resp, answer)
}

// judge compares an answer with the description.
func (f *fuzzer) judge(o operation, what string, resp *http.Response, answer []byte) {
	f.t.Helper()
	status := fmt.Sprint(resp.StatusCode)
	responses := o.spec["responses"].(map[string]any)
	declared, ok := responses[status].(map[string]any)
	if !ok {
		f.t.Errorf("%s: %s is not in the description: %.300s", what, status, answer)
		return
	}
	at := "#/paths/" + escape(o.path) + "/" + strings.ToLower(o.method) + "/responses/" + status
	if ref, ok := declared["$ref"].(string); ok {
		at = ref
		declared = f.document["components"].(map[string]any)["responses"].(map[string]any)[status].(map[string]any)
	}
	content, _ := declared["content"].(map[string]any)
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && content["text/html"] != nil || len(answer) == 0 && status == "400" {
		return
	}
	if content == nil {
		if len(answer) > 0 {
			f.t.Errorf("%s: %s has no body by the description, but %.300s", what, status, answer)
		}
		return
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(answer))
	if err != nil {
		f.t.Errorf("%s: %s %.300s: %v", what, status, answer, err)
		return
	}
	schema, err := f.compiler.Compile("https://api/openapi.json" + at + "/content/application~1json/schema")
	if err != nil {
		f.t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		f.t.Errorf("%s: %s %.300s: %v", what, status, answer, err)
	}
	if m, _ := v.(map[string]any); resp.StatusCode >= 500 {
		if text, _ := m["message"].(string); !known.MatchString(text) {
			f.t.Errorf("%s: %s %.500s", what, status, answer)
		}
	}
}

func escape(path string) string {
	return url.PathEscape(strings.ReplaceAll(strings.ReplaceAll(path, "~", "~0"), "/", "~1"))
}

func (f *fuzzer) pick(of ...string) string { return of[f.rnd.IntN(len(of))] }

// names are those of connectors: most often such as may be there.
func (f *fuzzer) name() string {
	if f.rnd.IntN(8) > 0 {
		return f.pick("a", "b", "c", "a b", "ü", "a.b", "😀")
	}
	return f.pick("", ".", "..", "../a", "a/b", "a%2Fb", "%", "\\", "a\x00b", "\xff", "a;b=c", "a?b", "#", strings.Repeat("x", 300), "status", "🂡\u200b", "${env:HOME}", "'\"<>")
}

// variable is a value for a variable of a path.
func (f *fuzzer) variable(of string) string {
	name := f.name()
	if name == "" { // that would be another resource
		name = "a"
	}
	switch of {
	case "t":
		return f.pick("0", "0", "0", "1", "-1", "99999999999", "x", "0x0", "1.0")
	case "p":
		return f.pick("FileStreamSink", "FileStreamSource", "org.apache.kafka.connect.file.FileStreamSinkConnector", "MirrorSource", "org.apache.kafka.connect.json.JsonConverter", "Cast$Value", "nobody", "java.lang.String", name)
	case "l":
		return f.pick("root", "mayfly.control", "org.apache", name)
	}
	return name
}

// body is a request's body: mostly of the right shape, with odd values.
func (f *fuzzer) body(o operation) []byte {
	var v any
	switch {
	case f.rnd.IntN(8) == 0:
		return []byte(f.pick("", "null", "[]", "{", "{}", `{"a":`, "1", `"x"`, `{"name":{}}`, `{"config":[1]}`, `{"offsets":1}`, `{"offsets":[null]}`, `{"offsets":[[]]}`, "\xff\xfe{\x00}",
			strings.Repeat("[", 20000), `{"level":{}}`, `{"a":{"b":{}}}`, `{"a":1,"a":2}`, "{}{}", `{"name":"a","config":{},"initial_state":"ASLEEP"}`, `{"name":"a","config":null,"more":1}`))
	case o.path == "/connectors":
		v = map[string]any{"name": f.name(), "config": f.config(), "initial_state": f.pick("RUNNING", "PAUSED", "STOPPED", "stopped")}
	case strings.HasSuffix(o.path, "offsets"):
		v = map[string]any{"offsets": []any{map[string]any{"partition": f.partition(), "offset": f.offset()}, map[string]any{"partition": f.partition(), "offset": f.offset()}}}
	case strings.HasPrefix(o.path, "/admin"):
		v = map[string]any{"level": f.pick("INFO", "debug", "OFF", "LOUD", "")}
	default:
		v = f.config()
	}
	b, err := json.Marshal(v)
	if err != nil {
		f.t.Fatal(err)
	}
	if f.rnd.IntN(20) == 0 { // a byte that is another one
		b[f.rnd.IntN(len(b))] = byte(f.rnd.IntN(256))
	}
	return b
}

func (f *fuzzer) partition() any {
	switch f.rnd.IntN(6) {
	case 0:
		return nil
	case 1:
		return map[string]any{"filename": filepath.Join(f.dir, "in")}
	case 2:
		return map[string]any{"kafka_topic": f.pick("t", "", "no such", "_"), "kafka_partition": f.value()}
	}
	return map[string]any{"kafka_topic": "t", "kafka_partition": f.rnd.IntN(3)}
}

func (f *fuzzer) offset() any {
	switch f.rnd.IntN(6) {
	case 0:
		return nil
	case 1:
		return map[string]any{"position": f.value()}
	case 2:
		return map[string]any{"kafka_offset": f.value()}
	}
	return map[string]any{"kafka_offset": f.rnd.IntN(3)}
}

// value is one of JSON.
func (f *fuzzer) value() any {
	return []any{nil, true, 1, -1, 0, "1", "x", 1e30, 9223372036854775807, "", []any{1}, map[string]any{"a": 1}, strings.Repeat("z", 5000), "\u0000"}[f.rnd.IntN(14)]
}

// config is a connector's configuration, now and then with mistakes.
func (f *fuzzer) config() map[string]any {
	c := map[string]any{"connector.class": f.pick("FileStreamSink", "FileStreamSource", "org.apache.kafka.connect.file.FileStreamSinkConnector"), "topics": "t", "topic": "t",
		"file": filepath.Join(f.dir, f.pick("in", "out")), "tasks.max": f.pick("1", "2")}
	if c["connector.class"] == "FileStreamSource" {
		delete(c, "topics")
	}
	keys := []string{"connector.class", "name", "topics", "topics.regex", "tasks.max", "key.converter", "value.converter", "value.converter.schemas.enable", "transforms", "transforms.a.type",
		"transforms.a.predicate", "predicates", "errors.tolerance", "errors.retry.timeout", "errors.deadletterqueue.topic.name", "config.action.reload", "consumer.override.group.id",
		"producer.override.sasl.jaas.config", "topic.creation.groups", "topic.creation.default.partitions", "header.converter", "batch.size", "exactly.once.support", "offsets.storage.topic",
		"tasks.max.enforce", "mayfly.restart.max", "\u00e9", "", "a.b.c"}
	values := []any{nil, "", "a", "a,b", "a,a", "[", "(?<x>.)", "true", "maybe", -1, 0, 3, 1e10, "org.apache.kafka.connect.json.JsonConverter", "org.apache.kafka.connect.storage.StringConverter",
		"org.apache.kafka.connect.transforms.Cast$Value", "no.such.Class", "java.lang.String", "${file:/none:x}", "${env:HOME}", "${", "all", "required", "t", strings.Repeat("q", 3000), "\u0001", "😀"}
	for range f.rnd.IntN(4) {
		c[keys[f.rnd.IntN(len(keys))]] = values[f.rnd.IntN(len(values))]
	}
	return c
}
