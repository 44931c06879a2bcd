package objects_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// outcome is what ours made of a recording.
type outcome struct {
	phase     string // of the failure; empty for none
	err       error
	committed map[string]int64
	dlq       []deadLetter
	// passed are records that were filtered, ignored or became dead letters: nothing of them waits.
	passed map[string]map[int64]bool
}

// runner does with a connector what an executor does, over one slice after the other.
type runner struct {
	config map[string]string
	sink   tasks.Sink
	cut    tasks.Cut
	key    tasks.Converter
	value  tasks.Converter
	header tasks.HeaderConverter
	chain  *transform.Chain
	all    bool // errors.tolerance
	heard  bool // there is somebody to report to
	out    outcome
}

// run runs a recording's connector; config has its placeholders filled in.
func run(t testing.TB, plugin tasks.SinkPlugin, config map[string]string, r *recording) outcome {
	x := &runner{config: config, all: config["errors.tolerance"] == "all",
		heard: config["errors.deadletterqueue.topic.name"] != "" || config["errors.log.enable"] == "true",
		out:   outcome{committed: map[string]int64{}, passed: map[string]map[int64]bool{}}}
	parsed, mistakes := plugin.Config.Parse(config)
	if len(mistakes) == 0 {
		mistakes = plugin.Validate(parsed)
	}
	if len(mistakes) > 0 {
		x.out.phase, x.out.err = "config", mistakes[0]
		return x.out
	}
	if err := x.prepare(t.Context(), plugin, parsed); err != nil {
		x.out.phase, x.out.err = "start", err
		return x.out
	}
	defer x.sink.Close()
	for _, s := range streams(r.Records) {
		x.out.passed[s.name()] = map[int64]bool{}
		if err := x.stream(t.Context(), r, s); err != nil {
			x.out.phase, x.out.err = "put", err
			return x.out
		}
	}
	return x.out
}

func (x *runner) prepare(ctx context.Context, plugin tasks.SinkPlugin, parsed tasks.Config) (err error) {
	of := func(key string) (string, map[string]string) { return x.config[key], tasks.Prefixed(x.config, key+".") }
	class, props := of("key.converter")
	if x.key, err = convert.New(class, props, true, boot.Converters()...); err != nil {
		return err
	}
	class, props = of("value.converter")
	if x.value, err = convert.New(class, props, false, boot.Converters()...); err != nil {
		return err
	}
	class, props = of("header.converter")
	if class == "" {
		class = "org.apache.kafka.connect.storage.SimpleHeaderConverter"
	}
	if x.header, err = convert.NewHeader(class, props); err != nil {
		return err
	}
	if x.chain, err = transform.New(x.config, tasks.SinkKind); err != nil {
		return err
	}
	if x.cut, err = plugin.Cut(parsed); err != nil {
		return err
	}
	x.sink, err = plugin.New(ctx, parsed)
	return err
}

// lane is a topic-partition with its records.
type lane struct {
	tasks.Stream
	records []*recorded
}

func (l *lane) name() string { return fmt.Sprintf("%s-%d", l.Topic, l.Partition) }

func streams(records []recorded) []*lane {
	var out []*lane
	for i := range records {
		r := &records[i]
		at := slices.IndexFunc(out, func(l *lane) bool { return l.Topic == r.Topic && l.Partition == r.Partition })
		if at < 0 {
			out = append(out, &lane{Stream: tasks.Stream{Topic: r.Topic, Partition: r.Partition}})
			at = len(out) - 1
		}
		out[at].records = append(out[at].records, r)
	}
	return out
}

// stream runs a stream's slices, by the recording's steps or all at once.
func (x *runner) stream(ctx context.Context, r *recording, l *lane) error {
	now := time.UnixMilli(r.Clock)
	if r.Steps == nil {
		position, err := x.slice(ctx, l, l.records, l.records[0].Offset, x.cut.CloseTail, now)
		x.commit(l, position)
		return err
	}
	position, read, put := l.records[0].Offset, 0, 0
	var waiting time.Time // since when something has waited
	for _, s := range r.Steps {
		now = now.Add(time.Duration(s.Advance) * time.Millisecond)
		var err error
		if slot := x.slot(waiting); s.Put != nil && !waiting.IsZero() && x.cut.Every > 0 && !now.Before(slot) {
			if position, err = x.slice(ctx, l, l.records[:read], position, true, slot); err != nil {
				return err
			}
			waiting = time.Time{}
		}
		if x.cut.CloseTail { // what was put waits for the commit
			if read += s.of(l, r, &put); s.Commit && read > 0 && position <= l.records[read-1].Offset {
				if position, err = x.slice(ctx, l, l.records[:read], position, true, now); err != nil {
					return err
				}
			}
		} else if s.Put != nil && *s.Put > 0 {
			read += *s.Put
			if position, err = x.slice(ctx, l, l.records[:read], position, false, now); err != nil {
				return err
			}
			if position > l.records[read-1].Offset {
				waiting = time.Time{}
			} else if waiting.IsZero() {
				waiting = now
			}
		}
		if s.Commit {
			x.commit(l, position)
		}
	}
	return nil
}

// of returns how many of the records that a step puts are a stream's; put is the number of all that were put before.
func (s *step) of(l *lane, r *recording, put *int) (n int) {
	if s.Put == nil {
		return 0
	}
	for i := range r.Records[*put : *put+*s.Put] {
		if rec := &r.Records[*put+i]; rec.Topic == l.Topic && rec.Partition == l.Partition {
			n++
		}
	}
	*put += *s.Put
	return n
}

// slot is the end of the slot of rotate.schedule.interval.ms that an instant is in.
func (x *runner) slot(at time.Time) time.Time {
	if x.cut.Every == 0 {
		return at
	}
	at = at.In(x.cut.Zone)
	midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, x.cut.Zone)
	slot := midnight.Add(at.Sub(midnight).Truncate(x.cut.Every) + x.cut.Every)
	if next := midnight.AddDate(0, 0, 1); next.Before(slot) {
		return next
	}
	return slot
}

func (x *runner) commit(l *lane, position int64) {
	if position > l.records[0].Offset {
		x.out.committed[l.name()] = position
	}
}

// slice runs [from, behind the last record) and returns the position.
func (x *runner) slice(ctx context.Context, l *lane, records []*recorded, from int64, closeTail bool, now time.Time) (int64, error) {
	to := records[len(records)-1].Offset + 1
	var stopped error
	w, err := x.sink.Open(ctx, tasks.SinkTask{Connector: "sink-1", PlanTime: now, Log: slog.New(slog.DiscardHandler),
		Slice: tasks.Slice{Stream: l.Stream, From: from, To: to, CloseTail: closeTail},
		Report: func(r *tasks.Record, err error) error {
			x.letter(l, r.Raw)
			if !x.all {
				stopped = err
				return err
			}
			return nil
		}})
	if err != nil {
		return from, err
	}
	defer w.Abort()
	for _, r := range records {
		if r.Offset < from {
			continue
		}
		rec, keep, err := x.convert(ctx, r.raw())
		switch {
		case err != nil && !x.all:
			_, end := w.Finish(ctx, r.Offset)
			_ = end // the failure before counts
			return w.Position(), err
		case err != nil:
			x.letter(l, rec.Raw)
			continue
		case !keep || rec.Encoded == nil && rec.Value.IsNull() && x.config["behavior.on.null.values"] == "ignore":
			x.out.passed[l.name()][r.Offset] = true
		}
		if !keep {
			continue
		}
		if err := w.Put(ctx, []tasks.Record{rec}); err != nil {
			x.commit(l, w.Position())
			return w.Position(), err
		}
	}
	if stopped != nil {
		return w.Position(), stopped
	}
	_, err = w.Finish(ctx, to)
	return w.Position(), err
}

func (x *runner) letter(l *lane, raw *tasks.Raw) {
	x.out.passed[l.name()][raw.Offset] = true
	if !x.heard && !x.all {
		return
	}
	d := deadLetter{raw.Topic, raw.Partition, raw.Offset}
	if !slices.Contains(x.out.dlq, d) {
		x.out.dlq = append(x.out.dlq, d)
	}
}

// convert makes the record that reaches the sink. The shortcut is taken as the executor takes it.
func (x *runner) convert(ctx context.Context, raw *tasks.Raw) (r tasks.Record, keep bool, err error) {
	a := new(tasks.Arena)
	r = tasks.Record{Topic: raw.Topic, Partition: raw.Partition, Offset: raw.Offset, Timestamp: raw.Timestamp,
		TimestampType: raw.TimestampType, Raw: raw}
	if r.KeySchema, r.Key, err = x.key.ToConnect(ctx, a, raw.Topic, raw.Headers, raw.Key); err != nil {
		return r, false, err
	}
	if !x.shortcut(ctx, a, raw, &r) {
		if r.ValueSchema, r.Value, err = x.value.ToConnect(ctx, a, raw.Topic, raw.Headers, raw.Value); err != nil {
			return r, false, err
		}
	}
	for _, h := range raw.Headers {
		s, v, err := x.header.ToHeader(a, raw.Topic, h.Key, h.Value)
		if err != nil {
			return r, false, err
		}
		r.Headers = append(r.Headers, tasks.Header{Key: h.Key, Schema: s, Value: v})
	}
	keep, _, _, err = x.chain.Apply(a, &r)
	return r, keep, err
}

func (x *runner) shortcut(ctx context.Context, a *tasks.Arena, raw *tasks.Raw, r *tasks.Record) bool {
	es, ok := x.sink.(tasks.EncodedSink)
	t, can := x.value.(tasks.Transcoder)
	if !ok || !can || raw.Value == nil || es.Encoding() == tasks.EncodingNone || x.chain.ChangesValue() {
		return false
	}
	s, enc, ok := t.Transcode(ctx, a, es.Encoding(), es.AcceptSchema, raw.Topic, raw.Headers, raw.Value)
	if ok {
		r.ValueSchema, r.Encoded = s, enc
	}
	return ok
}
