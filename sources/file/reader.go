package file

import (
	"bytes"
	"context"
	"io"
	"os"

	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

// reader reads the lines of one slice.
type reader struct {
	source  *Source
	file    *os.File
	window  *text.Window
	scratch []byte
	ends    []int
}

// Read returns the next lines. What follows the last line end of the slice is not a line yet and stays.
func (r *reader) Read(ctx context.Context, a *tasks.Arena, limit int) ([]tasks.Record, error) {
	limit = max(1, min(limit, r.source.batch))
	records := make([]tasks.Record, 0, limit)
	r.scratch, r.ends = r.scratch[:0], r.ends[:0]
	var end error
	for len(records) < limit {
		line, n, err := r.next(ctx)
		if err != nil {
			end = err
			break
		}
		records = append(records, tasks.Record{Topic: r.source.topic, Partition: tasks.NoPartition, Timestamp: tasks.NoTimestamp,
			ValueSchema: tasks.StringSchema, Value: tasks.NewString(decode(a, line))})
		r.window.Skip(n)
		r.scratch = appendPosition(r.scratch, r.window.Offset())
		r.ends = append(r.ends, len(r.scratch))
	}
	setPositions(records, string(r.scratch), r.ends)
	if end != nil && end != io.EOF && len(records) > 0 {
		return records, nil // the next call meets the error again
	}
	return records, end
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

// next returns the next line and its length with the line end.
func (r *reader) next(ctx context.Context) (line []byte, n int, err error) {
	seen := 0
	for {
		b := r.window.Bytes()
		if i := bytes.IndexAny(b[seen:], "\r\n"); i >= 0 {
			i += seen
			switch {
			case b[i] == '\n':
				return b[:i], i + 1, nil
			case i+1 < len(b) && b[i+1] == '\n':
				return b[:i], i + 2, nil
			case i+1 < len(b) || r.window.AtEnd(): // Until lies behind a whole line end: nothing more belongs to this one
				return b[:i], i + 1, nil
			}
			seen = i
		} else {
			seen = len(b)
		}
		if err := ctx.Err(); err != nil {
			return nil, 0, tasks.Retriable(err)
		}
		switch err := r.window.More(); err {
		case nil:
		case io.EOF:
			return nil, 0, io.EOF
		case text.ErrRowTooLong:
			return nil, 0, tasks.Fatal(r.source.explain(err))
		default:
			return nil, 0, r.source.explain(err)
		}
	}
}

func decode(a *tasks.Arena, line []byte) string {
	var utf8 text.Charset
	if utf8.Plain(line) {
		return a.Text(line)
	}
	return string(utf8.Append(nil, line))
}

// Committed has nothing to clean up.
func (r *reader) Committed(context.Context, tasks.Position) error { return nil }

// Close closes the file.
func (r *reader) Close() error { return r.file.Close() }
