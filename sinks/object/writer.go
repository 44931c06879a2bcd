package object

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Writer is a [tasks.Writer] that makes objects of a slice's records.
type Writer struct {
	settings *Settings
	store    Store
	task     tasks.SinkTask
	enc      Encoder
	zip      *gzip.Writer

	file     file
	body     body
	position int64
	seen     int64 // behind the last record looked at
	skip     int64 // records below are at the destination already: its position was adopted
	nulls    int64
	delivery tasks.Delivery
	broken   error
}

var _ tasks.Writer = (*Writer)(nil)

// file is the open object; its zero value is none.
type file struct {
	name        string
	start, last int64 // offsets of the first and last record
	count       int64
	schema      *tasks.Schema
	// upload is set once the object no longer fits in memory; verify instead when one of that name exists, which can only
	// be compared at the end.
	upload Upload
	verify bool
}

func (f *file) open() bool { return f.count > 0 }

// NewWriter returns a writer for one slice. The error is a mistake in the settings.
func NewWriter(s *Settings, store Store, t tasks.SinkTask) (*Writer, error) {
	w := &Writer{settings: s, store: store, task: t, enc: s.Format.New(), position: t.Slice.From, seen: t.Slice.From}
	if s.Gzip {
		zip, err := gzip.NewWriterLevel(&w.body, s.Level)
		if err != nil {
			return nil, tasks.Fatal(fmt.Errorf("set up gzip: %w", err))
		}
		w.zip = zip
	}
	return w, nil
}

// Put takes records, and uploads each object that they complete.
func (w *Writer) Put(ctx context.Context, records []tasks.Record) error {
	if w.broken != nil {
		return w.broken
	}
	for i := range records {
		r := &records[i]
		if r.Raw.Offset >= w.skip {
			if err := w.add(ctx, r); err != nil {
				w.settle()
				w.broken = err
				return err
			}
		}
		w.seen = r.Raw.Offset + 1
	}
	w.settle()
	return nil
}

// settle moves the position over what needs no file: with none open, all that was seen is dealt with.
func (w *Writer) settle() {
	if !w.file.open() {
		w.position = max(w.position, w.seen)
	}
}

// add puts one record into the file where it belongs.
func (w *Writer) add(ctx context.Context, r *tasks.Record) error {
	if err := w.belongs(r); err != nil {
		return err
	}
	if r.Encoded == nil && r.Value.IsNull() {
		return w.null(r)
	}
	if w.file.open() && !w.sameSchema(r.ValueSchema) {
		if err := w.finish(ctx); err != nil {
			return err
		}
		if r.Raw.Offset < w.skip {
			return nil
		}
	}
	if err := w.encode(r); err != nil {
		return w.task.Report(r, err)
	}
	if err := w.drain(ctx); err != nil {
		return err
	}
	if w.file.count >= w.settings.FlushSize {
		return w.finish(ctx)
	}
	return nil
}

// belongs refuses a record that a transform has sent elsewhere: object names come from the consumed topic-partition, as in
// the Java sinks.
func (w *Writer) belongs(r *tasks.Record) error {
	s := w.task.Slice.Stream
	if r.Topic == s.Topic && r.Partition == s.Partition {
		return nil
	}
	return tasks.Fatal(tasks.NewException(tasks.ConnectException, "No writer found for topic partition %s-%d. The record's topic-partition "+
		"does not match any assigned partitions. Assigned partitions: [%s-%d]. Connector %s, record %s/%d at offset %d: object sinks do not "+
		"take records whose topic a transform has changed; remove that step from transforms",
		r.Topic, r.Partition, s.Topic, s.Partition, w.task.Connector, s.Topic, s.Partition, r.Raw.Offset))
}

func (w *Writer) null(r *tasks.Record) error {
	switch {
	case w.settings.Nulls != IgnoreNull:
		return tasks.Fatal(tasks.NewException(tasks.ConnectException, "Null valued records are not writeable with current behavior.on.null.values "+
			"'settings. Connector %s, record %s at offset %d: set behavior.on.null.values=ignore to pass over records without a value",
			w.task.Connector, w.task.Slice.Stream, r.Raw.Offset))
	case w.settings.ReportNulls:
		return w.task.Report(r, tasks.DataException("Skipping null value record."))
	}
	w.nulls++
	return nil
}

// sameSchema is schema.compatibility=NONE: any difference ends the file.
func (w *Writer) sameSchema(s *tasks.Schema) bool {
	if s == w.file.schema {
		return true
	}
	if !s.Equal(w.file.schema) {
		return false
	}
	w.file.schema = s // the next records come with this one
	return true
}

// encode adds r to the open file, or opens one with it. An error is the record's fault, and leaves all as it was.
func (w *Writer) encode(r *tasks.Record) error {
	f := &w.file
	if f.open() {
		if err := w.enc.Add(r); err != nil {
			return err
		}
	} else {
		name := w.settings.Names.Name(w.task.Slice.Stream, r.Raw.Offset, w.settings.ext())
		if err := w.enc.Begin(name, r.ValueSchema); err != nil {
			return err
		}
		if err := w.enc.Add(r); err != nil {
			return err
		}
		*f = file{name: name, start: r.Raw.Offset, schema: r.ValueSchema}
		w.position = max(w.position, f.start)
		w.body.reset()
		if w.zip != nil {
			w.zip.Reset(&w.body)
			w.zip.ModTime = time.Unix(0, 0) // I6: gzip's word for no time stamp
		}
	}
	f.count++
	f.last = r.Raw.Offset
	return nil
}

func (w *Writer) out() io.Writer {
	if w.zip != nil {
		return w.zip
	}
	return &w.body
}

// Position returns the first offset that no finished object holds. After the destination's position was adopted it may lie
// behind the slice's end.
func (w *Writer) Position() int64 { return w.position }

// Finish closes the tail or gives it up.
func (w *Writer) Finish(ctx context.Context, end int64) (tasks.Delivery, error) {
	if w.broken == nil && w.file.open() && w.task.Slice.CloseTail && end == w.task.Slice.To {
		if err := w.finish(ctx); err != nil {
			w.broken = err
			return w.delivery, err
		}
	}
	w.delivery.TailFiled = w.file.count
	if w.broken == nil && !w.file.open() {
		w.position = max(w.position, end)
	}
	if w.nulls > 0 {
		w.task.Log.Info("records without a value were ignored, as behavior.on.null.values asks", "records", w.nulls)
	}
	w.Abort()
	return w.delivery, nil
}

// Abort gives up the open file.
func (w *Writer) Abort() {
	if w.file.upload != nil {
		w.file.upload.Abort()
	}
	w.file, w.body = file{}, body{}
}
