package store

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

// filled returns a value of which no field is zero, so that a field that is added one day is in it.
func filled[T any](t *testing.T) T {
	t.Helper()
	var out T
	fill(t, reflect.ValueOf(&out).Elem())
	return out
}

func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(`{"file":"a\b ü"}`)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(-1 << 31)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0))
		fill(t, v.Index(1))
	case reflect.Map:
		key, one := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key)
		fill(t, one)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, one)
	default:
		t.Fatalf("%s: a field of this kind is not read fast", v.Type())
	}
}

func checkPlain[T any](t *testing.T) {
	t.Helper()
	p := newPlain[T]()
	for _, want := range []T{filled[T](t), *new(T), filled[T](t)} {
		b, err := encode(want)
		if err != nil {
			t.Fatal(err)
		}
		var got T
		if !p.read(b, &got) && !strings.Contains(string(b), "null") {
			t.Fatalf("what is written is not read fast: %s", b)
		}
		if d := cmp.Diff(want, got); d != "" && !strings.Contains(string(b), "null") {
			t.Errorf("-want +got:\n%s", d)
		}
	}
}

// What encode writes is read without encoding/json, with every field.
func TestPlain(t *testing.T) {
	t.Parallel()
	t.Run("lease", func(t *testing.T) { t.Parallel(); checkPlain[tasks.Lease](t) })
	t.Run("checkpoint", func(t *testing.T) { t.Parallel(); checkPlain[checkpointEntry](t) })
}

// FuzzPlain compares with encoding/json: what is read fast is the same there, whatever was read before.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{
		`{"version":1,"id":"a","slice":{"stream":{"topic":"t","partition":3},"from":1,"to":2},"bootstrap":["b"]}`,
		`{"version":1,"id":"a","config":{"a":"b"},"bootstrap":[]}`, `{"version":01}`, `{"version":1.5}`, `{"version":-0}`, `{"version":1,}`, `{,}`, `{}{`,
		`{"version":99999999999999999999}`, `{"task":1,"task":2}`, `{"id":"\u00e4"}`, `{"id":"\"\\"}`, `{"id":"` + "\xff" + `"}`, `{"bootstrap":["a",]}`,
		`{"offsetPartition":2147483648}`, `{"config":{"a":"b","a":"c"}}`, `{"id":null}`, `{"Version":1}`, ` {}`, `{"":1}`,
	} {
		f.Add([]byte(s), []byte(s))
	}
	f.Fuzz(func(t *testing.T, before, b []byte) {
		p := newPlain[tasks.Lease]()
		var got, want tasks.Lease
		p.read(before, &got)
		if !p.read(b, &got) {
			return
		}
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatalf("%q is read, though it is %v", b, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: -want +got:\n%s", b, d)
		}
	})
}

func BenchmarkPlain(b *testing.B) {
	l := tasks.Lease{Version: tasks.WireVersion, ID: "to-objects-orders-17-1000-2000", Connector: "to-objects", Kind: tasks.SinkKind,
		Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders", Partition: 17}, From: 1000, To: 2000}, Epoch: -1, Attempt: 1, PlanTime: 1_700_000_000_000, TTL: 240_000,
		ConfigVersion: 7, ConfigTopic: "connect-configs", Bootstrap: []string{"localhost:9092"}, GroupID: "bench", ResultTopic: "mayfly-results"}
	text, err := encode(l)
	if err != nil {
		b.Fatal(err)
	}
	p := newPlain[tasks.Lease]()
	var got tasks.Lease
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !p.read(text, &got) {
				b.Fatal("not read")
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := tasks.DecodeInvitation(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}
