package object

import (
	"context"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Writer is a [tasks.Writer] that makes objects of a slice's records.
type Writer struct {
	settings *Settings
	store    Store
	task     tasks.SinkTask
	placer   Placer

	group    group
	spare    []*content // of ended files, to be used again
	scratch  tasks.Arena
	position int64
	seen     int64 // behind the last record looked at
	skip     int64 // records below are at the destination already: its position was adopted
	nulls    int64
	delivery tasks.Delivery
	broken   error
}

var _ tasks.Writer = (*Writer)(nil)

// NewWriter returns a writer for one slice. The error is a mistake in the settings.
func NewWriter(s *Settings, store Store, t tasks.SinkTask) (*Writer, error) {
	return &Writer{settings: s, store: store, task: t, placer: s.Partitioner.New(t), position: t.Slice.From, seen: t.Slice.From}, nil
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
	if w.group.count == 0 {
		w.position = max(w.position, w.seen)
	}
}

// add puts one record into the file where it belongs. The order of the steps decides which record is in which file; it is
// that of the Java sinks.
func (w *Writer) add(ctx context.Context, r *tasks.Record) error {
	null := false
	if w.settings.Whole == nil {
		if err := w.belongs(r); err != nil {
			return err
		}
		null = r.Encoded == nil && r.Value.IsNull()
	}
	if null && w.settings.Nulls != WriteNull {
		return w.null(r)
	}
	p, err := w.place(r, null)
	if err != nil {
		return w.refuse(ctx, r, err)
	}
	if w.group.due(&w.settings.Rotation, p) {
		if again, err := w.finishBefore(ctx, r); !again {
			return err
		}
	}
	w.group.note(p)
	f := w.group.file(p.Dir)
	if f != nil {
		rolls, err := w.settings.Compatibility.rolls(r.ValueSchema, f.schema)
		if err != nil {
			return w.refuse(ctx, r, err)
		}
		if rolls {
			if again, err := w.finishBefore(ctx, r); !again {
				return err
			}
			f = nil
		}
	}
	if w.full(f == nil) {
		if again, err := w.finishBefore(ctx, r); !again {
			return err
		}
		if p, err = w.place(r, null); err != nil { // a Regrouper may have another now
			return w.refuse(ctx, r, err)
		}
		f = nil
	}
	w.group.note(p)
	if f, err = w.encode(f, p.Dir, r, null); err != nil {
		return w.refuse(ctx, r, err)
	}
	if err := w.drain(ctx, f); err != nil {
		return err
	}
	if w.group.count >= w.settings.Rotation.FlushSize {
		return w.finish(ctx)
	}
	return nil
}

// full reports whether the open files must end, be it because another is to be opened.
func (w *Writer) full(opens bool) bool {
	r := &w.settings.Rotation
	return opens && r.MaxOpen > 0 && len(w.group.files) >= r.MaxOpen || r.MaxBytes > 0 && w.group.waiting > r.MaxBytes
}

// finishBefore ends the open files before r is looked at again; again is false when it need not be, because the
// destination's position was adopted, or on an error.
func (w *Writer) finishBefore(ctx context.Context, r *tasks.Record) (again bool, err error) {
	err = w.finish(ctx)
	return err == nil && r.Raw.Offset >= w.skip, err
}

// place says where a record goes. Those without a value go apart, and count with the time of their Kafka record.
func (w *Writer) place(r *tasks.Record, null bool) (Place, error) {
	if null {
		return Place{w.settings.NullDir, r.Timestamp}, nil
	}
	return w.placer.Place(r)
}

// encode adds r to the file f, or opens one with it. An error is the record's fault, and leaves all as it was.
func (w *Writer) encode(f *file, dir string, r *tasks.Record, null bool) (*file, error) {
	if err := w.settings.complete(r); err != nil {
		return nil, err
	}
	var older *file
	if whole := w.settings.Whole; whole != nil && whole.Latest {
		older, f = f, nil // which it stays if r turns out to be bad
	}
	fresh := f == nil
	if fresh {
		f = &file{dir: dir, start: r.Raw.Offset, schema: r.ValueSchema}
		var err error
		if f.contents, err = w.contents(f, r, !null); err != nil {
			return nil, err
		}
	} else if w.settings.Compatibility.projects() && r.ValueSchema != f.schema && f.schema != nil && !null {
		projected := *r
		w.scratch.Reset()
		projected.ValueSchema, projected.Value = f.schema, project(&w.scratch, r.Value, r.ValueSchema, f.schema)
		r = &projected
	} else {
		f.schema = r.ValueSchema // an equal one: the next records come with it
	}
	for i, c := range f.contents {
		if err := c.enc.Add(r); err != nil {
			for _, done := range f.contents[:i] {
				done.enc.Drop()
			}
			if fresh {
				w.spare = append(w.spare, f.contents...)
			}
			return nil, err
		}
	}
	if w.group.count == 0 {
		w.position = max(w.position, f.start)
	}
	if older != nil {
		w.spare = append(w.spare, older.contents...)
		w.group.forget(older)
	}
	w.group.add(f, r.Raw.Offset)
	return f, nil
}

// contents starts the objects of a new file with its first record.
func (w *Writer) contents(f *file, r *tasks.Record, value bool) ([]*content, error) {
	var out []*content
	for _, sf := range w.settings.formats(value) {
		i := slices.IndexFunc(w.spare, func(c *content) bool { return c.side == sf.side })
		var c *content
		if i >= 0 {
			c = w.spare[i]
			w.spare = slices.Delete(w.spare, i, i+1)
		} else {
			var err error
			if c, err = w.settings.newContent(sf); err != nil {
				return nil, err
			}
		}
		out = append(out, c)
		if err := c.begin(w.name(f, sf), r); err != nil {
			w.spare = append(w.spare, out...)
			return nil, err
		}
	}
	return out, nil
}

func (w *Writer) name(f *file, sf sideFormat) string {
	if w.settings.Whole != nil {
		return f.dir
	}
	return w.settings.Names.Name(w.task.Slice.Stream, f.dir, f.start, w.settings.ext(sf.side, sf.format))
}

// Position returns the first offset that no finished object holds. After the destination's position was adopted it may lie
// behind the slice's end.
func (w *Writer) Position() int64 { return w.position }

// Finish closes the tail or gives it up.
func (w *Writer) Finish(ctx context.Context, end int64) (tasks.Delivery, error) {
	if w.broken == nil && w.group.count > 0 && w.task.Slice.CloseTail && end == w.task.Slice.To {
		if err := w.finish(ctx); err != nil {
			w.broken = err
			return w.delivery, err
		}
	}
	w.delivery.TailFiled = w.group.count
	if w.broken == nil && w.group.count == 0 {
		w.position = max(w.position, end)
	}
	if w.nulls > 0 {
		w.task.Log.Info("records without a value were ignored, as behavior.on.null.values asks", "records", w.nulls)
	}
	w.Abort()
	return w.delivery, nil
}

// Abort gives up the open files.
func (w *Writer) Abort() {
	for _, f := range w.group.files {
		for _, c := range f.contents {
			c.abort()
		}
	}
	w.group, w.spare = group{}, nil
}
