package gcs

import (
	"context"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Plugin describes the sink.
func Plugin() tasks.SinkPlugin {
	return tasks.SinkPlugin{
		Plugin: tasks.Plugin{
			Class:   "io.confluent.connect.gcs.GcsSinkConnector",
			Type:    tasks.SinkPluginType,
			Version: "12.1.9",
			Title:   "Objects in Google Cloud Storage, exactly once",
			Config:  configDef(),
		},
		Family:   tasks.GCSFamily,
		Cut:      object.Cut,
		Validate: kin.Validate,
		New:      opener(newConfig),
		Preview:  preview(newConfig),
	}
}

// opener returns what makes a sink of such a configuration.
func opener(parse func(tasks.Config) (config, error)) func(context.Context, tasks.Config) (tasks.Sink, error) {
	return func(ctx context.Context, c tasks.Config) (tasks.Sink, error) {
		cfg, err := parse(c)
		if err != nil {
			return nil, err
		}
		return newSink(ctx, cfg)
	}
}

// preview returns what makes objects as a sink of such a configuration does, and hands them to show.
func preview(parse func(tasks.Config) (config, error)) func(c tasks.Config, show func(name string, content []byte)) (tasks.Sink, error) {
	return func(c tasks.Config, show func(name string, content []byte)) (tasks.Sink, error) {
		cfg, err := parse(c)
		if err != nil {
			return nil, err
		}
		return object.Preview(cfg.object, show), nil
	}
}

// sink is a connection to a bucket.
type sink struct{ store *store }

var _ tasks.EncodedSink = (*sink)(nil)

func newSink(ctx context.Context, cfg config) (tasks.Sink, error) {
	s, err := connect(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	if _, err := s.bucket.Attrs(ctx); err != nil {
		_ = s.client.Close()
		return nil, cfg.failure("look for the bucket", canceled(ctx, err))
	}
	return &sink{s}, nil
}

// Open returns a writer. It does not block.
func (s *sink) Open(_ context.Context, t tasks.SinkTask) (tasks.Writer, error) {
	return object.NewWriter(s.store.config.object, s.store, t)
}

// Encoding is the format's.
func (s *sink) Encoding() tasks.Encoding { return s.store.config.object.Encoding() }

// AcceptSchema asks the format.
func (s *sink) AcceptSchema(writer string, schema *tasks.Schema) bool {
	return s.store.config.object.Format.Accept(writer, schema)
}

// Close ends the client's connections.
func (s *sink) Close() error { return s.store.client.Close() }
