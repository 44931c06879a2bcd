package e2e_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/registry"
)

// avroText is a text under the schema "string" as the Avro serializer writes it.
func avroText(id int, text string) string {
	b := binary.BigEndian.AppendUint32([]byte{0}, uint32(id))
	return string(append(binary.AppendVarint(b, int64(len(text))), text...))
}

// schemas serves a registry that knows the schema "string" as id 1, at an address; any free one if it is empty.
func schemas(t *testing.T, address string) (url string) {
	t.Helper()
	reg, err := registry.New()
	must(t, err)
	if address == "" {
		address = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", address)
	must(t, err)
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: reg}}
	srv.Start()
	t.Cleanup(srv.Close)
	resp, err := http.Post(srv.URL+"/subjects/avro-value/versions", "application/vnd.schemaregistry.v1+json", strings.NewReader(`{"schema":"\"string\""}`))
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(b), `"id":1`) {
		t.Fatalf("register the schema: %s %s", resp.Status, b)
	}
	return srv.URL
}

// The registry is down, and comes back.
func registryDown(t *testing.T) {
	s := guarded(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := ln.Addr().String()
	must(t, ln.Close()) // nobody listens there now
	s.topic("avro", 1)
	s.send("avro", avroText(1, "a"), avroText(1, "b"))
	out := s.file("out.txt")
	s.create("sink", planted(fileSink("avro", out, "value.converter", "io.confluent.connect.avro.AvroConverter", "value.converter.schema.registry.url", "http://"+address)))
	eventually(t, "a lease has failed", func() string {
		for _, c := range s.node.Snapshot().Connectors {
			if c.Name == "sink" && (c.InFlight > 0 || c.Leases > 0 || c.FailedTasks > 0) {
				return ""
			}
		}
		return "none was granted"
	})
	if got := lines(t, out); len(got) > 0 {
		t.Errorf("%q was delivered without a registry", got)
	}
	schemas(t, address)
	restarted := false
	eventually(t, "delivery", func() string {
		if st := s.status("sink"); !restarted && len(st.Tasks) > 0 && st.Tasks[0].State == "FAILED" { // as in Connect, which gives up too
			restarted = true
			t.Logf("the task gave up: %.300s", st.Tasks[0].Trace)
			s.do(http.StatusNoContent, "POST", "/connectors/sink/tasks/0/restart", nil)
		}
		return map[bool]string{false: "not all lines"}[len(lines(t, out)) >= 2]
	})
	s.filled(out, "a", "b")
	s.committed("sink", "avro", 0, 2)
	s.filled(out, "a", "b")
}

// A record's schema id is not known to the registry.
func unknownSchema(t *testing.T) {
	s := guarded(t)
	url := schemas(t, "")
	s.topic("avro", 1)
	s.send("avro", avroText(1, "a"), avroText(1, "b"), avroText(999, "unknown"), avroText(1, "c"))
	out := s.file("out.txt")
	config := planted(fileSink("avro", out, "value.converter", "io.confluent.connect.avro.AvroConverter", "value.converter.schema.registry.url", url))
	s.create("sink", config)
	trace := s.failed("sink")
	for _, want := range []string{"avro", "999", "offset 2"} {
		if !strings.Contains(trace, want) {
			t.Errorf("the trace lacks %q: %s", want, trace)
		}
	}
	config["errors.tolerance"] = "all"
	s.do(http.StatusOK, "PUT", "/connectors/sink/config", config)
	s.filled(out, "a", "b", "c")
	s.state("sink", "RUNNING")
	s.committed("sink", "avro", 0, 4)
	s.filled(out, "a", "b", "c")
}
