package exec

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// Connect's names of the steps, as dead letters and logs show them.
const (
	stageKey       = "KEY_CONVERTER"
	stageValue     = "VALUE_CONVERTER"
	stageHeader    = "HEADER_CONVERTER"
	stageTransform = "TRANSFORMATION"
	stagePut       = "TASK_PUT"
	stageTaskPoll  = "TASK_POLL"
	stageConsume   = "KAFKA_CONSUME"
	stageProduce   = "KAFKA_PRODUCE"
	stageStart     = "START"
	sinkTaskClass  = "org.apache.kafka.connect.sink.SinkTask"

	sourceTaskClass = "org.apache.kafka.connect.source.SourceTask"
)

// converterSet is the three converters of a connector and the classes they go by.
type converterSet struct {
	key, value           tasks.Converter
	header               tasks.HeaderConverter
	keyClass, valueClass string
	headerClass          string
}

// newConverters makes the connector's converters. A converter named by the connector takes its properties from there alone;
// otherwise the worker's class with the worker's properties is used. They are never mixed, as in Connect.
func newConverters(config, worker map[string]string, extra []convert.Factory) (converterSet, error) {
	var c converterSet
	var err error
	var props map[string]string
	c.keyClass, props = converterProps("key.converter", config, worker)
	if c.key, err = convert.New(c.keyClass, props, true, extra...); err != nil {
		return c, err
	}
	c.valueClass, props = converterProps("value.converter", config, worker)
	if c.value, err = convert.New(c.valueClass, props, false, extra...); err != nil {
		return c, err
	}
	c.headerClass, props = converterProps("header.converter", config, worker)
	if c.headerClass == "" {
		c.headerClass = "org.apache.kafka.connect.storage.SimpleHeaderConverter"
	}
	c.header, err = convert.NewHeader(c.headerClass, props)
	return c, err
}

func converterProps(key string, config, worker map[string]string) (string, map[string]string) {
	if class, ok := config[key]; ok {
		return class, tasks.Prefixed(config, key+".")
	}
	return worker[key], tasks.Prefixed(worker, key+".")
}

// stageError is a failure of one record at one step.
type stageError struct {
	stage, class string
	err          error
}

func (e *stageError) Error() string { return e.err.Error() }
func (e *stageError) Unwrap() error { return e.err }

// pipeline converts and transforms the records of one sink lease.
type pipeline struct {
	conv   converterSet
	chain  *transform.Chain
	policy errorPolicy
	arena  *tasks.Arena

	// The shortcut: values go to the sink in its own encoding, undecoded.
	transcoder tasks.Transcoder
	encoding   tasks.Encoding
	accept     tasks.AcceptSchema
}

// shortcut turns the shortcut on where neither the chain nor the sink looks inside of values.
func (p *pipeline) shortcut(s tasks.Sink) {
	es, ok := s.(tasks.EncodedSink)
	if !ok || es.Encoding() == tasks.EncodingNone || p.chain.ChangesValue() {
		return
	}
	if t, ok := p.conv.value.(tasks.Transcoder); ok {
		p.transcoder, p.encoding, p.accept = t, es.Encoding(), es.AcceptSchema
	}
}

// convert makes the record of raw and sends it through the chain. keep is false when it was filtered. A failure comes as a
// *stageError; retriable ones were retried as errors.retry.* says.
func (p *pipeline) convert(ctx context.Context, raw *tasks.Raw, r *tasks.Record) (keep bool, err error) {
	*r = tasks.Record{Topic: raw.Topic, Partition: raw.Partition, Offset: raw.Offset, Timestamp: raw.Timestamp,
		TimestampType: raw.TimestampType, Raw: raw}
	if err := p.convertKey(ctx, raw, r); err != nil {
		return false, err
	}
	if err := p.convertValue(ctx, raw, r); err != nil {
		return false, err
	}
	for _, h := range raw.Headers {
		s, v, err := p.convertHeader(ctx, raw, &h)
		if err != nil {
			return false, err
		}
		r.Headers = append(r.Headers, tasks.Header{Key: h.Key, Schema: s, Value: v})
	}
	return p.transform(ctx, r)
}

// transform sends a record through the chain.
func (p *pipeline) transform(ctx context.Context, r *tasks.Record) (keep bool, err error) {
	if p.chain.Empty() {
		return true, nil
	}
	keep, alias, class, err := p.chain.Apply(p.arena, r)
	if err == nil {
		return keep, nil
	}
	err = &stageError{stageTransform, class, err}
	if tasks.KindOf(err) != tasks.KindRetriable || p.policy.retryTimeout == 0 {
		return false, err
	}
	return p.resume(ctx, r, alias, err)
}

// resume goes on with the chain at the transform that failed with err, each one again as errors.retry.* says.
func (p *pipeline) resume(ctx context.Context, r *tasks.Record, alias string, err error) (keep bool, _ error) {
	steps := p.chain.Steps()
	i := slices.IndexFunc(steps, func(s transform.Step) bool { return s.Alias() == alias })
	for keep = true; keep && i < len(steps); i++ {
		again := func() error {
			return p.step(stageTransform, steps[i].Class(), func() (err error) {
				_, keep, err = steps[i].Apply(p.arena, r)
				return err
			})
		}
		if err == nil {
			err = again()
		}
		if err != nil {
			err = p.policy.retryAfter(ctx, err, again)
		}
		if err != nil {
			return false, err
		}
	}
	return keep, nil
}

func (p *pipeline) convertHeader(ctx context.Context, raw *tasks.Raw, h *tasks.RawHeader) (s *tasks.Schema, v tasks.Value, err error) {
	if s, v, err = p.conv.header.ToHeader(p.arena, raw.Topic, h.Key, h.Value); err == nil {
		return s, v, nil
	}
	err = p.policy.retryAfter(ctx, &stageError{stageHeader, p.conv.headerClass, err}, func() error {
		return p.step(stageHeader, p.conv.headerClass, func() (err error) {
			s, v, err = p.conv.header.ToHeader(p.arena, raw.Topic, h.Key, h.Value)
			return err
		})
	})
	return s, v, err
}

// convertKey converts the key. The first try, here and of the value, is without a closure: it is the hot path.
func (p *pipeline) convertKey(ctx context.Context, raw *tasks.Raw, r *tasks.Record) (err error) {
	if r.KeySchema, r.Key, err = p.conv.key.ToConnect(ctx, p.arena, raw.Topic, raw.Headers, raw.Key); err == nil {
		return nil
	}
	return p.policy.retryAfter(ctx, &stageError{stageKey, p.conv.keyClass, err}, func() error {
		return p.step(stageKey, p.conv.keyClass, func() (err error) {
			r.KeySchema, r.Key, err = p.conv.key.ToConnect(ctx, p.arena, raw.Topic, raw.Headers, raw.Key)
			return err
		})
	})
}

func (p *pipeline) convertValue(ctx context.Context, raw *tasks.Raw, r *tasks.Record) error {
	if p.transcoder != nil && raw.Value != nil {
		if s, enc, ok := p.transcoder.Transcode(ctx, p.arena, p.encoding, p.accept, raw.Topic, raw.Headers, raw.Value); ok {
			r.ValueSchema, r.Encoded = s, enc
			return nil
		}
	}
	var err error
	if r.ValueSchema, r.Value, err = p.conv.value.ToConnect(ctx, p.arena, raw.Topic, raw.Headers, raw.Value); err == nil {
		return nil
	}
	return p.policy.retryAfter(ctx, &stageError{stageValue, p.conv.valueClass, err}, func() error {
		return p.step(stageValue, p.conv.valueClass, func() (err error) {
			r.ValueSchema, r.Value, err = p.conv.value.ToConnect(ctx, p.arena, raw.Topic, raw.Headers, raw.Value)
			return err
		})
	})
}

func (p *pipeline) step(stage, class string, f func() error) error {
	if err := f(); err != nil {
		return &stageError{stage, class, err}
	}
	return nil
}

// stageOf returns the step and class that err names, or those given.
func stageOf(err error, stage, class string) (string, string) {
	if se, ok := errors.AsType[*stageError](err); ok {
		return se.stage, se.class
	}
	return stage, class
}

func millis(ms int64) time.Time { return time.UnixMilli(ms) }
