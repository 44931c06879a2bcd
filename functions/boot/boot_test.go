package boot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/functions/boot"
)

func TestReadEnvironment(t *testing.T) {
	t.Setenv(boot.KafkaEnv, `{"sasl.mechanism":"PLAIN"}`)
	e, err := boot.ReadEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(boot.Properties{"sasl.mechanism": "PLAIN"}, e.Kafka); d != "" {
		t.Error(d)
	}
	t.Setenv(boot.KafkaEnv, `{"password":"hidden"`)
	if _, err = boot.ReadEnvironment(); err == nil || !strings.Contains(err.Error(), boot.KafkaEnv) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("got %v, want an error that names the variable and not its value", err)
	}
}

func TestKafkaPropertiesFromAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kafka.json")
	if err := os.WriteFile(path, []byte(`{"sasl.mechanism":"PLAIN"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(boot.KafkaFileEnv, path)
	e, err := boot.ReadEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(boot.Properties{"sasl.mechanism": "PLAIN"}, e.Kafka); d != "" {
		t.Error(d)
	}
	if err := os.WriteFile(path, []byte(`{"password":"hidden"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = boot.ReadEnvironment(); err == nil || !strings.Contains(err.Error(), boot.KafkaFileEnv) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("got %v, want an error that names the variable and not what the file holds", err)
	}
}
