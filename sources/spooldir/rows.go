package spooldir

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

// RowKeys are the configuration keys that say what rows are, for sources of rows that are in no directory: those of CSV and of
// schemas.
func RowKeys() tasks.ConfigDef { return csvKeys()[len(commonKeys()):] }

// Rows reads the rows of one text, as the connectors read those of a file. Not safe for concurrent use.
type Rows struct {
	rows   rows
	window window
	json   bool
}

// CSVRows returns the rows of CSV from an offset that [Rows.Offset] has returned, or 0. r is read mostly forward. A size below 0 is
// not known.
func CSVRows(c tasks.Config, r io.ReaderAt, size, from int64) (*Rows, error) {
	f, err := newCSV(c)
	return openRows(f, err, r, size, from)
}

// JSONRows is CSVRows for JSON values, on a line each or not. Without a schema in the configuration they come as texts.
func JSONRows(c tasks.Config, r io.ReaderAt, size, from int64) (*Rows, error) {
	make := newJSON
	if c.String(valueSchemaKey) == "" {
		make = newSchemaless
	}
	f, err := make(c)
	rows, err := openRows(f, err, r, size, from)
	if rows != nil {
		rows.json = true
	}
	return rows, err
}

func openRows(f format, err error, r io.ReaderAt, size, from int64) (*Rows, error) {
	if err != nil {
		return nil, tasks.Fatal(err)
	}
	view := func(from int64) window {
		if size < 0 {
			return text.NewStream(r, from)
		}
		return text.NewWindow(r, from, size)
	}
	rows, start, err := f.begin(view(0))
	if row, ok := errors.AsType[*rowError](err); ok {
		return nil, tasks.BadRecord(tasks.DataException("header: %s", row.text()))
	}
	if err != nil {
		return nil, err
	}
	return &Rows{rows: rows, window: view(max(start, from))}, nil
}

// Offset is where the next row starts: the bytes of the text that were read.
func (r *Rows) Offset() int64 { return r.window.Offset() }

// Next reads the next row into rec. It returns io.EOF when there is none, and the error of a bad record before one that cannot be
// read; then [Rows.Pass] goes on behind it.
func (r *Rows) Next(a *tasks.Arena, rec *tasks.Record) error {
	if r.rows == nil { // not even a header
		return io.EOF
	}
	err := r.rows.next(r.window, a, rec)
	if row, ok := errors.AsType[*rowError](err); ok {
		return tasks.BadRecord(tasks.DataException("the row at byte %d: %s", r.Offset(), row.text()))
	}
	return err
}

// Pass skips a row that could not be read and returns its text: up to the line's end, or to the end of the JSON value where it has
// one.
func (r *Rows) Pass() ([]byte, error) {
	n := 0
	if r.json {
		n, _ = value(r.window) // blanks are skipped; what has no end goes on to that of its line
	}
	for n == 0 {
		b := r.window.Bytes()
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			n = i + 1
			break
		}
		switch err := r.window.More(); {
		case err == io.EOF, err == text.ErrRowTooLong:
			n = len(b)
		case err != nil:
			return nil, err
		}
		if n == 0 && r.window.AtEnd() && len(r.window.Bytes()) == 0 {
			return nil, fmt.Errorf("there is no row at byte %d", r.Offset())
		}
	}
	passed := bytes.Clone(bytes.TrimRight(r.window.Bytes()[:n], "\r\n"))
	r.window.Skip(n)
	return passed, nil
}
