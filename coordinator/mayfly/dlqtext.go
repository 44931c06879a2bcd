package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/deadletter"
	"github.com/mayfly-connect/mayfly/coordinator/printable"
)

func printGroups(w io.Writer, groups []deadletter.Group) error {
	if len(groups) == 0 {
		_, err := fmt.Fprintln(w, "no dead letters")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TOPIC\tCONNECTOR\tSTAGE\tCOUNT\tFIRST\tLAST\tSAMPLE\tEXCEPTION")
	for _, g := range groups {
		sample := fmt.Sprintf("%d:%d", g.Samples[0].Partition, g.Samples[0].Offset)
		cause := cmp.Or(g.Class, "?")
		if g.Message != "" {
			cause += ": " + strings.Join(strings.Fields(g.Message), " ")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", where(g.Topic, g.Cluster), cmp.Or(g.Connector, "?"), cmp.Or(g.Stage, "?"), g.Count,
			when(g.First), when(g.Last), sample, cause)
	}
	return table.Flush()
}

func when(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// shownLetter is a letter as --json has it.
type shownLetter struct {
	Cluster   string           `json:"cluster,omitempty"`
	Topic     string           `json:"topic"`
	Partition int32            `json:"partition"`
	Offset    int64            `json:"offset"`
	Time      time.Time        `json:"time"`
	Origin    *shownOrigin     `json:"origin"`
	Source    *shownSource     `json:"source,omitempty"`
	Connector string           `json:"connector"`
	Task      string           `json:"task"`
	Stage     string           `json:"stage"`
	Step      string           `json:"class"`
	Exception string           `json:"exception"`
	Message   string           `json:"message"`
	Cause     string           `json:"trace"`
	Key       *printable.Bytes `json:"key"`
	Value     *printable.Bytes `json:"value"`
	Headers   []shownHeader    `json:"headers"`
}

type shownOrigin struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// shownSource is where a source read a record.
type shownSource struct {
	Partition string `json:"partition"`
	Offset    string `json:"offset"`
}

type shownHeader struct {
	Key   string           `json:"key"`
	Value *printable.Bytes `json:"value"`
}

func printLetter(w io.Writer, l *deadletter.Letter, asJSON bool) error {
	c := &l.Context
	s := shownLetter{Cluster: l.Cluster, Topic: l.Topic, Partition: l.Partition, Offset: l.Offset, Time: l.Time.UTC(), Connector: c.Connector, Task: c.Task, Stage: c.Stage,
		Step: c.Step, Exception: c.Class, Message: c.Message, Cause: c.Cause(), Key: printable.Of(l.Key), Value: printable.Of(l.Value), Headers: []shownHeader{}}
	if c.Origin.Topic != "" {
		s.Origin = &shownOrigin{c.Origin.Topic, c.Origin.Partition, c.Origin.Offset}
	}
	if c.Split != "" {
		s.Source = &shownSource{c.Split, c.Position}
	}
	for _, h := range l.Headers {
		s.Headers = append(s.Headers, shownHeader{h.Key, printable.Of(h.Value)})
	}
	if asJSON {
		return printJSON(w, s, false)
	}
	fmt.Fprintf(w, "%s at offset %d, %s\n", where(fmt.Sprintf("%s/%d", s.Topic, s.Partition), s.Cluster), s.Offset, when(s.Time))
	switch {
	case c.Origin.Topic != "":
		fmt.Fprintf(w, "  origin     %s\n", c.Origin)
	case c.Split != "":
		fmt.Fprintf(w, "  origin     %s, ends at %s\n", c.Split, c.Position)
	}
	if c.Class != "" {
		fmt.Fprintf(w, "  connector  %s, task %s\n  stage      %s (%s)\n  exception  %s\n", s.Connector, s.Task, s.Stage, s.Step, s.Cause)
	}
	for _, reason := range c.Reasons() {
		fmt.Fprintf(w, "  cause      %s\n", reason)
	}
	for _, h := range s.Headers {
		fmt.Fprintf(w, "  header     %s: %s\n", h.Key, h.Value)
	}
	_, err := fmt.Fprintf(w, "  key        %s\n  value      %s\n", s.Key, s.Value)
	return err
}

func printReplayed(w io.Writer, all []deadletter.Replayed) {
	for _, r := range all {
		verb := "replayed"
		if r.DryRun {
			verb = "to be replayed"
		}
		fmt.Fprintf(w, "%s: %d %s, %d were replayed before\n", where(r.Topic, r.Cluster), r.Sent, verb, r.Before)
		for _, topic := range slices.Sorted(maps.Keys(r.To)) {
			fmt.Fprintf(w, "  to %s: %d\n", topic, r.To[topic])
		}
		for _, reason := range slices.Sorted(maps.Keys(r.Refused)) {
			fmt.Fprintf(w, "  not possible: %d, %s\n", r.Refused[reason], reason)
		}
	}
}

func printCuts(w io.Writer, topic string, cuts []deadletter.Cut) {
	if len(cuts) == 0 {
		fmt.Fprintf(w, "%s: there is nothing to delete\n", topic)
	}
	for _, c := range cuts {
		fmt.Fprintf(w, "%s/%d: offsets %d to %d are to be deleted\n", topic, c.Partition, c.From, c.To-1)
	}
}
