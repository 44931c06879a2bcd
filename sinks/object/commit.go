package object

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

// The metadata that every object carries. MetaNext is how a writer that finds another's object learns where it ends.
const (
	MetaFrom      = "mayfly-from"
	MetaNext      = "mayfly-next-offset"
	MetaConnector = "mayfly-connector"
	MetaTopicID   = "mayfly-topic-id"
)

// contentType is what the Java sinks set.
const contentType = "application/octet-stream"

// tries bounds how often an object that others change at the same time is looked at again.
const tries = 5

// meta describes the open file. The next offset is left out while it is not known.
func (w *Writer) meta(next int64) map[string]string {
	m := map[string]string{MetaFrom: strconv.FormatInt(w.file.start, 10), MetaConnector: w.task.Connector}
	if id := w.task.Slice.TopicID; id != "" {
		m[MetaTopicID] = string(id)
	}
	if next > 0 {
		m[MetaNext] = strconv.FormatInt(next, 10)
	}
	return m
}

// drain moves encoded bytes on: into memory, and from there to the store when a part is full.
func (w *Writer) drain(ctx context.Context) error {
	if err := w.enc.Spill(w.out(), false); err != nil {
		return fmt.Errorf("encode object %s: %w", w.file.name, err)
	}
	if len(w.body.buf) < w.settings.PartSize {
		return nil
	}
	return w.part(ctx)
}

// part sends what is in memory. The first time it looks what is at the destination, because the object can no longer be
// sent again from the start.
func (w *Writer) part(ctx context.Context) error {
	f := &w.file
	if f.upload == nil && !f.verify {
		info, err := w.store.Stat(ctx, f.name)
		if err != nil {
			return err
		}
		if _, ours := w.next(info); ours || undescribed(info) {
			f.verify = true
		} else {
			w.replacing(info)
			f.upload, err = w.store.Create(ctx, f.name, Options{Meta: w.meta(0), ContentType: contentType, Replace: info.Generation})
			if err != nil {
				return err
			}
		}
	}
	if f.upload != nil {
		if err := f.upload.Write(ctx, w.body.buf); err != nil && !errors.Is(err, ErrExists) {
			return err
		} else if err != nil {
			f.upload.Abort()
			f.upload, f.verify = nil, true
		}
	}
	w.body.buf = w.body.buf[:0]
	return nil
}

// finish completes the open file: position and data move together, since the name is the position (I5).
func (w *Writer) finish(ctx context.Context) error {
	if err := w.enc.Spill(w.out(), true); err != nil {
		return fmt.Errorf("encode object %s: %w", w.file.name, err)
	}
	if w.zip != nil {
		if err := w.zip.Close(); err != nil {
			return fmt.Errorf("compress object %s: %w", w.file.name, err)
		}
	}
	existed, err := w.commit(ctx)
	if err != nil {
		return err
	}
	f := w.file
	w.position = max(w.position, f.last+1)
	w.delivery.Objects++
	w.delivery.Bytes += w.body.size
	if len(w.delivery.Receipts) < tasks.MaxReceipts {
		w.delivery.Receipts = append(w.delivery.Receipts, tasks.Receipt{Name: f.name, From: f.start, To: f.last + 1,
			Records: f.count, Bytes: w.body.size, Existed: existed})
	}
	w.file = file{}
	return nil
}

func (w *Writer) commit(ctx context.Context) (existed bool, err error) {
	f := &w.file
	if f.upload == nil && !f.verify {
		return w.create(ctx)
	}
	if err := w.part(ctx); err != nil {
		return false, err
	}
	if f.upload != nil {
		generation, err := f.upload.Commit(ctx)
		if err == nil {
			return false, w.store.Describe(ctx, f.name, generation, w.meta(f.last+1))
		}
		if !errors.Is(err, ErrExists) {
			return false, err
		}
	}
	info, err := w.store.Stat(ctx, f.name)
	if err != nil {
		return false, err
	}
	if done, err := w.resolve(ctx, info); done || err != nil {
		return true, err
	}
	if undescribed(info) {
		return false, w.disown(ctx, info)
	}
	return false, tasks.Retriable(fmt.Errorf("write object %s of connector %s: another writer changed it at the same time; the slice is run again",
		f.name, w.task.Connector))
}

// disown takes our mark off an object whose writer died before it said where the object ends, and which is not what this
// slice makes. Nobody was told of it, so that it may go: the next run replaces it as it would a stranger's. This one cannot,
// because it has let go of the parts that it compared.
func (w *Writer) disown(ctx context.Context, info Info) error {
	if err := w.store.Describe(ctx, w.file.name, info.Generation, map[string]string{MetaConnector: ""}); err != nil {
		return err
	}
	return tasks.Retriable(fmt.Errorf("write object %s of connector %s: it exists unfinished, with other content; the slice is run again and replaces it",
		w.file.name, w.task.Connector))
}

// create writes an object that is whole in memory.
func (w *Writer) create(ctx context.Context) (existed bool, err error) {
	f := &w.file
	for generation, n := int64(0), 0; n < tries; n++ {
		err := w.send(ctx, generation)
		if !errors.Is(err, ErrExists) {
			return false, err
		}
		info, err := w.store.Stat(ctx, f.name)
		if err != nil {
			return false, err
		}
		if done, err := w.resolve(ctx, info); done || err != nil {
			return true, err
		}
		w.replacing(info)
		generation = info.Generation
	}
	return false, tasks.Retriable(fmt.Errorf("write object %s of connector %s: other writers keep changing it; the slice is run again",
		f.name, w.task.Connector))
}

func (w *Writer) send(ctx context.Context, generation int64) error {
	up, err := w.store.Create(ctx, w.file.name, Options{Meta: w.meta(w.file.last + 1), ContentType: contentType, Replace: generation, Size: w.body.size})
	if err != nil {
		return err
	}
	defer up.Abort()
	if err := up.Write(ctx, w.body.buf); err != nil {
		return err
	}
	_, err = up.Commit(ctx)
	return err
}

// resolve decides what an object that exists means for the open file. Done means that it stands for the file.
func (w *Writer) resolve(ctx context.Context, info Info) (done bool, err error) {
	f := &w.file
	end, ours := w.next(info)
	switch {
	case !info.Exists:
		return false, nil
	case w.body.same(info):
		if !ours && info.Meta[MetaConnector] != "" {
			return true, w.store.Describe(ctx, f.name, info.Generation, w.meta(f.last+1))
		}
		return true, nil
	case !ours:
		return false, nil
	case end <= f.start:
		return false, tasks.Fatal(fmt.Errorf("write object %s of connector %s: the object exists and its metadata %s=%d cannot be right; move it away",
			f.name, w.task.Connector, MetaNext, end))
	}
	// I5: the destination stands elsewhere. Its position is adopted: what the object holds is delivered.
	w.position, w.skip = max(w.position, end), end
	if end > f.last {
		w.task.Log.Info("the destination's position is adopted: an object written under another configuration holds these records",
			"object", f.name, "next", end)
		return true, nil
	}
	name := f.name
	w.Abort()
	return false, tasks.Stale(fmt.Errorf("write object %s of connector %s: it exists with other content, up to offset %d; the stream goes on from there",
		name, w.task.Connector, end))
}

// replacing warns that an object is overwritten which no Mayfly has finished, such as one of the Java connector that died
// before it committed the offsets, or one of a topic that was deleted and created again. The Java connector overwrites both.
func (w *Writer) replacing(info Info) {
	if info.Exists {
		w.task.Log.Warn("an object that was not finished by this system, or holds records of a former topic of the same name, is replaced",
			"object", w.file.name, "generation", info.Generation)
	}
}

// next returns the first offset behind an object, and whether it is a finished one of ours and of the slice's topic: the
// offsets of a former topic of that name say nothing of this one.
func (w *Writer) next(i Info) (int64, bool) {
	n, finished := next(i)
	return n, finished && !w.task.Slice.TopicID.Differs(tasks.TopicID(i.Meta[MetaTopicID]))
}

// next returns the first offset behind an object, and whether it is a finished one of ours.
func next(i Info) (int64, bool) {
	n, err := strconv.ParseInt(i.Meta[MetaNext], 10, 64)
	return n, i.Exists && err == nil
}

// undescribed reports whether an object is ours, but its writer died before it said where the object ends: in parts, that is
// known only after the metadata were sent.
func undescribed(i Info) bool {
	_, finished := next(i)
	return i.Exists && !finished && i.Meta[MetaConnector] != ""
}
