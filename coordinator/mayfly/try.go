package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/coordinator/try"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

const tryHelp = `Shows what a connector's configuration does to records before it runs: each record after the converters and after each
transform, with what changed, what the sink would write and where, and why a record fails. It runs the executor's own code
and writes nothing anywhere. Placeholders are replaced by the config providers of the worker's properties; without any, by
Kafka's own, as file, directory and env. None of their values is printed.

Samples for a sink come from a file or the standard input (one value per line, or lines such as
{"key": "a", "value": {"id": 1}, "headers": {"h": "x"}, "topic": "orders", "timestamp": 1767225600000} with texts, JSON or
{"hex": "00ff"}, as 'mayfly dlq show --json' prints them), or from a topic. A source gives its own records.
Exit codes: 0 all records pass, 1 mistakes in the configuration or records that fail, 2 something cannot be read.

  mayfly try sink.json -file samples.jsonl
  mayfly try sink.json -bootstrap localhost:9092 -topic orders -offset end -n 3
  mayfly dlq show --json -bootstrap localhost:9092 orders-dlq | mayfly try sink.json -stdin
  mayfly try source.json -n 3 --json`

// tryCommand is the command with its arguments.
type tryCommand struct {
	site
	topic, file, offset string
	partition           int
	stdin, json         bool
	n                   int
}

func tryConnector(ctx context.Context, args []string) error {
	c := &tryCommand{}
	f := helpFlags("try", "connector.json|connector.properties [flags]", tryHelp)
	c.site.flags(f)
	f.StringVar(&c.topic, "topic", "", "the `topic` to read samples from; with -file and -stdin the one that they are of (default the connector's first)")
	f.IntVar(&c.partition, "partition", -1, "the partition to read (default all)")
	f.StringVar(&c.offset, "offset", "end", "the first offset to read: a `number`, start, or end for the newest records")
	f.StringVar(&c.file, "file", "", "a `file` with samples")
	f.BoolVar(&c.stdin, "stdin", false, "read samples from the standard input")
	f.IntVar(&c.n, "n", 10, "how many records to try; 0 for all of a file or source (1000 of a topic)")
	f.BoolVar(&c.json, "json", false, "print JSON")
	rest, err := parse(f, args)
	if err != nil {
		return unreadable(err)
	}
	if len(rest) != 1 {
		f.Usage()
		return &exit{code: codeUnreadable}
	}
	if err := c.load(); err != nil {
		return unreadable(err)
	}
	file, err := worker.ReadConnector(rest[0])
	if err != nil {
		return unreadable(err)
	}
	j, err := newJudgement(c.worker).usual(c.worker)
	if err != nil {
		return err
	}
	d, resolved := j.judge(ctx, rest[0])
	if !d.OK || len(d.Warnings) > 0 {
		if err := printVerdicts(os.Stderr, []verdict{d}); err != nil {
			return err
		}
	}
	if !d.OK {
		return &exit{code: codeMistakes}
	}
	file.Config = resolved.Props
	report, err := c.run(ctx, file)
	if err != nil {
		return unreadable(errors.New(resolved.Mask(err.Error())))
	}
	var out bytes.Buffer
	if c.json {
		err = printJSON(&out, report, true)
	} else {
		err = report.Print(&out)
	}
	if err == nil {
		_, err = io.WriteString(os.Stdout, resolved.Mask(out.String()))
	}
	if err == nil && (report.Failed > 0 || report.Trouble != "") {
		return &exit{code: codeMistakes}
	}
	return err
}

func (c *tryCommand) run(ctx context.Context, file worker.Connector) (*try.Report, error) {
	what := try.Connector{Name: file.Name, Config: file.Config, Worker: c.worker.LeaseProps(), Plugins: plugins(), Converters: boot.Converters()}
	if _, isSource := what.Plugins.Source(file.Config[connector.ClassKey]); isSource {
		return try.Source(ctx, what, c.n)
	}
	samples, err := c.samples(ctx, file.Config)
	if err != nil {
		return nil, err
	}
	if len(samples) == 0 {
		return nil, errors.New("there are no samples")
	}
	return try.Sink(ctx, what, samples)
}

func (c *tryCommand) samples(ctx context.Context, config map[string]string) ([]tasks.Raw, error) {
	topic := c.topic
	if topics := tasks.SplitList(config[connector.TopicsKey]); topic == "" && len(topics) > 0 {
		topic = topics[0]
	}
	var in io.Reader = os.Stdin
	if c.file != "" {
		f, err := os.Open(c.file)
		if err != nil {
			return nil, fmt.Errorf("read samples: %w", err)
		}
		defer f.Close()
		in = f
	}
	if c.file != "" || c.stdin {
		return try.ReadSamples(in, c.n, try.Defaults{Topic: topic, Time: time.Now()})
	}
	if topic == "" {
		return nil, errors.New("no topic is known: use -topic, or -file or -stdin for samples")
	}
	opts, err := c.options()
	if err != nil {
		return nil, fmt.Errorf("%w; or -file or -stdin for samples", err)
	}
	what := try.FromTopic{Topic: topic, Partition: int32(c.partition), Offset: -1, N: cmp.Or(c.n, 1000)}
	switch c.offset {
	case "end":
	case "start":
		what.Offset = 0
	default:
		if what.Offset, err = strconv.ParseInt(c.offset, 10, 64); err != nil || what.Offset < 0 {
			return nil, fmt.Errorf("-offset cannot be %q: use a number, start or end", c.offset)
		}
	}
	return try.ReadTopic(ctx, opts, what)
}
