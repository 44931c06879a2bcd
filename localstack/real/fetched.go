package real

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Python returns a Python interpreter that has pyarrow and Apache's avro, and kafka_connect, a client of Connect's REST API.
func Python(t testing.TB) string {
	t.Helper()
	path, err := python()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var python = sync.OnceValues(func() (string, error) { return fetched("python") })

// ClientJars returns a Java class path with org.sourcelab's client of Connect's REST API and Apache's Avro.
func ClientJars(t testing.TB) string {
	t.Helper()
	dir, err := clientJars()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "*")
}

var clientJars = sync.OnceValues(func() (string, error) { return fetched("clients") })

// fetched gets what fetch knows under a name, and returns where that says it is.
func fetched(name string) (string, error) {
	scripts, err := scripts()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(filepath.Join(scripts, "fetch"), name)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("get %s: %w\n%s", name, err, said.Bytes())
	}
	return strings.TrimSpace(string(out)), nil
}
