package provider

import (
	"cmp"
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// shortest is the length from which a value is hidden: what is shorter is no secret, and texts without it would be unreadable.
const shortest = 4

// public are keys whose values are no secret: Connect shows them, and leases and results name them.
var public = []string{"name", "connector.class", "tasks.max", "topics", "topics.regex"}

// hide notes that a value is not to be shown; the placeholder stands for it.
func (r *Resolved) hide(key, value, shown string) {
	if slices.Contains(public, key) {
		return
	}
	for _, line := range append(strings.Split(value, "\n"), value, strings.TrimSpace(value)) {
		line = strings.TrimSuffix(line, "\r")
		quoted := strconv.Quote(line)
		for _, form := range []string{line, quoted[1 : len(quoted)-1], url.QueryEscape(line), url.PathEscape(line), url.UserPassword("", line).String()[1:]} {
			pair := [2]string{form, shown}
			if len(form) >= shortest && !slices.ContainsFunc(r.mask, func(p [2]string) bool { return p[0] == form }) {
				r.mask = append(r.mask, pair)
			}
		}
	}
	r.mask = longestFirst(r.mask)
}

// longestFirst puts the mask in the order in which it is applied.
func longestFirst(mask [][2]string) [][2]string {
	slices.SortFunc(mask, func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(len(b[0]), len(a[0])), strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
	})
	return mask
}

// With returns r, which hides the values of other as well and expires with it.
func (r Resolved) With(other Resolved) Resolved {
	r.mask = longestFirst(slices.Concat(r.mask, other.mask))
	r.expires(other.TTL)
	return r
}

// Mask replaces the resolved values in a text by their placeholders.
func (r Resolved) Mask(text string) string {
	for _, p := range r.mask {
		text = strings.ReplaceAll(text, p[0], p[1])
	}
	return text
}

// MaskFailure hides the values in what a result says of its failure and of what was written.
func (r Resolved) MaskFailure(res *tasks.Result) {
	if r.mask == nil {
		return
	}
	if f := res.Failure; f != nil {
		f.Message, f.Trace = r.Mask(f.Message), r.Mask(f.Trace)
	}
	for i := range res.Receipts {
		res.Receipts[i].Name = r.Mask(res.Receipts[i].Name)
	}
}

// Log returns a logger that hides the values.
func (r Resolved) Log(log *slog.Logger) *slog.Logger {
	if r.mask == nil {
		return log
	}
	return slog.New(masking{log.Handler(), r})
}

// masking is a handler that hides values in what it hands on.
type masking struct {
	slog.Handler
	resolved Resolved
}

// Handle implements [slog.Handler].
func (m masking) Handle(ctx context.Context, rec slog.Record) error {
	out := slog.NewRecord(rec.Time, rec.Level, m.resolved.Mask(rec.Message), rec.PC)
	rec.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(m.attr(a))
		return true
	})
	return m.Handler.Handle(ctx, out)
}

// WithAttrs implements [slog.Handler].
func (m masking) WithAttrs(attrs []slog.Attr) slog.Handler {
	hidden := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		hidden[i] = m.attr(a)
	}
	return masking{m.Handler.WithAttrs(hidden), m.resolved}
}

// WithGroup implements [slog.Handler].
func (m masking) WithGroup(name string) slog.Handler {
	return masking{m.Handler.WithGroup(name), m.resolved}
}

func (m masking) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString, slog.KindAny: // errors among them
		text := v.String()
		if hidden := m.resolved.Mask(text); hidden != text {
			return slog.String(a.Key, hidden)
		}
	case slog.KindGroup:
		group := make([]slog.Attr, 0, len(v.Group()))
		for _, g := range v.Group() {
			group = append(group, m.attr(g))
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(group...)}
	}
	return a
}
