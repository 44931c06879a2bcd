package file

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Plugin describes the sink.
func Plugin() tasks.SinkPlugin {
	return tasks.SinkPlugin{
		Plugin: tasks.Plugin{
			Class:   "org.apache.kafka.connect.file.FileStreamSinkConnector",
			Type:    tasks.SinkPluginType,
			Version: tasks.ConnectVersion,
			Title:   "Lines in a file or on the standard output",
			Config:  configDef(),
		},
		Family: tasks.CoreFamily,
		Cut: func(tasks.Config) (tasks.Cut, error) {
			return tasks.Cut{CloseTail: true}, nil
		},
		New: func(_ context.Context, c tasks.Config) (tasks.Sink, error) {
			return &sink{connector: c.Props()["name"], path: c.String(keyFile), stdout: os.Stdout}, nil
		},
		Preview: func(c tasks.Config, show func(name string, content []byte)) (tasks.Sink, error) {
			return preview{cmp.Or(c.String(keyFile), "the standard output"), show}, nil
		},
	}
}

// sink writes to one file. It keeps nothing open between leases.
type sink struct {
	connector, path string
	stdout          io.Writer
}

var _ tasks.Sink = (*sink)(nil)

// Open looks at the file and creates it if need be. It may block on the file's lock.
func (s *sink) Open(ctx context.Context, t tasks.SinkTask) (tasks.Writer, error) {
	if s.path == "" {
		return &stream{out: s.stdout, name: "the standard output", slice: t.Slice, position: t.Slice.From}, nil
	}
	f, err := os.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, s.cannotOpen(err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, s.cannotOpen(err)
	}
	if !info.Mode().IsRegular() {
		return &stream{out: f, closer: f, name: s.path, slice: t.Slice, position: t.Slice.From}, nil
	}
	if err := f.Close(); err != nil {
		return nil, s.cannotOpen(err)
	}
	w := &writer{connector: s.connector, path: s.path, task: t, position: t.Slice.From}
	return w, w.open(ctx)
}

func (s *sink) cannotOpen(err error) error {
	e := tasks.NewException(tasks.ConnectException, "Couldn't find or create file '%s' for FileStreamSinkTask", s.path)
	if cause, ok := err.(*fs.PathError); ok { //nolint:errorlint // it comes from os as it is
		e.Cause = fmt.Errorf("%s: %w; create the directory, or correct the key %s of connector %s", s.path, cause.Err, keyFile, s.connector)
	} else {
		e.Cause = err
	}
	return tasks.Fatal(e)
}

// Close has nothing to give back.
func (s *sink) Close() error { return nil }
