package exec

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// encode transforms and converts one record, in Connect's order: transforms, header, key, value. Nil means filtered. A failure
// comes as a *stageError.
func (p *pipeline) encode(ctx context.Context, r *tasks.Record) (*kgo.Record, error) {
	if keep, err := p.transform(ctx, r); err != nil || !keep {
		return nil, err
	}
	kr := &kgo.Record{Topic: r.Topic, Partition: r.Partition}
	if r.Timestamp >= 0 {
		kr.Timestamp = millis(r.Timestamp)
	}
	for _, h := range r.Headers {
		var v []byte
		err := p.policy.retry(ctx, func() (err error) {
			v, err = p.conv.header.FromHeader(r.Topic, h.Key, h.Schema, h.Value)
			return err
		})
		if err != nil {
			return nil, &stageError{stageHeader, p.conv.headerClass, err}
		}
		kr.Headers = append(kr.Headers, kgo.RecordHeader{Key: h.Key, Value: v})
	}
	err := p.policy.retry(ctx, func() (err error) {
		kr.Key, err = p.conv.key.FromConnect(ctx, nil, r.Topic, r.KeySchema, r.Key)
		return err
	})
	if err != nil {
		return nil, &stageError{stageKey, p.conv.keyClass, err}
	}
	addHeaders(kr, p.conv.key)
	err = p.policy.retry(ctx, func() (err error) {
		kr.Value, err = p.conv.value.FromConnect(ctx, nil, r.Topic, r.ValueSchema, r.Value)
		return err
	})
	if err != nil {
		return nil, &stageError{stageValue, p.conv.valueClass, err}
	}
	addHeaders(kr, p.conv.value)
	return kr, nil
}

// addHeaders adds what c needs beside the bytes that it wrote just now.
func addHeaders(kr *kgo.Record, c tasks.Converter) {
	if adder, ok := c.(tasks.HeaderAdder); ok {
		for _, h := range adder.AddedHeaders() {
			kr.Headers = append(kr.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
	}
}
