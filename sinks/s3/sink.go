package s3

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Plugin describes the sink.
func Plugin() tasks.SinkPlugin {
	return tasks.SinkPlugin{
		Plugin: tasks.Plugin{
			Class:   "io.confluent.connect.s3.S3SinkConnector",
			Type:    tasks.SinkPluginType,
			Version: "12.1.9",
			Title:   "Objects in Amazon S3, exactly once",
			Config:  configDef(),
		},
		Family:   tasks.S3Family,
		Cut:      object.Cut,
		Validate: validate,
		New:      opener(newConfig),
		Preview:  preview(newConfig),
	}
}

// opener returns what makes a sink of such a configuration.
func opener(parse func(tasks.Config) (*config, error)) func(context.Context, tasks.Config) (tasks.Sink, error) {
	return func(ctx context.Context, c tasks.Config) (tasks.Sink, error) {
		cfg, err := parse(c)
		if err != nil {
			return nil, err
		}
		return newSink(ctx, cfg)
	}
}

// preview returns what makes objects as a sink of such a configuration does, and hands them to show.
func preview(parse func(tasks.Config) (*config, error)) func(c tasks.Config, show func(name string, content []byte)) (tasks.Sink, error) {
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

func newSink(ctx context.Context, cfg *config) (tasks.Sink, error) {
	client, err := connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	_, err = client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(cfg.bucket)})
	if err != nil && status(err) != http.StatusForbidden { // an identity may write objects without seeing the bucket
		return nil, cfg.failure(ctx, "look for the bucket", err)
	}
	return &sink{&store{config: cfg, client: client}}, nil
}

// Open returns a writer. It does not block.
func (s *sink) Open(_ context.Context, t tasks.SinkTask) (tasks.Writer, error) {
	return object.NewWriter(s.store.config.object, s.store, t)
}

// Encoding is the form of values that can be taken undecoded.
func (s *sink) Encoding() tasks.Encoding { return s.store.config.object.Encoding() }

// AcceptSchema asks the format.
func (s *sink) AcceptSchema(writer string, schema *tasks.Schema) bool {
	return s.store.config.object.Format.Accept(writer, schema)
}

// Close has nothing to give back: connections end by themselves.
func (s *sink) Close() error { return nil }
