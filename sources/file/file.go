// Package file is the FileStreamSource connector: each line of one text file is a record, a STRING value without a key.
// The source partition is {"filename":"<path>"}, the position {"position":<bytes>} lies behind a line's end.
package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Plugin describes the connector.
func Plugin() tasks.SourcePlugin {
	return tasks.SourcePlugin{
		Plugin: tasks.Plugin{Class: "org.apache.kafka.connect.file.FileStreamSourceConnector", Type: tasks.SourcePluginType,
			Version: tasks.ConnectVersion, Title: "lines of a text file", Config: configDef()},
		Family:      tasks.CoreFamily,
		SingleTask:  true,
		ExactlyOnce: func(props map[string]string) bool { return props[fileKey] != "" },
		CheckOffset: checkOffset,
		New:         newSource,
	}
}

// Source reads one file.
type Source struct {
	path, topic string
	batch       int
}

var _ tasks.Source = (*Source)(nil)

func newSource(_ context.Context, c tasks.Config) (tasks.Source, error) {
	if c.String(fileKey) == "" {
		return nil, tasks.Fatal(errors.New(`standard input is not supported, because a lease that is run again could not read it again: ` +
			`set "file" to the path of a file that every executor can read`))
	}
	return &Source{path: c.String(fileKey), topic: c.String(topicKey), batch: int(c.Int(batchSizeKey))}, nil
}

// Splits returns the one split of the file. A file that is missing, or shorter than what was committed, has nothing to read:
// both are waited for, as the original does.
func (s *Source) Splits(_ context.Context, committed func(split string) tasks.Position) ([]tasks.Split, error) {
	split := tasks.Split{Split: splitOf(s.path)}
	from, err := offsetOf(committed(split.Split))
	if err != nil {
		return nil, tasks.Fatal(err)
	}
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return []tasks.Split{split}, nil
	}
	if err != nil {
		return nil, s.explain(err)
	}
	defer f.Close()
	end, err := completeEnd(f, from)
	if err != nil {
		return nil, s.explain(err)
	}
	if end > from {
		split.End, split.Pending = tasks.Position(appendPosition(nil, end)), end-from
	}
	return []tasks.Split{split}, nil
}

// completeEnd returns the offset behind the last complete line at or after from. A CR at the very end may be half of a CRLF
// and completes nothing yet.
func completeEnd(f *os.File, from int64) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if info.IsDir() {
		return 0, fmt.Errorf("it is a directory, not a file")
	}
	size, end := info.Size(), from
	err = text.ScanBack(f, from, size, func(block []byte, at int64) bool {
		for i := len(block) - 1; i >= 0; i-- {
			if after := at + int64(i) + 1; block[i] == '\n' || block[i] == '\r' && after < size {
				end = after
				return true
			}
		}
		return false
	})
	return end, err
}

// Open returns a reader of a slice.
func (s *Source) Open(_ context.Context, t tasks.SourceTask) (tasks.Reader, error) {
	from, err := offsetOf(t.Slice.Since)
	if err != nil {
		return nil, tasks.Fatal(err)
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, s.explain(err)
	}
	var until int64
	if t.Slice.Until == "" {
		until, err = completeEnd(f, from)
	} else {
		until, err = offsetOf(t.Slice.Until)
	}
	if err != nil {
		_ = f.Close()
		return nil, s.explain(err)
	}
	return &reader{source: s, file: f, window: text.NewWindow(f, from, until)}, nil
}

// Close has nothing to give back.
func (s *Source) Close() error { return nil }

// explain names the file, and tells what may pass (a file that was moved away for a moment) from what a person must mend.
func (s *Source) explain(err error) error {
	err = fmt.Errorf("read %s (configuration key %s): %w", s.path, fileKey, err)
	if errors.Is(err, fs.ErrPermission) {
		return tasks.Fatal(fmt.Errorf("%w; let the executor's user read it", err))
	}
	return tasks.Retriable(err)
}

func splitOf(path string) string {
	return string(append(text.AppendQuoted([]byte(`{"filename":`), path), '}'))
}

func appendPosition(b []byte, n int64) []byte {
	return append(strconv.AppendInt(append(b, `{"position":`...), n, 10), '}')
}

// offsetOf reads a position; "" is the beginning.
func offsetOf(p tasks.Position) (int64, error) {
	if p == "" {
		return 0, nil
	}
	var at struct {
		Position *int64 `json:"position"`
	}
	if err := json.Unmarshal([]byte(p), &at); err != nil || at.Position == nil || *at.Position < 0 {
		return 0, fmt.Errorf(`source offset %s is not of the form {"position":<bytes>}; alter or reset the connector's offsets: %w`, p,
			tasks.NewException(tasks.ConnectException, "Offset position is the incorrect type"))
	}
	return *at.Position, nil
}
