package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// page returns the result as Markdown.
func page(o options, raw, mayfly []cost, d delivered) string {
	var b strings.Builder
	rate := func(c cost) float64 { return float64(d.records) / c.cpu.Seconds() }
	row := func(who string, c cost) {
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %d | %.0f | %.3f |\n",
			who, c.wall.Seconds(), c.cpu.Seconds(), c.rss>>20, rate(c), rate(c)/rate(median(raw)))
	}
	fmt.Fprintf(&b, "# %s, %s\n\n", o.name, o.mode)
	fmt.Fprintf(&b, "%d records became %d objects of %d bytes. Ratio: records per CPU-second, to the median of the bare consumer.\n\n",
		d.records, d.objects, d.bytes)
	b.WriteString("| | wall s | CPU s | max RSS MB | records per CPU-second | ratio |\n| --- | --- | --- | --- | --- | --- |\n")
	for i := range raw {
		row(fmt.Sprintf("raw %d", i+1), raw[i])
		row(fmt.Sprintf("mayfly %d", i+1), mayfly[i])
	}
	row("**raw, median**", median(raw))
	row("**mayfly, median**", median(mayfly))
	fmt.Fprintf(&b, "\n- command: `tests/bench/run %s %s` with `connectors/%s.json`\n", o.name, o.mode, o.name)
	fmt.Fprintf(&b, "- machine: %d cores, %s, %s/%s, %s\n", runtime.NumCPU(), processor(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	fmt.Fprintf(&b, "- commit: %s, %s\n", commit(), time.Now().UTC().Format(time.DateOnly))
	return b.String()
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
