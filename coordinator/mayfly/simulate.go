package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/coordinator/simulate"
	"github.com/mayfly-connect/mayfly/tasks"
)

const simulateHelp = `Says what a load would need: the planner of the coordinator runs in virtual time, on executors of several platforms, and
their seconds are priced beside fleets that run day and night. The load is a description, or the lag of real topics that
-record has written. With -connector the connector's rotation, order and tasks.max count; without, any data is worth a lease.

A load description, of which all but phases may be left out:

  {"partitions": 12, "recordBytes": 400, "weights": [3, 1, ...], "repeat": 24,
   "phases": [{"for": "50m", "recordsPerSecond": 0}, {"for": "10m", "recordsPerSecond": 100000}]}

  mayfly simulate load.json
  mayfly simulate -connector sink.json -plot load.svg -platforms lambda,cloudrun load.json
  mayfly simulate -record lag.csv -bootstrap localhost:9092 -topics orders -group connect-orders-sink -for 1h
  mayfly simulate -lag lag.csv -record-bytes 400`

// simulateCommand is the command with its arguments.
type simulateCommand struct {
	site
	lag, connector, prices, plot, platforms string
	tasks                                   int
	recordBytes                             int64
	json                                    bool

	record, topics, group string
	every, during         time.Duration
}

func simulateLoad(ctx context.Context, args []string) error {
	c := &simulateCommand{}
	f := helpFlags("simulate", "[flags] load.json", simulateHelp)
	c.site.flags(f)
	f.StringVar(&c.connector, "connector", "", "the `file` of a sink connector")
	f.IntVar(&c.tasks, "tasks", 0, "the most leases at once (default the connector's tasks.max, or 100)")
	f.StringVar(&c.platforms, "platforms", "", "the `platforms` of the price sheet, separated by commas (default all)")
	f.StringVar(&c.prices, "prices", "", "a `file` with another price sheet")
	f.StringVar(&c.plot, "plot", "", "an SVG `file` to write the timelines to")
	f.BoolVar(&c.json, "json", false, "print JSON, the timelines included")
	f.StringVar(&c.lag, "lag", "", "a `file` with a recorded lag, instead of a load description")
	f.Int64Var(&c.recordBytes, "record-bytes", 1024, "the average size of the records of a recorded lag")
	f.StringVar(&c.record, "record", "", "record the lag of -topics to this `file`, and simulate nothing")
	f.StringVar(&c.topics, "topics", "", "the `topics` to record, separated by commas")
	f.StringVar(&c.group, "group", "", "the consumer `group` whose committed offsets are recorded, such as connect-<connector>")
	f.DurationVar(&c.every, "every", time.Second, "how often to look at the offsets")
	f.DurationVar(&c.during, "for", time.Hour, "how long to record; Ctrl-C ends it sooner")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if want := map[bool]int{true: 1}[c.lag == "" && c.record == ""]; len(rest) != want || c.every <= 0 || c.recordBytes <= 0 {
		f.Usage()
		return errUsage
	}
	if err := c.load(); err != nil {
		return err
	}
	if c.record != "" {
		return c.sample(ctx)
	}
	s, err := c.setting(ctx, rest)
	if err != nil {
		return err
	}
	prices, err := c.sheet()
	if err != nil {
		return err
	}
	report, err := simulate.Compare(ctx, s, prices, tasks.SplitList(c.platforms))
	if err != nil {
		return err
	}
	if c.plot != "" {
		if err := writeFile(c.plot, report.Plot); err != nil {
			return err
		}
	}
	if c.json {
		return printJSON(os.Stdout, report, true)
	}
	return report.Print(os.Stdout)
}

func (c *simulateCommand) setting(ctx context.Context, files []string) (simulate.Setting, error) {
	s := simulate.Setting{RecordBytes: c.recordBytes, Tasks: plan.DefaultExecutors, Cut: tasks.Cut{CloseTail: true}, Order: tasks.OrderNone,
		Limits: plan.Limits{MaxExecutors: c.worker.Ours.MaxExecutors, SliceBytes: c.worker.Ours.SliceBytes,
			TTL: time.Duration(c.worker.Ours.LeaseTTL) * time.Millisecond}}
	if c.connector != "" {
		if err := c.judge(ctx, &s); err != nil {
			return s, err
		}
	}
	if c.tasks > 0 {
		s.Tasks = c.tasks
	}
	name := c.lag
	if name == "" {
		name = files[0]
	}
	in, err := os.Open(name)
	if err != nil {
		return s, fmt.Errorf("read the load: %w", err)
	}
	defer in.Close()
	if c.lag != "" {
		s.Arrivals, err = simulate.ReadLag(in)
		return s, err
	}
	l, err := simulate.ReadLoad(in)
	if err != nil {
		return s, err
	}
	s.Arrivals, s.RecordBytes = l.Arrivals(), l.RecordBytes
	return s, nil
}

// judge takes the rotation and the tasks of a connector that passes validation.
func (c *simulateCommand) judge(ctx context.Context, s *simulate.Setting) error {
	j, err := newJudgement(c.worker).usual(c.worker)
	if err != nil {
		return err
	}
	d, resolved := j.judge(ctx, c.connector)
	if d.Unreadable != "" || !d.OK {
		if err := printVerdicts(os.Stderr, []verdict{d}); err != nil {
			return err
		}
		return &exit{code: codeMistakes}
	}
	props := resolved.Props
	p, ok := plugins().Sink(props[connector.ClassKey])
	if !ok {
		return fmt.Errorf("%s is not a sink connector: only those have a lag to simulate", c.connector)
	}
	s.Cut = tasks.Cut{CloseTail: true}
	if p.Cut != nil {
		config, errs := p.Config.Parse(props)
		if len(errs) > 0 {
			return fmt.Errorf("%s: %v", c.connector, errs[0])
		}
		if s.Cut, err = p.Cut(config); err != nil {
			return fmt.Errorf("%s: %w", c.connector, err)
		}
	}
	if s.Order, err = connector.Order(s.Cut, props); err != nil {
		return fmt.Errorf("%s: %w", c.connector, err)
	}
	s.Tasks = 1
	if n, err := strconv.Atoi(strings.TrimSpace(props["tasks.max"])); err == nil && n > 0 {
		s.Tasks = n
	}
	return nil
}

func (c *simulateCommand) sheet() (*simulate.Prices, error) {
	if c.prices == "" {
		return simulate.ListPrices()
	}
	in, err := os.Open(c.prices)
	if err != nil {
		return nil, fmt.Errorf("read the price sheet: %w", err)
	}
	defer in.Close()
	return simulate.ReadPrices(in)
}

// sample records the lag of topics until the time is over or somebody stops it.
func (c *simulateCommand) sample(ctx context.Context) error {
	topics := tasks.SplitList(c.topics)
	if len(topics) == 0 {
		return errors.New("say which topics to record: -topics a,b")
	}
	opts, err := c.options()
	if err != nil {
		return err
	}
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		return fmt.Errorf("connect to Kafka: %w", err)
	}
	defer cl.Close()
	out, err := os.Create(c.record)
	if err != nil {
		return fmt.Errorf("record the lag: %w", err)
	}
	defer out.Close()
	w, err := simulate.NewLagWriter(out)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.during)
	defer cancel()
	tick := time.NewTicker(c.every)
	defer tick.Stop()
	for n := 1; ; n++ {
		samples, err := simulate.Look(ctx, kadm.NewClient(cl), topics, c.group)
		if err == nil {
			err = w.Write(samples)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			fmt.Fprintf(os.Stderr, "%d times the offsets of %d partitions are in %s\n", n, len(samples), c.record)
			return out.Close()
		}
	}
}

// writeFile writes a file by what do writes; an error leaves none that looks whole.
func writeFile(name string, do func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(do(f), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(name))
	}
	return nil
}
