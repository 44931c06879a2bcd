package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// Inspector takes single records through the steps of a lease, with the code that runs leases, for who wants to see what is
// between the steps. It neither fetches nor delivers. It is for one goroutine.
type Inspector struct {
	pipe  pipeline
	steps []transform.Step
}

// Step is what one step made of a record.
type Step struct {
	// Stage is Connect's name of the step; Alias is a transform's name.
	Stage, Alias, Class string
	// Ran is false when a transform's predicate left the record out.
	Ran bool
}

// NewInspector makes the converters and the chain of a connector. worker holds the worker's converters; of env, it is those
// built in that count.
func NewInspector(env Env, config, worker map[string]string, kind tasks.ConnectorKind) (*Inspector, error) {
	i := &Inspector{}
	var err error
	if i.pipe.conv, err = newConverters(config, worker, env.Converters); err != nil {
		return nil, fmt.Errorf("make the converters: %w", err)
	}
	chain, err := transform.New(config, kind, env.Transforms...)
	if err != nil {
		return nil, fmt.Errorf("make the transforms: %w", err)
	}
	i.steps, i.pipe.chain = chain.Steps(), &transform.Chain{}
	return i, nil
}

// Sink converts and transforms a consumed record. visit sees it after each step; it must not keep it. The record's memory is
// from a. keep is false when it was filtered. An error is as [FailedStep] reads it.
func (i *Inspector) Sink(ctx context.Context, a *tasks.Arena, raw *tasks.Raw, visit func(Step, *tasks.Record)) (r tasks.Record, keep bool, err error) {
	i.pipe.arena = a
	if _, err = i.pipe.convert(ctx, raw, &r); err != nil {
		return r, false, err
	}
	visit(Step{Stage: "CONVERTER", Class: i.pipe.conv.valueClass, Ran: true}, &r)
	keep, err = i.transform(a, &r, visit)
	return r, keep, err
}

// Source transforms and encodes a record that a source has read, up to what would be produced. Nil means filtered.
func (i *Inspector) Source(ctx context.Context, a *tasks.Arena, r *tasks.Record, visit func(Step, *tasks.Record)) (*kgo.Record, error) {
	if keep, err := i.transform(a, r, visit); err != nil || !keep {
		return nil, err
	}
	return i.pipe.encode(ctx, r)
}

func (i *Inspector) transform(a *tasks.Arena, r *tasks.Record, visit func(Step, *tasks.Record)) (keep bool, err error) {
	for _, s := range i.steps {
		ran, keep, err := s.Apply(a, r)
		if err != nil {
			return false, &stageError{stageTransform, s.Class(), err}
		}
		if !keep {
			visit(Step{stageTransform, s.Alias(), s.Class(), ran}, nil)
			return false, nil
		}
		visit(Step{stageTransform, s.Alias(), s.Class(), ran}, r)
	}
	return true, nil
}

// FailedStep returns the step at which a record failed and the error there.
func FailedStep(err error) (stage, class string, cause error) {
	if se, ok := errors.AsType[*stageError](err); ok {
		return se.stage, se.class, se.err
	}
	return stagePut, sinkTaskClass, err
}
