package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The benchmark runs, and counts what it delivers; how fast is not for a test to say.
func TestParallel(t *testing.T) {
	dir := t.TempDir()
	for name, pkg := range map[string]string{"mayfly": "./coordinator/mayfly", "mayfly-process-gcs": "./functions/process/gcs"} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, name), pkg)
		build.Dir = "../../.."
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", pkg, err, out)
		}
	}
	t.Chdir("../../..")
	o := options{mayfly: filepath.Join(dir, "mayfly"), results: dir, executors: "1,4", objects: 24, slice: 2, put: 20 * time.Millisecond}
	if err := measure(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "parallel.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "\n| 4 | ") {
		t.Errorf("the page has no line of 4 executors:\n%s", page)
	}
}
