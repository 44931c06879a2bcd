package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// ErrUsage says that the help text, which was written, is the answer.
var ErrUsage = errors.New("usage")

// ErrDiffers is the result of a diff that found differences.
var ErrDiffers = errors.New("the cluster differs from the files")

// Env is what a command works with.
type Env struct {
	Out, Err io.Writer
	// Getenv is os.Getenv: MAYFLY_URL, MAYFLY_USER, MAYFLY_PASSWORD, MAYFLY_CONTEXT.
	Getenv func(string) string
	// Contexts is the file of contexts; empty for the user's own.
	Contexts string
}

// run is one command at work.
type run struct {
	Env
	client *Client
	json   bool
}

// action is one verb of a command.
type action struct {
	verb, args, does string
	// needs is how many arguments there must be at least.
	needs int
	do    func(ctx context.Context, r *run, args []string) error
}

// execute finds the verb and runs it. args are those behind the command's name.
func execute(ctx context.Context, env Env, command string, actions []action, args []string, more func(*flag.FlagSet)) error {
	if len(args) == 0 || args[0] == "help" || strings.HasPrefix(args[0], "-") {
		usage(env.Err, command, actions)
		return ErrUsage
	}
	for _, a := range actions {
		if a.verb != args[0] {
			continue
		}
		r := &run{Env: env}
		f := flag.NewFlagSet("mayfly "+command+" "+a.verb, flag.ContinueOnError)
		f.SetOutput(env.Err)
		address := f.String("url", "", "the worker's address (MAYFLY_URL)")
		name := f.String("context", "", "a context of mayfly cluster contexts (MAYFLY_CONTEXT)")
		f.BoolVar(&r.json, "json", false, "print JSON")
		if more != nil {
			more(f)
		}
		rest, err := parse(f, args[1:])
		if err != nil || len(rest) < a.needs {
			fmt.Fprintf(env.Err, "usage: mayfly %s %s %s\n\n%s\n", command, a.verb, a.args, a.does)
			return ErrUsage
		}
		if r.client, err = env.client(*address, *name); err != nil {
			return err
		}
		return a.do(ctx, r, rest)
	}
	fmt.Fprintf(env.Err, "mayfly: %s has no verb %q\n\n", command, args[0])
	usage(env.Err, command, actions)
	return ErrUsage
}

// parse reads flags before, between and behind the arguments.
func parse(f *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		if args = f.Args(); len(args) == 0 {
			return rest, nil
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

func usage(w io.Writer, command string, actions []action) {
	fmt.Fprintf(w, "usage: mayfly %s VERB ...\n\n", command)
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, a := range actions {
		fmt.Fprintf(t, "  %s %s\t%s\n", a.verb, a.args, a.does)
	}
	_ = t.Flush()
	fmt.Fprint(w, "\nEach takes -url, -context and -json.\n")
}

// client finds the worker: by its address, by a context, or at Connect's usual port.
func (e Env) client(address, name string) (*Client, error) {
	c := &Client{URL: cmp.Or(address, e.Getenv("MAYFLY_URL")), User: e.Getenv("MAYFLY_USER"), Password: e.Getenv("MAYFLY_PASSWORD")}
	if c.URL != "" {
		return c, nil
	}
	all, err := e.contexts()
	if err != nil {
		return nil, err
	}
	name = cmp.Or(name, e.Getenv("MAYFLY_CONTEXT"), all.Current)
	if name == "" {
		c.URL = "http://localhost:8083"
		return c, nil
	}
	found, ok := all.Contexts[name]
	if !ok {
		return nil, fmt.Errorf("there is no context %q; mayfly cluster set-context %[1]s URL makes one", name)
	}
	c.URL, c.User = found.URL, cmp.Or(c.User, found.User)
	return c, nil
}

// print writes a value as indented JSON.
func (r *run) print(v any) error {
	e := json.NewEncoder(r.Out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// table writes rows under a head.
func (r *run) table(head string, rows [][]string) error {
	t := tabwriter.NewWriter(r.Out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, strings.ReplaceAll(head, " ", "\t"))
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}

func (r *run) say(format string, args ...any) error {
	_, err := fmt.Fprintf(r.Out, format+"\n", args...)
	return err
}

// Default is the environment of a process.
func Default() Env { return Env{Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv} }
