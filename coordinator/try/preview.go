package try

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/printable"
	"github.com/mayfly-connect/mayfly/tasks"
)

// stagePut is Connect's name of a sink's own work.
const stagePut = "TASK_PUT"

// preview is a sink that writes nothing.
type preview struct {
	connector string
	now       time.Time
	sink      tasks.Sink
	show      func(name string, content []byte)
}

// newPreview makes the connector's sink; nil when that cannot tell what it would write.
func newPreview(c Connector) (*preview, error) {
	class := c.Config["connector.class"]
	plugin, ok := c.Plugins.Sink(class)
	if !ok {
		return nil, fmt.Errorf("there is no sink %s", class)
	}
	if plugin.Preview == nil {
		return nil, nil
	}
	config, errs := plugin.Config.Parse(c.Config)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	p := &preview{connector: c.Name, now: time.Now()}
	var err error
	p.sink, err = plugin.Preview(config, func(name string, content []byte) { p.show(name, content) })
	return p, err
}

// refusal is what a sink reports of a record, which goes the way of bad records.
type refusal struct{ error }

func (r *refusal) Unwrap() error { return r.error }

// alone writes one record into objects of its own.
func (p *preview) alone(ctx context.Context, r *tasks.Record) ([]Object, error) {
	return p.write(ctx, []tasks.Record{*r}, true)
}

// together writes all records, stream by stream, as one slice of each would.
func (p *preview) together(ctx context.Context, records []tasks.Record) ([]Object, error) {
	var order []tasks.Stream
	by := map[tasks.Stream][]tasks.Record{}
	for _, r := range records {
		s := tasks.Stream{Topic: r.Raw.Topic, Partition: r.Raw.Partition}
		if by[s] == nil {
			order = append(order, s)
		}
		by[s] = append(by[s], r)
	}
	out := []Object{}
	for _, s := range order {
		slices.SortStableFunc(by[s], func(a, b tasks.Record) int { return cmp.Compare(a.Raw.Offset, b.Raw.Offset) })
		objects, err := p.write(ctx, by[s], false)
		if err != nil {
			return out, fmt.Errorf("write the records of %s: %w", s, err)
		}
		out = append(out, objects...)
	}
	return out, nil
}

// write runs a writer over records of one stream, to the end of their offsets, and returns what it wrote.
func (p *preview) write(ctx context.Context, records []tasks.Record, contents bool) (out []Object, err error) {
	appended := map[string]int{}
	p.show = func(name string, content []byte) {
		i, known := appended[name]
		if !known {
			i = len(out)
			appended[name] = i
			out = append(out, Object{Name: name})
		}
		out[i].Size += len(content)
		if contents {
			out[i].Content = printable.Of(content)
		}
	}
	first, last := records[0].Raw, records[len(records)-1].Raw
	slice := tasks.Slice{Stream: tasks.Stream{Topic: first.Topic, Partition: first.Partition}, From: first.Offset, To: last.Offset + 1, CloseTail: true}
	w, err := p.sink.Open(ctx, tasks.SinkTask{Connector: p.connector, Slice: slice, PlanTime: p.now, Log: slog.New(slog.DiscardHandler),
		Report: func(_ *tasks.Record, err error) error { return &refusal{err} }})
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if err := w.Put(ctx, records); err != nil {
		return nil, err
	}
	d, err := w.Finish(ctx, slice.To)
	for _, r := range d.Receipts {
		if i, ok := appended[r.Name]; ok {
			out[i].Records, out[i].From, out[i].To = r.Records, r.From, r.To
		}
	}
	return out, err
}

// sameFolder reports whether two object names differ in their last part alone: a record's own object has the name of the file
// that it begins, the object of many that of its first.
func sameFolder(a, b string) bool {
	return a[:strings.LastIndexByte(a, '/')+1] == b[:strings.LastIndexByte(b, '/')+1]
}
