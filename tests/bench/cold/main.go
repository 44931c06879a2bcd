// Command cold measures how long a command takes from its start to its end, again and again: that of a lean executor which
// runs a lease of one record, say.
//
//	cold -stdin lease.json COMMAND [ARG ...]
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

func main() {
	n := flag.Int("n", 50, "how often to run it, after once to warm the page cache")
	stdin := flag.String("stdin", os.DevNull, "the `file` that it reads as standard input")
	flag.Parse()
	if flag.NArg() == 0 || *n < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := measure(*n, *stdin, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "cold:", err)
		os.Exit(1)
	}
}

func measure(n int, stdin string, args []string) error {
	input, err := os.ReadFile(stdin)
	if err != nil {
		return err
	}
	var took []time.Duration
	var cpu time.Duration
	var rss int64
	for range n + 1 {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdin = bytes.NewReader(input)
		begin := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
		c := command.CostOf(cmd, time.Since(begin))
		took, cpu, rss = append(took, c.Wall), cpu+c.CPU, max(rss, c.RSS)
	}
	took = slices.Sorted(slices.Values(took[1:]))
	ms := func(share float64) float64 { return took[int(share*float64(n-1))].Seconds() * 1000 }
	fmt.Printf("%d runs: p50 %.1f ms, p90 %.1f ms, most %.1f ms; %.1f CPU-ms on average, %.1f MB at most\n",
		n, ms(0.5), ms(0.9), ms(1), cpu.Seconds()*1000/float64(n+1), float64(rss)/(1<<20))
	return nil
}
