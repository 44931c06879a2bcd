package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Provenance returns the lines of a result's page that tell how it was measured: command, machine and commit.
func Provenance(command string) string {
	return fmt.Sprintf("- command: `%s`\n- machine: %d cores, %s, %s/%s, %s\n- commit: %s, %s\n",
		command, runtime.NumCPU(), processor(), runtime.GOOS, runtime.GOARCH, runtime.Version(), commit(), time.Now().UTC().Format(time.DateOnly))
}

// Publish shows a page and writes it into the folder of the results as NAME.md.
func Publish(folder, name, page string) error {
	fmt.Print(page)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name+".md"), []byte(page), 0o644)
}

// processor returns the name of the processor, where the system tells it.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
