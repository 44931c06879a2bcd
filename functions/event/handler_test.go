package event_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/functions/event"
)

// short is a platform with little time.
func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestUnknownEvents(t *testing.T) {
	w := newWorld(t)
	h := w.handler()
	for _, tt := range []struct{ name, payload, want string }{
		{"another service", `{"Records":[{"eventSource":"aws:dynamodb","secret":"s"}]}`, "of no kind that this function takes"},
		{"an object", `{"hello":1,"secret":"s"}`, "members hello, secret"},
		{"no records", `{"Records":[]}`, "members Records"},
		{"an array", `[1]`, "'{' is expected"},
		{"nothing", ``, "truncated"},
		{"truncated", `{"Records":[{"messageId":"1","body":"hel`, "truncated"},
		{"two", `{"a":1}{"b":2}`, "where it should end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.handle(h, tt.payload)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), `"s"`) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		environ []string
		want    string
	}{
		{"nothing", nil, "MAYFLY_CONNECTOR_CONFIG"},
		{"no JSON", []string{`MAYFLY_CONNECTOR_CONFIG={"password":"hidden"`}, "neither"},
		{"no name", []string{`MAYFLY_CONNECTOR_CONFIG={"password":"hidden"}`}, "has no name"},
		{"by name, but from where", []string{"MAYFLY_CONNECTOR_NAME=a"}, "CONNECT_CONFIG_STORAGE_TOPIC"},
		{"no number", []string{`MAYFLY_CONNECTOR_CONFIG={"name":"a"}`, "MAYFLY_EVENTS_PARTITIONS=x"}, "MAYFLY_EVENTS_PARTITIONS"},
		{"no flag", []string{`MAYFLY_CONNECTOR_CONFIG={"name":"a"}`, "MAYFLY_REPORT_BATCH_ITEM_FAILURES=yes"}, "neither true nor false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := event.ReadSettings(tt.environ, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hidden") {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	s, err := event.ReadSettings([]string{`MAYFLY_CONNECTOR_CONFIG={"name":"a","config":{"topic":"t"}}`, "CONNECT_KEY_CONVERTER=c"}, map[string]string{"sasl.mechanism": "PLAIN"})
	must(t, err)
	if s.Name != "a" || s.Config["topic"] != "t" || s.Config["name"] != "a" || s.Worker["key.converter"] != "c" || s.Worker["sasl.mechanism"] != "PLAIN" {
		t.Errorf("%+v", s)
	}
}

// The connector stands in Connect's config topic, where the REST API put it.
func TestConfigurationByName(t *testing.T) {
	w := newWorld(t)
	w.config = nil
	w.environ["MAYFLY_CONNECTOR_NAME"], w.environ["CONNECT_CONFIG_STORAGE_TOPIC"] = "orders", "configs"
	w.environ["CONNECT_KEY_CONVERTER"], w.environ["CONNECT_VALUE_CONVERTER"] = stringConverter, stringConverter
	w.create("configs", 1)
	put := func(key, value string) {
		cl, err := kgo.NewClient(kgo.SeedBrokers(w.addr))
		must(t, err)
		defer cl.Close()
		must(t, cl.ProduceSync(t.Context(), &kgo.Record{Topic: "configs", Key: []byte(key), Value: []byte(value)}).FirstErr())
	}
	in := sqsBatch(queueARN, "1", "one")
	if _, err := w.handle(w.handler(), in); err == nil || !strings.Contains(err.Error(), "connector orders: there is no configuration in configs") {
		t.Error(err)
	}
	put("connector-orders", `{"properties":{"name":"orders","connector.class":"EventSource","topic":"out"}}`)
	put("target-state-orders", `{"state":"PAUSED"}`)
	if _, err := w.handle(w.handler(), in); err == nil || !strings.Contains(err.Error(), "resume it") {
		t.Error(err)
	}
	put("target-state-orders", `{"state":"STARTED"}`)
	w.ok(w.handler(), in, allDone)
	w.wrote("one")
	put("connector-orders", `{"properties":{"name":"orders","connector.class":"FileStreamSource","topic":"out"}}`)
	if _, err := w.handle(w.handler(), in); err == nil || !strings.Contains(err.Error(), "mayfly.EventSourceConnector does") {
		t.Error(err)
	}
}
