package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/deadletter"
)

const dlqHelp = `Works with dead letter topics: those named, or all that the connectors of the cluster name, also where these are on another cluster
(mayfly.errors.deadletterqueue.bootstrap.servers): then records go back to the connectors' cluster.

  list    what failed: letters grouped by topic, connector, stage and exception
  show    the letters: key, value, headers, where they come from and why they failed
  replay  send records back to the topic where they were read, without the error headers; each letter once, however often
          the command is run or killed. What was replayed is kept in the topic mayfly-dlq-replays, where the records go
  purge   delete letters, from the start of the topic on

The cluster is that of -bootstrap or of the worker's properties (-worker, CONNECT_BOOTSTRAP_SERVERS); its connectors are
read from config.storage.topic. All of them take --json. 'mayfly dlq list -h' lists the flags.
Exit codes: 0 done, 1 wrong usage, 3 an error, or letters that could not be replayed.

  mayfly dlq list -worker connect-distributed.properties
  mayfly dlq show -bootstrap localhost:9092 -message 'Unknown magic byte' -n 3 orders-dlq
  mayfly dlq replay -bootstrap localhost:9092 -stage TASK_PUT -since 2h -dry-run orders-dlq
  mayfly dlq purge -bootstrap localhost:9092 -replayed orders-dlq`

// dlqVerbs are the commands below dlq.
func dlqVerbs() map[string]func(*dlqCommand, context.Context) error {
	return map[string]func(*dlqCommand, context.Context) error{"list": (*dlqCommand).list, "show": (*dlqCommand).show,
		"replay": (*dlqCommand).replay, "purge": (*dlqCommand).purge}
}

// dlqCommand is a command below dlq with its arguments.
type dlqCommand struct {
	site
	json   bool
	topics []string
	filter deadletter.Filter
	n      int64 // show

	to, through string // replay
	dryRun      bool   // replay, purge

	before   int64 // purge
	replayed bool
	yes      bool

	queues     *deadletter.Queues
	connectors deadletter.Connectors // nil when they are not known
	places     []place
}

func dlq(ctx context.Context, args []string) error {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: mayfly dlq list|show|replay|purge [flags] [topic ...]")
		return errUsage
	}
	if isHelp(args[0]) {
		fmt.Printf("usage: mayfly dlq list|show|replay|purge [flags] [topic ...]\n\n%s\n", dlqHelp)
		return nil
	}
	do, ok := dlqVerbs()[args[0]]
	if !ok {
		fmt.Fprintf(os.Stderr, "mayfly dlq: there is no command %q: use list, show, replay or purge\n", args[0])
		return errUsage
	}
	c := &dlqCommand{}
	if err := c.parse(args[0], args[1:]); err != nil {
		return err
	}
	if err := c.load(); err != nil {
		return err
	}
	opts, err := c.options()
	if err != nil {
		return err
	}
	if c.queues, err = deadletter.Open(opts...); err != nil {
		return err
	}
	defer c.close()
	if err := c.find(ctx); err != nil {
		return err
	}
	return do(c, ctx)
}

// parse reads the flags of a command; each has those that it heeds.
func (c *dlqCommand) parse(verb string, args []string) (err error) {
	f := flags("dlq " + verb)
	c.site.flags(f)
	f.BoolVar(&c.json, "json", false, "print JSON")
	var read []func() error
	if verb != "purge" {
		read = c.filters(f)
	}
	partition := f.Int("partition", -1, "the partition of the dead letter topic (default all)")
	switch verb {
	case "show":
		f.Int64Var(&c.n, "n", 10, "how many letters to show; 0 for all")
	case "replay":
		f.StringVar(&c.to, "to", "", "the `topic` to send to (default that where the record was read)")
		f.StringVar(&c.through, "through", "", "send only letters of this `connector`, and only to topics that it reads")
		f.BoolVar(&c.dryRun, "dry-run", false, "say what would be sent, and send nothing")
	case "purge":
		f.Int64Var(&c.before, "before", -1, "the first `offset` that stays (default: all are deleted)")
		f.BoolVar(&c.replayed, "replayed", false, "stop at the first letter that was not replayed")
		f.BoolVar(&c.yes, "yes", false, "do not ask")
		f.BoolVar(&c.dryRun, "dry-run", false, "say what would be deleted, and delete nothing")
	}
	if c.topics, err = parse(f, args); err != nil {
		return err
	}
	if *partition >= 0 {
		p := int32(*partition)
		c.filter.Partition = &p
	}
	for _, r := range read {
		if err := r(); err != nil {
			fmt.Fprintln(os.Stderr, "mayfly dlq "+verb+":", err)
			return errUsage
		}
	}
	return nil
}

// filters defines the flags of the filter; what it returns reads those that may be wrong.
func (c *dlqCommand) filters(f *flag.FlagSet) (read []func() error) {
	f.StringVar(&c.filter.Connector, "connector", "", "only letters of this connector")
	f.StringVar(&c.filter.Stage, "stage", "", "only those that failed at this `stage`, such as VALUE_CONVERTER")
	f.StringVar(&c.filter.Class, "exception", "", "only those with this exception `class`")
	f.StringVar(&c.filter.Origin, "origin", "", "only records of this `topic`")
	message := f.String("message", "", "only those whose message, or that of a cause, has a match of this `regexp` (RE2)")
	since := f.String("since", "", "only records of this `time` and later: RFC 3339, or how long ago, such as 90m")
	until := f.String("until", "", "only records before this `time`")
	offsets := f.String("offsets", "", "only these `offsets` of the dead letter topic: A-B, A-, -B or A")
	now := time.Now()
	return []func() error{
		func() (err error) {
			if *message != "" {
				c.filter.Message, err = regexp.Compile(*message)
			}
			return err
		},
		func() (err error) { c.filter.Since, err = instant("since", *since, now); return err },
		func() (err error) { c.filter.Until, err = instant("until", *until, now); return err },
		func() (err error) {
			if *offsets != "" {
				c.filter.Offsets, err = deadletter.ParseOffsets(*offsets)
			}
			return err
		},
	}
}

func instant(name, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("-%s cannot be %q: use 2026-01-31T12:00:00Z, or how long ago, such as 90m", name, text)
}

func (c *dlqCommand) list(ctx context.Context) error {
	var groups deadletter.Groups
	for _, p := range c.places {
		for l, err := range p.queues.Letters(ctx, p.topic, c.filter) {
			if err != nil {
				return err
			}
			groups.Add(&l)
		}
	}
	if c.json {
		return printJSON(os.Stdout, groups.Sorted(), true)
	}
	return printGroups(os.Stdout, groups.Sorted())
}

func (c *dlqCommand) show(ctx context.Context) error {
	shown := int64(0)
	out := bufio.NewWriter(os.Stdout)
	for _, p := range c.places {
		for l, err := range p.queues.Letters(ctx, p.topic, c.filter) {
			if err == nil {
				err = printLetter(out, &l, c.json)
			}
			if err != nil {
				return errors.Join(err, out.Flush())
			}
			if shown++; shown == c.n {
				return out.Flush()
			}
		}
	}
	return out.Flush()
}

func (c *dlqCommand) replay(ctx context.Context) error {
	what := deadletter.Replay{Filter: c.filter, To: c.to, DryRun: c.dryRun}
	if c.through != "" {
		if _, err := c.connectors.Reads(c.through, ""); err != nil {
			return err
		}
		what.Filter.Connector = c.through
		what.Accept = func(_ *deadletter.Letter, topic string) error {
			if reads, err := c.connectors.Reads(c.through, topic); err != nil || !reads {
				return errors.Join(err, fmt.Errorf("connector %s does not read topic %s: name one that it reads with -to", c.through, topic))
			}
			return nil
		}
	}
	refused := int64(0)
	all := []deadletter.Replayed{}
	for _, p := range c.places {
		what.Home = p.home
		r, err := p.queues.Replay(ctx, p.topic, what)
		all = append(all, r)
		if err != nil {
			return errors.Join(c.printReplayed(all), err)
		}
		for _, n := range r.Refused {
			refused += n
		}
	}
	if err := c.printReplayed(all); err != nil {
		return err
	}
	if refused > 0 {
		return fmt.Errorf("%d dead letters cannot be replayed as asked", refused)
	}
	return nil
}

func (c *dlqCommand) printReplayed(all []deadletter.Replayed) error {
	if c.json {
		return printJSON(os.Stdout, all, true)
	}
	printReplayed(os.Stdout, all)
	return nil
}

func (c *dlqCommand) purge(ctx context.Context) error {
	if len(c.places) != 1 {
		fmt.Fprintln(os.Stderr, "mayfly dlq purge: name one topic of one cluster; found:", c.places)
		return errUsage
	}
	queues, topic := c.places[0].queues, c.places[0].topic
	cuts, err := queues.PlanPurge(ctx, topic, deadletter.Purge{Partition: c.filter.Partition, Before: c.before, Replayed: c.replayed, Home: c.places[0].home})
	if err != nil {
		return err
	}
	if !c.json {
		printCuts(os.Stderr, topic, cuts)
	}
	if len(cuts) > 0 && !c.dryRun {
		if !c.yes && !confirmed(topic) {
			return errors.New("nothing was deleted")
		}
		if err := queues.Purge(ctx, topic, cuts); err != nil {
			return err
		}
	}
	if c.json {
		return printJSON(os.Stdout, map[string]any{"topic": topic, "dryRun": c.dryRun, "deleted": cuts}, true)
	}
	return nil
}

// confirmed asks on standard input.
func confirmed(topic string) bool {
	fmt.Fprintf(os.Stderr, "Type the topic's name to delete them for good: ")
	line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	return strings.TrimSpace(line) == topic
}
