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
	// MetaFree is in objects that may be replaced, because their writer has given them up.
	MetaFree = "mayfly-free"
	// MetaStream is in objects that hold the newest record of a key: which stream it came from.
	MetaStream = "mayfly-stream"
)

// tries bounds how often an object that others change at the same time is looked at again.
const tries = 5

// meta describes an object. The next offset is left out while it is not known.
func (w *Writer) meta(f *file, next int64) map[string]string {
	m := map[string]string{MetaFrom: strconv.FormatInt(f.start, 10), MetaConnector: w.task.Connector}
	if id := w.task.Slice.TopicID; id != "" {
		m[MetaTopicID] = string(id)
	}
	if whole := w.settings.Whole; whole != nil && whole.Latest {
		m[MetaStream] = w.task.Slice.Stream.String()
	}
	if next > 0 {
		m[MetaNext] = strconv.FormatInt(next, 10)
	}
	return m
}

// describe says of an object that was made in parts where it ends, and puts tags on those that are to have some.
func (w *Writer) describe(ctx context.Context, f *file, c *content, generation string, meta map[string]string) error {
	var tags map[string]string
	if w.settings.Tag != nil && c.side == Values {
		tags = w.settings.Tag(f.start, f.last, f.count)
	}
	if meta == nil && tags == nil {
		return nil
	}
	return w.store.Describe(ctx, c.name, generation, Description{Meta: meta, Tags: tags})
}

// drain moves encoded bytes on: into memory, and from there to the store when a part is full.
func (w *Writer) drain(ctx context.Context, f *file) error {
	for _, c := range f.contents {
		if err := w.move(ctx, f, c, c.enc.Spill(c.out(), false)); err != nil {
			return err
		}
	}
	for w.group.held > heldLimit {
		fullest, c := w.group.hoarder()
		if err := w.move(ctx, fullest, c, c.hoarder.Flush(c.out())); err != nil {
			return err
		}
	}
	return nil
}

// move takes what an encoder handed over to the store when it makes a part, and keeps count of what is in memory. err is the
// encoder's.
func (w *Writer) move(ctx context.Context, f *file, c *content, err error) error {
	if err != nil {
		return fmt.Errorf("encode object %s: %w", c.name, err)
	}
	if len(c.body.buf) >= w.settings.PartSize {
		if err := w.part(ctx, f, c); err != nil {
			return err
		}
	}
	w.group.waiting += len(c.body.buf) - c.waiting
	c.waiting = len(c.body.buf)
	if c.hoarder != nil {
		held := c.hoarder.Held()
		w.group.held += held - c.held
		c.held = held
	}
	return nil
}

// part sends what is in memory. The first time it looks what is at the destination, because the object can no longer be
// sent again from the start.
func (w *Writer) part(ctx context.Context, f *file, c *content) error {
	if c.upload == nil && !c.verify {
		info, err := w.store.Stat(ctx, c.name)
		if err != nil {
			return err
		}
		if _, ours := w.next(info); ours || undescribed(info) || w.foreign(info) {
			c.verify = true
		} else {
			w.replacing(c, info)
			c.upload, err = w.store.Create(ctx, c.name, Options{Meta: w.meta(f, 0), ContentType: w.settings.ContentType, Replace: info.Generation})
			if err != nil {
				return err
			}
		}
	}
	if c.upload != nil {
		if err := c.upload.Write(ctx, c.body.buf); err != nil && !errors.Is(err, ErrExists) {
			return err
		} else if err != nil {
			c.abort()
			c.verify = true
		}
	}
	c.body.buf = c.body.buf[:0]
	return nil
}

// finish completes the open files: position and data move together, since the name is the position (I5). Of several objects
// some may be there when it fails; the position moves only with the last one, and the next run finds them.
func (w *Writer) finish(ctx context.Context) error {
	for _, f := range w.group.files {
		for _, c := range f.contents {
			if err := w.finishOne(ctx, f, c); err != nil {
				return err
			}
		}
	}
	w.position = max(w.position, w.group.last+1)
	for _, f := range w.group.files {
		w.spare = append(w.spare, f.contents...)
	}
	if len(w.group.files) > 1 { // the next ones may be others, or fewer
		for _, c := range w.spare {
			if c.hoarder != nil {
				c.hoarder.Free()
			}
		}
	}
	w.group = group{}
	if r, ok := w.placer.(Regrouper); ok {
		r.Ended()
	}
	return nil
}

func (w *Writer) finishOne(ctx context.Context, f *file, c *content) error {
	if err := c.end(); err != nil {
		return err
	}
	existed, err := w.commit(ctx, f, c)
	if err != nil {
		return err
	}
	w.delivery.Objects++
	if existed {
		w.delivery.Existed++
	}
	w.delivery.Bytes += c.body.size
	if len(w.delivery.Receipts) < max(w.task.Receipts, tasks.MaxReceipts) {
		w.delivery.Receipts = append(w.delivery.Receipts, tasks.Receipt{Name: c.name, From: f.start, To: f.last + 1,
			Records: f.count, Bytes: c.body.size, Existed: existed})
	}
	return nil
}

func (w *Writer) commit(ctx context.Context, f *file, c *content) (existed bool, err error) {
	if c.upload == nil && !c.verify {
		return w.create(ctx, f, c)
	}
	if err := w.part(ctx, f, c); err != nil {
		return false, err
	}
	if c.upload != nil {
		generation, err := c.upload.Commit(ctx, c.body.crc)
		if err == nil {
			return false, w.describe(ctx, f, c, generation, w.meta(f, f.last+1))
		}
		if !errors.Is(err, ErrExists) {
			return false, err
		}
	}
	info, err := w.store.Stat(ctx, c.name)
	if err != nil {
		return false, err
	}
	if done, err := w.resolve(ctx, f, c, info); done || err != nil {
		return true, err
	}
	if _, ours := w.next(info); ours || undescribed(info) {
		return false, w.disown(ctx, c, info)
	}
	return false, tasks.Retriable(fmt.Errorf("write object %s of connector %s: another writer changed it at the same time; the slice is run again",
		c.name, w.task.Connector))
}

// disown takes our mark off an object that may go and is not what this slice makes: one whose writer died before it said
// where the object ends, so that nobody was told of it, or one with older records. The next run replaces it. This
// one cannot, because it has let go of the parts that it compared.
func (w *Writer) disown(ctx context.Context, c *content, info Info) error {
	if err := w.store.Describe(ctx, c.name, info.Generation, Description{Meta: map[string]string{MetaConnector: "", MetaNext: "", MetaFree: "true"}}); err != nil {
		return err
	}
	return tasks.Retriable(fmt.Errorf("write object %s of connector %s: it exists with other content, unfinished or older; the slice is run again and replaces it",
		c.name, w.task.Connector))
}

// create writes an object that is whole in memory.
func (w *Writer) create(ctx context.Context, f *file, c *content) (existed bool, err error) {
	replace := ""
	for range tries {
		generation, err := w.send(ctx, f, c, replace)
		if err == nil {
			return false, w.describe(ctx, f, c, generation, nil)
		}
		if !errors.Is(err, ErrExists) {
			return false, err
		}
		info, err := w.store.Stat(ctx, c.name)
		if err != nil {
			return false, err
		}
		if done, err := w.resolve(ctx, f, c, info); done || err != nil {
			return true, err
		}
		w.replacing(c, info)
		replace = info.Generation
	}
	return false, tasks.Retriable(fmt.Errorf("write object %s of connector %s: other writers keep changing it; the slice is run again",
		c.name, w.task.Connector))
}

func (w *Writer) send(ctx context.Context, f *file, c *content, replace string) (generation string, err error) {
	up, err := w.store.Create(ctx, c.name, Options{Meta: w.meta(f, f.last+1), ContentType: w.settings.ContentType, Replace: replace,
		Size: c.body.size, CRC32C: c.body.crc})
	if err != nil {
		return "", err
	}
	defer up.Abort()
	if err := up.Write(ctx, c.body.buf); err != nil {
		return "", err
	}
	return up.Commit(ctx, c.body.crc)
}

// resolve decides what an object that exists means for an open one. Done means that it stands for it.
func (w *Writer) resolve(ctx context.Context, f *file, c *content, info Info) (done bool, err error) {
	end, ours := w.next(info)
	switch {
	case !info.Exists:
		return false, nil
	case c.body.same(info):
		var meta map[string]string
		if !ours && info.Meta[MetaConnector] != "" {
			meta = w.meta(f, f.last+1)
		}
		return true, w.describe(ctx, f, c, info.Generation, meta)
	case w.foreign(info):
		return false, tasks.Fatal(fmt.Errorf("write object %s of connector %s: it exists with other content, which Mayfly did not write, and is left alone; move it away, "+
			"or set %s=true, for one that a Java worker left which ended before it committed the offsets", c.name, w.task.Connector, ReplaceKey))
	case !ours:
		return false, nil
	case w.settings.Whole != nil && !w.settings.Whole.Serial:
		return w.overtaken(f, c, info, end)
	case !w.settings.plain():
		// Which offsets the other objects of that time hold is not known: neither adopting nor replacing it is right.
		return false, tasks.Fatal(fmt.Errorf("write object %s of connector %s: it exists with other content, written under another configuration; "+
			"move it away, or set another topics.dir", c.name, w.task.Connector))
	case end <= f.start:
		return false, tasks.Fatal(fmt.Errorf("write object %s of connector %s: the object exists and its metadata %s=%d cannot be right; move it away",
			c.name, w.task.Connector, MetaNext, end))
	}
	// I5: the destination stands elsewhere. Its position is adopted: what the object holds is delivered.
	w.position, w.skip = max(w.position, end), end
	if end > f.last {
		w.task.Log.Info("the destination's position is adopted: an object written under another configuration holds these records",
			"object", c.name, "next", end)
		return true, nil
	}
	w.Abort()
	return false, tasks.Stale(fmt.Errorf("write object %s of connector %s: it exists with other content, up to offset %d; the stream goes on from there",
		c.name, w.task.Connector, end))
}

// overtaken decides what an object of another content means for one whose name alone is not a position: one that holds older
// records is replaced. A newer record of a key stands. Else records could be lost by replacing it, or by leaving it.
func (w *Writer) overtaken(f *file, c *content, info Info, end int64) (done bool, err error) {
	latest := w.settings.Whole.Latest
	switch {
	case end < f.last+1, latest && info.Meta[MetaStream] != w.task.Slice.Stream.String():
		return false, nil
	case latest:
		return true, nil
	}
	return false, tasks.Fatal(fmt.Errorf("write object %s of connector %s: it exists with other content, up to offset %d, written under another configuration "+
		"or before the offsets were reset; move it away, or let names begin otherwise", c.name, w.task.Connector, end))
}

// replacing warns that an object is overwritten: one that was not finished, one of a topic that was deleted and created again, or with
// [Settings.Replace] one of the Java connector, which overwrites them all.
func (w *Writer) replacing(c *content, info Info) {
	if info.Exists {
		w.task.Log.Warn("an object that was not finished by this system, or holds records of a former topic of the same name, is replaced",
			"object", c.name, "generation", info.Generation)
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

// foreign reports whether an object is somebody else's, to be left alone unless it is what this slice makes.
func (w *Writer) foreign(i Info) bool {
	if whole := w.settings.Whole; w.settings.Replace || whole != nil && whole.Latest {
		return false
	}
	_, finished := next(i)
	return i.Exists && !finished && i.Meta[MetaConnector]+i.Meta[MetaFree] == ""
}

// undescribed reports whether an object is ours, but its writer died before it said where the object ends: in parts, that is
// known only after the metadata were sent.
func undescribed(i Info) bool {
	_, finished := next(i)
	return i.Exists && !finished && i.Meta[MetaConnector] != ""
}
