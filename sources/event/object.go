package event

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/mayfly-connect/mayfly/sources/spooldir"
	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

// The formats of objects.
const (
	objectAuto  = "auto"
	objectCSV   = "csv"
	objectJSON  = "json"
	objectLines = "lines"
	objectWhole = "whole"
	objectNone  = "none"
)

// ReadsObjects reports whether an event of an object brings what is in it, and not only that it is there.
func (c *Connector) ReadsObjects() bool { return c.object != objectNone }

// rows reads the records of one object, one after the other.
type rows interface {
	Next(a *tasks.Arena, rec *tasks.Record) error
	// Offset is where the next row starts.
	Offset() int64
	// Pass skips a row that could not be read, and returns its text.
	Pass() ([]byte, error)
}

// Object returns a reader of an object's records from a position. What cannot be read at all (the object is gone, its format is not
// known) is a bad record of its own.
func (c *Connector) Object(ctx context.Context, store Store, ref Ref, since tasks.Position) (tasks.Reader, error) {
	var at struct {
		Offset int64 `json:"offset"`
	}
	if since != "" {
		if err := json.Unmarshal([]byte(since), &at); err != nil || at.Offset < 0 {
			return nil, tasks.Fatal(fmt.Errorf("object %s: the stored position %s is none of an object", ref, since))
		}
	}
	r := &objectReader{c: c, ref: ref, data: &ranged{ctx: ctx, store: store, ref: ref}}
	size, err := store.Size(ctx, ref)
	if err == nil {
		r.rows, err = c.rowsOf(ctx, r.data, ref, size, at.Offset)
	}
	if errors.Is(err, ErrGone) {
		err = tasks.BadRecord(tasks.DataException("object %s: %s", ref, err))
	}
	if err != nil && tasks.KindOf(err) != tasks.KindBadRecord {
		r.data.close()
		return nil, fmt.Errorf("object %s: %w", ref, err)
	}
	r.whole = err
	return r, nil
}

// rowsOf opens the rows of an object by its format.
func (c *Connector) rowsOf(ctx context.Context, data *ranged, ref Ref, size, from int64) (rows, error) {
	if size == 0 {
		return nil, nil
	}
	var in io.ReaderAt = data
	name := ref.Key
	if strings.HasSuffix(name, ".gz") {
		name = strings.TrimSuffix(name, ".gz")
		in, size = &unzipped{data: data}, -1
	}
	switch format := c.formatOf(name); format {
	case objectCSV:
		r, err := spooldir.CSVRows(c.config, in, size, from)
		return orNil(r, err)
	case objectJSON:
		r, err := spooldir.JSONRows(c.config, in, size, from)
		if err != nil {
			return nil, err
		}
		return &jsonValues{Rows: r, c: c, ctx: ctx, topic: c.topicOf(ref.Bucket), texts: c.config.String("value.schema") == ""}, nil
	case objectLines, objectWhole:
		w := text.NewStream(in, from)
		if size >= 0 {
			w = text.NewWindow(in, from, size)
		}
		return &lineRows{c: c, ctx: ctx, window: w, topic: c.topicOf(ref.Bucket), whole: format == objectWhole}, nil
	}
	return nil, tasks.BadRecord(tasks.DataException("the name does not say what the object is; set %s", objectFormatKey))
}

func orNil(r *spooldir.Rows, err error) (rows, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

// formatOf tells the format of an object by the configuration, or by its name.
func (c *Connector) formatOf(name string) string {
	if c.object != objectAuto {
		return c.object
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return objectCSV
	case ".json", ".jsonl", ".ndjson":
		return objectJSON
	case ".txt", ".log":
		return objectLines
	}
	return ""
}

// objectReader reads one object.
type objectReader struct {
	c     *Connector
	ref   Ref
	data  *ranged
	rows  rows  // nil for an empty object
	whole error // why it cannot be read at all
	ended bool
}

var _ tasks.Passer = (*objectReader)(nil)

func (r *objectReader) Read(ctx context.Context, a *tasks.Arena, limit int) ([]tasks.Record, error) {
	if r.whole != nil {
		return nil, r.whole
	}
	if r.rows == nil || r.ended {
		return nil, io.EOF
	}
	r.data.ctx = ctx
	out := make([]tasks.Record, 0, limit)
	for len(out) < limit {
		out = append(out, r.start())
		rec := &out[len(out)-1]
		err := r.rows.Next(a, rec)
		if err == nil {
			rec.Position = r.position()
			continue
		}
		out = out[:len(out)-1]
		switch {
		case err == io.EOF:
			r.ended = true
			return out, io.EOF
		case len(out) > 0:
			return out, nil // the next call meets the error again
		case errors.Is(err, ErrGone):
			err = tasks.Retriable(err) // in the middle of it; whoever opens it anew finds out
		}
		return nil, fmt.Errorf("object %s: %w", r.ref, err)
	}
	return out, nil
}

func (r *objectReader) start() tasks.Record {
	return tasks.Record{Topic: r.c.topicOf(r.ref.Bucket), Partition: tasks.NoPartition, Timestamp: tasks.NoTimestamp}
}

func (r *objectReader) position() tasks.Position {
	return tasks.Position(`{"offset":` + strconv.FormatInt(r.rows.Offset(), 10) + "}")
}

// Pass gives up a row, or the object; then the name of it is what there is.
func (r *objectReader) Pass() (tasks.Record, error) {
	rec := r.start()
	if r.whole != nil {
		r.whole = nil
		rec.ValueSchema, rec.Value = tasks.StringSchema, tasks.NewString(r.ref.String())
		return rec, nil
	}
	row, err := r.rows.Pass()
	if err != nil {
		return rec, fmt.Errorf("object %s: %w", r.ref, err)
	}
	rec.ValueSchema, rec.Value, rec.Position = tasks.BytesSchema, tasks.NewBytes(row), r.position()
	return rec, nil
}

func (r *objectReader) Committed(context.Context, tasks.Position) error { return nil }

func (r *objectReader) Close() error {
	r.data.close()
	return nil
}

// jsonValues are JSON values as the configured format has them.
type jsonValues struct {
	*spooldir.Rows
	c     *Connector
	ctx   context.Context //nolint:containedctx // that of the reader it is made for
	topic string
	texts bool // there is no schema
}

func (j *jsonValues) Next(a *tasks.Arena, rec *tasks.Record) error {
	if err := j.Rows.Next(a, rec); err != nil || !j.texts || j.c.format == formatString {
		return err
	}
	var err error
	rec.ValueSchema, rec.Value, err = j.c.payload(j.ctx, a, j.topic, j.c.format, rec.Value.Bytes())
	return err
}

// lineRows are lines, or the whole as one.
type lineRows struct {
	c      *Connector
	ctx    context.Context //nolint:containedctx // that of the reader it is made for
	window *text.Window
	topic  string
	whole  bool
}

func (l *lineRows) Offset() int64 { return l.window.Offset() }

// line returns the length of the next line, with its end.
func (l *lineRows) line() (int, error) {
	for seen := 0; ; {
		b := l.window.Bytes()
		if i := bytes.IndexByte(b[seen:], '\n'); i >= 0 && !l.whole {
			return seen + i + 1, nil
		}
		seen = len(b)
		err := l.window.More()
		switch {
		case err == io.EOF && seen > 0:
			return seen, nil
		case errors.Is(err, text.ErrRowTooLong):
			return 0, tasks.BadRecord(tasks.DataException("the line at byte %d: %s", l.Offset(), err))
		case err != nil:
			return 0, err
		}
	}
}

func (l *lineRows) Next(a *tasks.Arena, rec *tasks.Record) error {
	n, err := l.line()
	if err != nil {
		return err
	}
	b := a.Bytes(n)
	copy(b, l.window.Bytes())
	if !l.whole {
		b = bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	}
	if rec.ValueSchema, rec.Value, err = l.c.payload(l.ctx, a, l.topic, l.c.format, b); err != nil {
		return tasks.BadRecord(tasks.DataException("the line at byte %d: %s", l.Offset(), err))
	}
	l.window.Skip(n)
	return nil
}

func (l *lineRows) Pass() ([]byte, error) {
	n, err := l.line()
	if tasks.KindOf(err) == tasks.KindBadRecord { // too long: what was read of it, and then the rest as another one
		n, err = len(l.window.Bytes()), nil
	}
	if err != nil {
		return nil, err
	}
	row := bytes.Clone(l.window.Bytes()[:n])
	l.window.Skip(n)
	return row, nil
}

// unzipped is the text of an object that is compressed with gzip. It is read forward; going back begins anew.
type unzipped struct {
	data *ranged
	zip  *gzip.Reader
	at   int64
}

func (u *unzipped) ReadAt(p []byte, off int64) (int, error) {
	if u.zip == nil || off < u.at {
		var err error
		if u.zip, err = gzip.NewReader(&forward{r: u.data}); err != nil {
			u.zip = nil
			return 0, u.bad(err)
		}
		u.at = 0
	}
	if _, err := io.CopyN(io.Discard, u.zip, off-u.at); err != nil {
		u.zip = nil
		return 0, u.bad(err)
	}
	n, err := io.ReadFull(u.zip, p)
	u.at = off + int64(n)
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		return n, io.EOF
	}
	return n, u.bad(err)
}

// bad tells a broken archive from a broken connection.
func (u *unzipped) bad(err error) error {
	if err == nil || err == io.EOF || tasks.KindOf(err) == tasks.KindRetriable {
		return err
	}
	return tasks.BadRecord(tasks.DataException("unzip: %s", err))
}

// forward reads from an io.ReaderAt.
type forward struct {
	r  io.ReaderAt
	at int64
}

func (f *forward) Read(p []byte) (int, error) {
	n, err := f.r.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}
