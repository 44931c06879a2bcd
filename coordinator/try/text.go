package try

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// Print writes the report for people.
func (r *Report) Print(w io.Writer) error {
	p := &printer{w: w}
	for i := range r.Records {
		p.record(&r.Records[i])
	}
	p.line("%d delivered, %d filtered, %d failed", r.Delivered, r.Filtered, r.Failed)
	if len(r.Objects) > 0 {
		p.line("written together, and closed at the end of the samples:")
	}
	for _, o := range r.Objects {
		switch {
		case o.Records > 1:
			p.line("  %s  %d records, %d bytes", o.Name, o.Records, o.Size)
		case o.Records == 1:
			p.line("  %s  1 record, %d bytes", o.Name, o.Size)
		default:
			p.line("  %s  %d bytes", o.Name, o.Size)
		}
	}
	if r.Trouble != "" {
		p.line("trouble: %s", r.Trouble)
	}
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) record(r *Record) {
	if r.Position != "" {
		p.line("record that ends at %s", r.Position)
	} else {
		p.line("record %s/%d at offset %d", r.Topic, r.Partition, r.Offset)
	}
	if r.Read != nil {
		p.line("  read")
		p.kafka(r.Read)
	}
	for i := range r.Stages {
		p.stage(&r.Stages[i])
	}
	switch {
	case r.Failure != nil:
		p.line("  FAILED at %s (%s)", r.Failure.Stage, r.Failure.Class)
		p.line("    %s: %s", r.Failure.Exception, indent(r.Failure.Message))
		for _, cause := range r.Failure.Causes {
			p.line("    caused by %s", indent(cause))
		}
		p.line("    %s", r.Failure.Fate)
	case r.Outcome == Filtered:
		p.line("  filtered")
	case r.Produced != nil:
		p.line("  produced to %s", r.Produced.Topic)
		p.kafka(r.Produced)
	}
	for i, o := range r.Output {
		name := o.Name
		if i == 0 {
			name = cmp.Or(r.Object, o.Name)
		}
		p.line("  written to %s", name)
		p.line("    %s", indent(strings.TrimSuffix(o.Content.String(), "\n")))
	}
	p.line("")
}

func (p *printer) kafka(k *Kafka) {
	p.line("    key    %s", indent(k.Key.String()))
	p.line("    value  %s", indent(k.Value.String()))
	for _, h := range k.Headers {
		p.line("    header %s: %s", h.Key, indent(h.Value.String()))
	}
}

func (p *printer) stage(s *Stage) {
	name := strings.ToLower(s.Stage)
	if s.Alias != "" {
		name = "transform " + s.Alias
	}
	class := s.Class[strings.LastIndexByte(s.Class, '.')+1:]
	switch {
	case !s.Ran:
		p.line("  %s (%s): left out by its predicate", name, class)
	case s.Fields == nil:
		p.line("  %s (%s): drops the record", name, class)
	case s.Alias == "":
		p.line("  %s (%s)", name, class)
		for _, f := range s.Fields {
			p.line("    %s", f)
		}
	case len(s.Changes) == 0:
		p.line("  %s (%s): no change", name, class)
	default:
		p.line("  %s (%s)", name, class)
		for _, c := range s.Changes {
			if c.Before != nil {
				p.line("    - %s", *c.Before)
			}
			if c.After != nil {
				p.line("    + %s", *c.After)
			}
		}
	}
}

// indent keeps the lines of a text below each other.
func indent(text string) string { return strings.ReplaceAll(text, "\n", "\n           ") }
