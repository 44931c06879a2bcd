package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

const validateHelp = `Checks connector files, JSON or properties, as PUT /connector-plugins/{class}/config/validate does, with all mistakes at
once. It needs no cluster. Placeholders such as ${file:/etc/sink.properties:password} are replaced by the config providers
of the worker's properties, and no value of theirs is printed; those that none of them knows stay, with a warning. Keys
that nothing reads and that look like known ones are warnings, too. --json prints the REST
answers with the warnings.
Exit codes: 0 all files are fine, 1 there are mistakes, 2 a file cannot be read.

  mayfly validate sink.json source.properties
  mayfly validate -worker connect-distributed.properties -json sink.json`

// The exit codes of validate and try.
const (
	codeMistakes   = 1
	codeUnreadable = 2
)

// verdict is what is said of one file.
type verdict struct {
	File  string `json:"file"`
	Name  string `json:"name,omitempty"`
	Class string `json:"class,omitempty"`
	Kind  string `json:"kind,omitempty"`
	OK    bool   `json:"ok"`
	// Unreadable says why the file cannot be read; then there is nothing else.
	Unreadable string    `json:"unreadable,omitempty"`
	Errors     []mistake `json:"errors"`
	Warnings   []mistake `json:"warnings"`
	// Answer is that of the REST API; absent when it would be an error, which Errors has.
	Answer any `json:"answer,omitempty"`
}

// mistake is one mistake of a key, or a likely one with the keys that may be meant.
type mistake struct {
	Key     string   `json:"key"`
	Message string   `json:"message"`
	Nearest []string `json:"nearest,omitempty"`
}

func validate(ctx context.Context, args []string) error {
	f := helpFlags("validate", "[flags] connector.json|connector.properties ...", validateHelp)
	properties := f.String("worker", "", "the worker's properties `file`")
	asJSON := f.Bool("json", false, "print JSON")
	files, err := parse(f, args)
	if err != nil {
		return unreadable(err)
	}
	if len(files) == 0 {
		f.Usage()
		return &exit{code: codeUnreadable}
	}
	w, err := worker.Load(*properties, os.Environ(), true)
	if err != nil {
		return unreadable(err)
	}
	j := newJudgement(w)
	verdicts, code := []verdict{}, 0
	for _, file := range files {
		d, _ := j.judge(ctx, file)
		switch {
		case d.Unreadable != "":
			code = codeUnreadable
		case !d.OK:
			code = max(code, codeMistakes)
		}
		verdicts = append(verdicts, d)
	}
	if *asJSON {
		err = printJSON(os.Stdout, verdicts, true)
	} else {
		err = printVerdicts(os.Stdout, verdicts)
	}
	if err != nil {
		return err
	}
	return &exit{code: code}
}

// unreadable ends the command with the code for what cannot be read.
func unreadable(err error) error {
	if e, ok := err.(*exit); ok { //nolint:errorlint // help was asked for, or it has its code
		return e
	}
	if err == errUsage { //nolint:errorlint // it comes as it is, and has been explained
		return &exit{code: codeUnreadable}
	}
	return &exit{codeUnreadable, err}
}

// judge reads a file and says what is wrong with it. What is returned beside it is the configuration with its placeholders
// replaced; the verdict shows none of their values.
func (j judgement) judge(ctx context.Context, file string) (verdict, provider.Resolved) {
	d := verdict{File: file, Errors: []mistake{}, Warnings: []mistake{}}
	c, err := worker.ReadConnector(file)
	if err != nil {
		d.Unreadable = err.Error()
		return d, provider.Resolved{}
	}
	d.Name = c.Name
	resolved, warnings, err := j.resolve(ctx, c.Config)
	d.Warnings = append(d.Warnings, warnings...)
	if err != nil {
		d.Errors = append(d.Errors, mistake{Message: err.Error()})
		return d, resolved
	}
	r, err := j.validator.Validate(resolved.Props)
	d.Class, d.Kind = r.Class, string(r.Kind)
	switch {
	case err != nil:
		d.Errors = append(d.Errors, mistake{Message: resolved.Mask(err.Error())})
	case r.ClassError != "":
		d.Errors = append(d.Errors, mistake{Key: connector.ClassKey, Message: r.ClassError})
	default:
		for i := range r.Errors {
			r.Errors[i].Message = resolved.Mask(r.Errors[i].Message)
			d.Errors = append(d.Errors, mistake{Key: r.Errors[i].Key, Message: r.Errors[i].Message})
		}
		d.Answer = api.Validation(r, c.Config)
		for _, m := range r.Misspelt(c.Config) {
			d.Warnings = append(d.Warnings, mistake{m.Key, "nothing reads this key", m.Nearest})
		}
	}
	d.OK = len(d.Errors) == 0
	return d, resolved
}

func printVerdicts(w io.Writer, all []verdict) (err error) {
	say := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, format, args...)
		}
	}
	for _, d := range all {
		switch {
		case d.Unreadable != "":
			say("%s: cannot be read: %s\n", d.File, d.Unreadable)
		case d.OK:
			say("%s: fine: %s %s\n", d.File, d.Kind, cmp.Or(d.Name, d.Class))
		default:
			say("%s: %s\n", d.File, count(len(d.Errors), "mistake"))
		}
		for _, m := range d.Errors {
			if m.Key != "" {
				m.Message = m.Key + ": " + m.Message
			}
			say("  error    %s\n", m.Message)
		}
		for _, m := range d.Warnings {
			say("  warning  %s: %s", m.Key, m.Message)
			if len(m.Nearest) > 0 {
				say("; did you mean %s?", strings.Join(m.Nearest, " or "))
			}
			say("\n")
		}
	}
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
