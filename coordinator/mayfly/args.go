package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// exit ends the process with a code of its own. Without err all has been said.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

func flags(name string) *flag.FlagSet { return flag.NewFlagSet("mayfly "+name, flag.ContinueOnError) }

// helpFlags are flags whose help says what the command does.
func helpFlags(name, args, long string) *flag.FlagSet {
	f := flags(name)
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "usage: mayfly %s %s\n\n%s\n\n", name, args, long)
		f.PrintDefaults()
	}
	return f
}

// parse reads flags wherever they stand among the arguments, and returns the others. Mistakes are told on standard error; who
// asks for help gets it on standard output, and code 0.
func parse(f *flag.FlagSet, args []string) (rest []string, err error) {
	if slices.ContainsFunc(args, isHelp) {
		f.SetOutput(os.Stdout)
	}
	for {
		if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, &exit{}
		} else if err != nil {
			return nil, errUsage
		}
		if f.NArg() == 0 {
			return rest, nil
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

// site is how a command finds the cluster that it works on.
type site struct {
	bootstrap, properties string
	worker                *worker.Config
}

func (s *site) flags(f *flag.FlagSet) {
	f.StringVar(&s.bootstrap, "bootstrap", "", "the brokers, `host:port`, separated by commas, instead of those of the worker's properties")
	f.StringVar(&s.properties, "worker", "", "the worker's properties `file`")
}

// load reads the worker's properties, those of the environment included. Without a file those of standalone mode stand.
func (s *site) load() (err error) {
	if s.worker, err = worker.Load(s.properties, os.Environ(), true); err != nil {
		return err
	}
	if s.bootstrap != "" {
		s.worker.Props["bootstrap.servers"] = s.bootstrap
		s.worker.Bootstrap = strings.Split(s.bootstrap, ",")
	}
	return nil
}

// options are those of Kafka clients: of the worker's properties, and of MAYFLY_KAFKA where these say nothing.
func (s *site) options() ([]kgo.Opt, error) {
	if len(s.worker.Bootstrap) == 0 {
		return nil, errors.New("no broker is named: use -bootstrap host:port, or -worker with a file that has bootstrap.servers")
	}
	props := s.worker.KafkaProps()
	if len(props) == 0 {
		env, err := boot.ReadEnvironment()
		if err != nil {
			return nil, err
		}
		for k, v := range env.Kafka {
			props[k] = v
		}
	}
	props["bootstrap.servers"] = s.worker.Props["bootstrap.servers"]
	return kafka.Options(props, "")
}

// printJSON prints a value for machines, on one line or, indented, for people too.
func printJSON(w io.Writer, v any, indent bool) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if indent {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(v)
}
