package spooldir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

// rowError is what is wrong with one row.
type rowError struct {
	// below is the line in the row, 0 for its first; column is the column's name, or "".
	below  int
	column string
	reason string
	// open says that the row has no end, as far as the file was read.
	open bool
}

func (e *rowError) Error() string { return e.text() }

func (e *rowError) text() string {
	if e.column == "" {
		return e.reason
	}
	return fmt.Sprintf("column %q: %s", e.column, e.reason)
}

// reader reads the rows of one slice.
type reader struct {
	source    *Source
	name      string
	connector string
	file      *os.File
	head      *head
	rows      rows
	window    window
	final     bool // the slice goes to the end of the file
	log       *slog.Logger
	scratch   []byte
	ends      []int
	done      bool
}

func (s *Source) newReader(f *os.File, name string, t tasks.SourceTask) (*reader, error) {
	since, err := parsePosition(t.Slice.Since)
	if err != nil {
		return nil, err
	}
	until, err := parsePosition(t.Slice.Until)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	h, err := readHead(f)
	if err != nil {
		return nil, err
	}
	end, err := s.format.end(f, info.Size())
	if err != nil {
		return nil, err
	}
	if t.Slice.Until == "" {
		until.Offset = end
	}
	for _, p := range []position{since, until} {
		if err := h.check(p, info.Size()); err != nil {
			return nil, err
		}
	}
	r := &reader{source: s, name: name, connector: t.Connector, file: f, head: h, final: end <= until.Offset, log: t.Log}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	rows, start, err := s.format.begin(text.NewWindow(f, 0, info.Size()))
	if err != nil {
		return nil, s.beginError(err)
	}
	r.rows, r.done = rows, rows == nil // a file without a row, or even a header
	r.window = text.NewWindow(f, max(start, since.Offset), max(start, since.Offset, until.Offset))
	return r, s.format.resume(f, r.window.Offset(), until.Offset)
}

// Read returns the next rows of the slice.
func (r *reader) Read(ctx context.Context, a *tasks.Arena, limit int) ([]tasks.Record, error) {
	if r.done {
		return nil, io.EOF
	}
	limit = max(1, min(limit, r.source.batch))
	records := make([]tasks.Record, 0, limit)
	r.scratch, r.ends = r.scratch[:0], r.ends[:0]
	var end error
	for len(records) < limit && end == nil {
		if len(records)%256 == 0 && ctx.Err() != nil {
			end = tasks.Retriable(ctx.Err())
			break
		}
		records = append(records, tasks.Record{Topic: r.source.topic, Partition: tasks.NoPartition, Timestamp: tasks.NoTimestamp})
		if end = r.rows.next(r.window, a, &records[len(records)-1]); end != nil {
			records = records[:len(records)-1]
			break
		}
		r.scratch = r.head.appendPosition(r.scratch, r.window.Offset())
		r.ends = append(r.ends, len(r.scratch))
	}
	setPositions(records, string(r.scratch), r.ends)
	if row, ok := errors.AsType[*rowError](end); ok && row.open && !r.final {
		end = io.EOF // the row goes on behind the slice, and belongs to the next one
	}
	if end == nil || end == io.EOF {
		return records, end
	}
	if len(records) > 0 {
		return records, nil // the next call meets the error again
	}
	return nil, r.fail(end)
}

// setPositions gives each record its part of one text, which costs one allocation for the batch and, unlike the arena's
// memory, may be kept.
func setPositions(records []tasks.Record, positions string, ends []int) {
	from := 0
	for i := range records {
		records[i].Position = tasks.Position(positions[from:ends[i]])
		from = ends[i]
	}
}

// fail says what is wrong at the window's start. With halt.on.error=false a bad row ends the slice there: the file goes to
// error.path as a whole, and the log says so (I8).
func (r *reader) fail(err error) error {
	row, ok := errors.AsType[*rowError](err)
	if !ok {
		return r.source.explain(fmt.Errorf("connector %s: file %s: %w", r.connector, r.file.Name(), err))
	}
	line, lineErr := r.line()
	if lineErr != nil {
		return r.source.explain(lineErr)
	}
	line += row.below
	if r.source.halt {
		return tasks.BadRecord(tasks.DataException("connector %s: file %s, line %d: %s; mend the file's rows behind byte %d, or set %s=false to put such files aside",
			r.connector, r.file.Name(), line, row.text(), r.window.Offset(), haltKey))
	}
	if err := r.source.move(r.name, r.source.failed, errorPathKey); err != nil {
		return err
	}
	r.log.Error("bad row, file moved to error.path: its rows from this one on are not delivered",
		"connector", r.connector, "file", r.name, "line", line, "offset", r.window.Offset(), "column", row.column, "reason", row.reason, "errorPath", r.source.failed)
	r.done = true
	return io.EOF
}

// line returns the number of the line at the window's start, from 1. It reads the file up to there.
func (r *reader) line() (int, error) {
	buf, line, left := make([]byte, 64<<10), 1, r.window.Offset()
	for at := int64(0); left > 0; {
		n, err := r.file.ReadAt(buf[:min(int64(len(buf)), left)], at)
		line += bytes.Count(buf[:n], []byte{'\n'})
		at, left = at+int64(n), left-int64(n)
		if err != nil && left > 0 {
			return 0, fmt.Errorf("read %s: %w", r.file.Name(), err)
		}
	}
	return line, nil
}

// Committed cleans up behind a file whose end the position is.
func (r *reader) Committed(_ context.Context, p tasks.Position) error {
	at, err := parsePosition(p)
	if err != nil {
		return tasks.Fatal(err)
	}
	info, err := r.file.Stat()
	if err != nil {
		return r.source.explain(err)
	}
	end, err := r.source.format.end(r.file, info.Size())
	if err != nil {
		return r.source.explain(err)
	}
	if p == "" || at.Offset < end || !r.head.matches(at) {
		return nil
	}
	there, err := os.Stat(filepath.Join(r.source.input, r.name))
	if err != nil || !os.SameFile(there, info) {
		return nil // cleaned up before; what has the name now is another file
	}
	return r.source.finish(r.name)
}

// Close closes the file.
func (r *reader) Close() error { return r.file.Close() }
