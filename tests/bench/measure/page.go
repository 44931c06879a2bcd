package main

import (
	"fmt"
	"strings"

	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

// page returns the result as Markdown.
func page(o options, raw, mayfly []command.Cost, d delivered) string {
	var b strings.Builder
	rate := func(c command.Cost) float64 { return float64(d.records) / c.CPU.Seconds() }
	row := func(who string, c command.Cost) {
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %d | %.0f | %.3f |\n",
			who, c.Wall.Seconds(), c.CPU.Seconds(), c.RSS>>20, rate(c), rate(c)/rate(median(raw)))
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
	if m := median(mayfly); o.mode == "coordinator" {
		fmt.Fprintf(&b, "\nOf mayfly's CPU time %.2f s, %.1f%%, are the coordinator's own, from its start to its end; the rest is that of the executors.\n",
			m.Own.Seconds(), 100*m.Own.Seconds()/m.CPU.Seconds())
	}
	b.WriteString("\n" + command.Provenance(fmt.Sprintf("tests/bench/run %s %s", o.name, o.mode)))
	return b.String()
}
