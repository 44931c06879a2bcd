package vectors_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// claims are the themes that must not fall below what they reached. Vectors that need a class that Mayfly does not have
// are counted as not built and never as passed.
var claims = map[string]int{"aliases": 18, "bytearray": 23, "json-schema": 1235, "json-schemaless": 350, "primitive": 291,
	"simpleheader": 407, "string": 203}

type failure struct {
	Stage   string  `json:"stage"`
	Part    string  `json:"part"`
	Class   string  `json:"class"`
	Message *string `json:"message"`
	Exact   *bool   `json:"message_exact"`
}

type output struct {
	Topic     string       `json:"topic"`
	Partition *int32       `json:"partition"`
	Timestamp *int64       `json:"timestamp"`
	Key       *string      `json:"key"`
	Value     *string      `json:"value"`
	Headers   [][2]*string `json:"headers"`
}

type vector struct {
	Name             string            `json:"name"`
	Kind             string            `json:"kind"`
	Config           map[string]string `json:"config"`
	OutConfig        map[string]string `json:"out_config"`
	In               output            `json:"in"`
	Out              *output           `json:"out"`
	Error            *failure          `json:"error"`
	Unordered        []string          `json:"unordered"`
	Nondeterministic []string          `json:"nondeterministic"`
}

var errNotBuilt = errors.New("not built")

// TestReplay compares every recording in testdata, or in the folder that MAYFLY_VECTORS names.
func TestReplay(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MAYFLY_VECTORS")
	own := dir == ""
	if own {
		dir = "testdata"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s: %v", dir, err)
	}
	for _, file := range files {
		theme := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			passed, total, notBuilt := replay(t, file)
			t.Logf("%s: %d of %d pass, %d not built yet", theme, passed, total, notBuilt)
			if least, ok := claims[theme]; ok && own && passed < least {
				t.Errorf("%s: %d pass, %d passed before", theme, passed, least)
			}
		})
	}
}

func replay(t *testing.T, file string) (passed, total, notBuilt int) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		total++
		err := run(t, &v)
		switch {
		case errors.Is(err, errNotBuilt):
			notBuilt++
		case err == nil:
			passed++
		case testing.Verbose():
			t.Logf("%s: %v", v.Name, err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return passed, total, notBuilt
}

// side is a set of three converters.
type side struct {
	key, value tasks.Converter
	header     tasks.HeaderConverter
}

func build(config map[string]string) (s side, part string, err error) {
	if s.key, err = convert.New(config["key.converter"], tasks.Prefixed(config, "key.converter."), true); err != nil {
		return s, "key.converter", err
	}
	if s.value, err = convert.New(config["value.converter"], tasks.Prefixed(config, "value.converter."), false); err != nil {
		return s, "value.converter", err
	}
	s.header, err = convert.NewHeader(config["header.converter"], tasks.Prefixed(config, "header.converter."))
	return s, "header.converter", err
}

// run replays one recording; nil means that the result is the recorded one.
func run(t *testing.T, v *vector) error {
	if v.Kind != "" || v.Config["transforms"] != "" {
		return errNotBuilt
	}
	for _, c := range []map[string]string{v.Config, v.OutConfig} {
		for _, k := range []string{"key.converter", "value.converter", "header.converter"} {
			if strings.HasPrefix(c[k], "io.confluent.") {
				return errNotBuilt
			}
		}
	}
	out, failed := process(t, v)
	if v.Error != nil || failed != nil {
		return sameError(v.Error, failed)
	}
	if v.Out == nil {
		return errors.New("the recording has no result")
	}
	return sameOutput(v, out)
}

func process(t *testing.T, v *vector) (*output, *failure) {
	ctx := t.Context()
	in, part, err := build(v.Config)
	if err != nil {
		return nil, failed("CONFIG", part, err)
	}
	out, part, err := build(v.OutConfig)
	if err != nil {
		return nil, failed("CONFIG", part, err)
	}
	var raw []tasks.RawHeader
	for _, h := range v.In.Headers {
		raw = append(raw, tasks.RawHeader{Key: *h[0], Value: decode(h[1])})
	}
	a := new(tasks.Arena)
	ks, k, err := in.key.ToConnect(ctx, a, v.In.Topic, raw, decode(v.In.Key))
	if err != nil {
		return nil, failed("KEY_CONVERTER", "", err)
	}
	vs, value, err := in.value.ToConnect(ctx, a, v.In.Topic, raw, decode(v.In.Value))
	if err != nil {
		return nil, failed("VALUE_CONVERTER", "", err)
	}
	var headers []tasks.Header
	for _, h := range raw {
		s, x, err := in.header.ToHeader(a, v.In.Topic, h.Key, h.Value)
		if err != nil {
			return nil, failed("HEADER_CONVERTER", "", err)
		}
		headers = append(headers, tasks.Header{Key: h.Key, Schema: s, Value: x})
	}
	o := &output{Topic: v.In.Topic, Partition: v.In.Partition, Timestamp: v.In.Timestamp}
	for _, h := range headers {
		b, err := out.header.FromHeader(o.Topic, h.Key, h.Schema, h.Value)
		if err != nil {
			return nil, failed("OUT_CONVERTER", "header", err)
		}
		o.Headers = append(o.Headers, [2]*string{&h.Key, encode(b)})
	}
	b, err := out.key.FromConnect(ctx, nil, o.Topic, ks, k)
	if err != nil {
		return nil, failed("OUT_CONVERTER", "key", err)
	}
	o.Key = encode(b)
	if b, err = out.value.FromConnect(ctx, nil, o.Topic, vs, value); err != nil {
		return nil, failed("OUT_CONVERTER", "value", err)
	}
	o.Value = encode(b)
	return o, nil
}

func failed(stage, part string, err error) *failure {
	e := tasks.AsException(err)
	return &failure{Stage: stage, Part: part, Class: e.Class, Message: e.Message}
}

func decode(s *string) []byte {
	if s == nil {
		return nil
	}
	b, _ := base64.StdEncoding.DecodeString(*s)
	if b == nil {
		b = []byte{}
	}
	return b
}

func encode(b []byte) *string {
	if b == nil {
		return nil
	}
	s := base64.StdEncoding.EncodeToString(b)
	return &s
}

func text(s *string) string {
	if s == nil {
		return "<null>"
	}
	return *s
}

func sameError(want, got *failure) error {
	switch {
	case want == nil:
		return fmt.Errorf("failed: %s %s: %s", got.Stage, got.Class, text(got.Message))
	case got == nil:
		return fmt.Errorf("did not fail: %s", text(want.Message))
	case want.Stage != got.Stage || want.Part != got.Part:
		return fmt.Errorf("failed at %s %s instead of %s %s", got.Stage, got.Part, want.Stage, want.Part)
	case want.Class == "java.lang.StackOverflowError":
		return nil
	case want.Class != got.Class:
		return fmt.Errorf("class %s, not %s", got.Class, want.Class)
	case (want.Exact == nil || *want.Exact) && text(want.Message) != text(got.Message):
		return fmt.Errorf("message %q, not %q", text(got.Message), text(want.Message))
	}
	return nil
}

func sameOutput(v *vector, got *output) error {
	want := v.Out
	if want.Topic != got.Topic || len(want.Headers) != len(got.Headers) {
		return errors.New("topic or number of headers differ")
	}
	check := func(name string, w, g *string) error {
		if slices.Contains(v.Nondeterministic, name) || same(w, g, slices.Contains(v.Unordered, name)) {
			return nil
		}
		return fmt.Errorf("%s is %q, not %q", name, decode(g), decode(w))
	}
	for i, h := range want.Headers {
		if *h[0] != *got.Headers[i][0] {
			return errors.New("names of headers differ")
		}
		if err := check("headers", h[1], got.Headers[i][1]); err != nil {
			return err
		}
	}
	if err := check("key", want.Key, got.Key); err != nil {
		return err
	}
	return check("value", want.Value, got.Value)
}

// same compares bytes; unordered ones as multisets and, when they are JSON, by content.
func same(want, got *string, unordered bool) bool {
	if want == nil || got == nil {
		return want == got
	}
	w, g := decode(want), decode(got)
	if bytes.Equal(w, g) || !unordered {
		return bytes.Equal(w, g)
	}
	x, errX := canonical(w)
	y, errY := canonical(g)
	slices.Sort(w)
	slices.Sort(g)
	if !bytes.Equal(w, g) {
		return false
	}
	return errX != nil || errY != nil || x == y
}

// canonical sorts the members of objects and lists made of pairs only, and keeps the text of numbers.
func canonical(b []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	return normal(v), nil
}

func normal(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for k, e := range v {
			parts = append(parts, fmt.Sprintf("%q:%s", k, normal(e)))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	case []any:
		pairs := len(v) > 0
		var parts []string
		for _, e := range v {
			l, ok := e.([]any)
			pairs = pairs && ok && len(l) == 2
			parts = append(parts, normal(e))
		}
		if pairs {
			slices.Sort(parts)
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	return fmt.Sprintf("%T %v", v, v)
}
