package avro_test

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// TestCrossVectors replays the recordings that read or write with another converter beside Avro, keys included.
func TestCrossVectors(t *testing.T) {
	t.Parallel()
	ran := 0
	for _, v := range vectors(t) {
		if v.Config["transforms"] != "" || notOurs(v.Name) != "" {
			continue
		}
		ran++
		t.Run(v.Name, func(t *testing.T) { replayRecord(t, v) })
	}
	if ran < 500 {
		t.Errorf("only %d recordings ran", ran)
	}
}

func build(config map[string]string, part, url string) (tasks.Converter, error) {
	props := tasks.Prefixed(config, part+".converter.")
	if props["schema.registry.url"] == "mock://vec" {
		props["schema.registry.url"] = url
	}
	return convert.New(config[part+".converter"], props, part == "key", convert.Factory{Class: avro.Class, New: avro.New})
}

func replayRecord(t *testing.T, v vector) {
	reg, err := registry.New()
	if err != nil {
		t.Fatal(err)
	}
	for i := range v.Registry {
		if len(v.Registry[i].References) == 0 {
			v.Registry[i].References = nil
		}
	}
	if err := reg.Preload(v.Registry); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(reg)
	defer server.Close()
	key, value, stage, err := convertRecord(t, v, server.URL)
	if v.Error != nil {
		compareError(t, v, stage, err)
		return
	}
	if err != nil {
		t.Fatalf("%s: %s", stage, tasks.Trace(err))
	}
	if len(v.Unordered) == 0 && !bytes.Equal(value, v.Out.Value) {
		t.Errorf("value\n got %q\nwant %q", value, v.Out.Value)
	}
	if len(v.Unordered) == 0 && !bytes.Equal(key, v.Out.Key) {
		t.Errorf("key\n got %q\nwant %q", key, v.Out.Key)
	}
	compareRegistry(t, v, server.URL)
}

func convertRecord(t *testing.T, v vector, url string) (key, value []byte, stage string, err error) {
	var all [4]tasks.Converter
	for i, config := range []map[string]string{v.Config, v.OutConfig} {
		for j, part := range []string{"key", "value"} {
			if all[2*i+j], err = build(config, part, url); err != nil {
				return nil, nil, "CONFIG", err
			}
		}
	}
	var headers []tasks.RawHeader
	for _, h := range v.In.Headers {
		headers = append(headers, rawHeader(t, h))
	}
	a := &tasks.Arena{}
	ks, k, err := all[0].ToConnect(t.Context(), a, v.In.Topic, headers, v.In.Key)
	if err != nil {
		return nil, nil, "KEY_CONVERTER", err
	}
	vs, val, err := all[1].ToConnect(t.Context(), a, v.In.Topic, headers, v.In.Value)
	if err != nil {
		return nil, nil, "VALUE_CONVERTER", err
	}
	if key, err = all[2].FromConnect(t.Context(), nil, v.In.Topic, ks, k); err != nil {
		return nil, nil, "OUT_CONVERTER", err
	}
	value, err = all[3].FromConnect(t.Context(), nil, v.In.Topic, vs, val)
	return key, value, "OUT_CONVERTER", err
}
