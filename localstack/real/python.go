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

// Python returns a Python interpreter that has pyarrow and Apache's avro.
func Python(t testing.TB) string {
	t.Helper()
	path, err := python()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var python = sync.OnceValues(func() (string, error) {
	scripts, err := scripts()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(filepath.Join(scripts, "fetch"), "python")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("get python: %w\n%s", err, said.Bytes())
	}
	return strings.TrimSpace(string(out)), nil
})
