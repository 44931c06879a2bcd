package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

// sealed writes a connector file whose file and patience come from config providers, and what they read.
func sealed(t *testing.T, dir, class string) string {
	t.Helper()
	secrets := filepath.Join(dir, "secrets.properties")
	for path, text := range map[string]string{secrets: "path=/very/secret/path\nwrong=not-a-secret-number\n",
		filepath.Join(dir, "sink.json"): fmt.Sprintf(`{"name":"sink","config":{"connector.class":%q,"topics":"a","file":"${file:%s:path}","errors.retry.timeout":"${env:WAIT}"}}`, class, secrets)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "sink.json")
}

const providers = "CONNECT_CONFIG_PROVIDERS=file,env;CONNECT_CONFIG_PROVIDERS_FILE_CLASS=org.apache.kafka.common.config.provider.FileConfigProvider;" +
	"CONNECT_CONFIG_PROVIDERS_ENV_CLASS=org.apache.kafka.common.config.provider.EnvVarConfigProvider"

// Placeholders are replaced before a file is judged; their values are in no output.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, environ string
		errors        int
		say           []string // in the verdict
	}{
		{"replaced", providers + ";WAIT=2", 0, nil},
		{"a wrong value", providers + ";WAIT=hunter2", 1, []string{"errors.retry.timeout", "${env:WAIT}"}},
		{"an unknown value", providers, 1, []string{"${env:WAIT} stays as it is"}},
		{"no providers", "WAIT=2", 1, []string{"${env:WAIT} stays as it is", ":path} stays as it is"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, err := worker.Load("", strings.Split(c.environ, ";"), true)
			if err != nil {
				t.Fatal(err)
			}
			d, resolved := newJudgement(w).judge(t.Context(), sealed(t, t.TempDir(), "FileStreamSink"))
			b, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			said := string(b)
			if len(d.Errors) != c.errors || strings.Contains(said, "/very/secret") || strings.Contains(said, "hunter2") {
				t.Errorf("errors %v", d.Errors)
			}
			for _, want := range c.say {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not in the verdict: %v", want, d.Errors)
				}
			}
			if c.errors == 0 && resolved.Props["file"] != "/very/secret/path" {
				t.Errorf("resolved %v", resolved.Props)
			}
		})
	}
}

// A file that a provider cannot read is a mistake that says so.
func TestPlaceholderOfAMissingFile(t *testing.T) {
	t.Parallel()
	w, err := worker.Load("", strings.Split(providers+";WAIT=2", ";"), true)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := sealed(t, dir, "FileStreamSink")
	if err := os.Remove(filepath.Join(dir, "secrets.properties")); err != nil {
		t.Fatal(err)
	}
	if d, _ := newJudgement(w).judge(t.Context(), path); d.OK || len(d.Errors) != 1 || !strings.Contains(d.Errors[0].Message, "secrets.properties") {
		t.Errorf("%+v", d)
	}
}

// Who tries a configuration without a worker's properties has Kafka's own providers all the same.
func TestUsualProviders(t *testing.T) {
	t.Parallel()
	w, err := worker.Load("", nil, true)
	if err != nil {
		t.Fatal(err)
	}
	j, err := newJudgement(w).usual(w)
	if err != nil {
		t.Fatal(err)
	}
	if _, resolved := j.judge(t.Context(), sealed(t, t.TempDir(), "FileStreamSink")); resolved.Props["file"] != "/very/secret/path" {
		t.Errorf("resolved %v", resolved.Props)
	}
}
