// Package trace makes OpenTelemetry spans of what becomes of leases, and sends them as the OTEL_* variables say.
//
// Each attempt at a slice is a trace of its own: the lease, from the moment when its data were seen until its checkpoint is
// written; below it the transaction that grants it, the launch, the executor's run and the commit; and below the run what the
// executor did. Executors export nothing themselves: their results say when they did what, which keeps them small and lets them
// end at once. The lease carries the trace's context to them, for their logs.
package trace

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Tracer makes the spans. Safe for concurrent use. Close it.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   api.Tracer

	mu   sync.Mutex
	open map[lane]*attempt
}

var _ control.Witness = (*Tracer)(nil)

// lane is a stream of a connector, of which one lease is under way at a time.
type lane struct {
	connector string
	stream    tasks.Stream
}

type attempt struct {
	epoch int64
	ctx   context.Context //nolint:containedctx // the only form in which the SDK takes a parent
	span  api.Span
}

// Asked reports whether the environment asks for traces: it names an endpoint or the exporter otlp, and turns neither off.
func Asked() bool {
	exporter := strings.ToLower(os.Getenv("OTEL_TRACES_EXPORTER"))
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") || exporter != "" && exporter != "otlp" {
		return false
	}
	return exporter == "otlp" || os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")+os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// New returns a tracer that sends to where OTEL_EXPORTER_OTLP_* says, over HTTP.
func New(ctx context.Context, version string, log *slog.Logger) (*Tracer, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("make the exporter of traces, as OTEL_EXPORTER_OTLP_* say: %w", err)
	}
	own := resource.NewSchemaless(attribute.String("service.name", "mayfly"), attribute.String("service.version", version))
	res, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithHost())
	if err == nil {
		res, err = resource.Merge(own, res) // what the environment says goes before
	}
	if err != nil {
		return nil, fmt.Errorf("describe this process for traces, as OTEL_RESOURCE_ATTRIBUTES says: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces were not sent", "err", err) }))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(res))
	return &Tracer{provider: provider, tracer: provider.Tracer("github.com/mayfly-connect/mayfly"), open: map[lane]*attempt{}}, nil
}

// Close sends what is left.
func (t *Tracer) Close(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.open {
		a.span.End()
	}
	clear(t.open)
	return t.provider.Shutdown(ctx)
}

// Granted implements [control.Witness].
func (t *Tracer) Granted(l *tasks.Lease, waiting, begun time.Time) {
	start := begun
	if l.Attempt == 1 && !waiting.IsZero() {
		start = waiting
	}
	ctx, span := t.tracer.Start(context.Background(), "lease "+l.Connector, api.WithNewRoot(), api.WithTimestamp(start), api.WithAttributes(describe(l)...)) //nolint:forbidigo // a lease outlives the turn
	_, grant := t.tracer.Start(ctx, "grant", api.WithTimestamp(begun))
	grant.End()
	sc := span.SpanContext()
	l.TraceParent = fmt.Sprintf("00-%s-%s-%s", sc.TraceID(), sc.SpanID(), sc.TraceFlags())
	k := lane{l.Connector, l.Slice.Stream}
	t.mu.Lock()
	defer t.mu.Unlock()
	if former := t.open[k]; former != nil {
		former.span.End()
	}
	t.open[k] = &attempt{l.Epoch, ctx, span}
}

func describe(l *tasks.Lease) []attribute.KeyValue {
	out := []attribute.KeyValue{attribute.String("mayfly.lease", l.ID), attribute.String("mayfly.connector", l.Connector), attribute.Int("mayfly.task", l.Task),
		attribute.String("mayfly.kind", string(l.Kind)), attribute.Int64("mayfly.epoch", l.Epoch), attribute.Int("mayfly.attempt", l.Attempt)}
	if s := l.Slice.Stream; s.Topic != "" {
		return append(out, attribute.String("messaging.system", "kafka"), attribute.String("messaging.destination.name", s.Topic),
			attribute.Int("messaging.destination.partition.id", int(s.Partition)), attribute.Int64("mayfly.from", l.Slice.From), attribute.Int64("mayfly.to", l.Slice.To))
	}
	return append(out, attribute.String("mayfly.split", l.Slice.Stream.Split))
}

// under returns the attempt at a stream, if it is under way under the epoch.
func (t *Tracer) under(connector string, s tasks.Stream, epoch int64, end bool) *attempt {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := lane{connector, s}
	a := t.open[k]
	if a == nil || a.epoch != epoch {
		return nil
	}
	if end {
		delete(t.open, k)
	}
	return a
}

// Launched implements [control.Witness].
func (t *Tracer) Launched(l *tasks.Lease, begun time.Time, err error) {
	a := t.under(l.Connector, l.Slice.Stream, l.Epoch, false)
	if a == nil {
		return
	}
	_, span := t.tracer.Start(a.ctx, "launch", api.WithTimestamp(begun))
	failed(span, err)
	span.End()
}

func failed(span api.Span, err error) {
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
}

// Gone implements [control.Witness].
func (t *Tracer) Gone(l *tasks.Lease, err error) {
	if a := t.under(l.Connector, l.Slice.Stream, l.Epoch, true); a != nil {
		failed(a.span, fmt.Errorf("the executor is gone: %w", err))
		a.span.End()
	}
}

// Finished implements [control.Witness].
func (t *Tracer) Finished(r *tasks.Result, counts bool) {
	a := t.under(r.Connector, r.Slice.Stream, r.Epoch, false)
	if a == nil || !counts {
		return
	}
	t.run(a, r)
	c := &r.Counts
	a.span.SetAttributes(attribute.Int64("mayfly.records", c.Records), attribute.Int64("mayfly.delivered", c.Delivered),
		attribute.Int64("mayfly.dead_letters", c.DeadLetters), attribute.Int64("mayfly.bytes", c.Bytes))
	if f := r.Failure; f != nil {
		a.span.SetStatus(codes.Error, f.Message)
		stayed := r.Position == r.Slice.From && r.SourcePosition == r.Slice.Since
		if f.Kind == tasks.KindRetriable.String() && stayed && t.under(r.Connector, r.Slice.Stream, r.Epoch, true) != nil {
			a.span.End() // nothing is committed of it
		}
	}
}

// run makes the spans of what the executor did, by its own clock.
func (t *Tracer) run(a *attempt, r *tasks.Result) {
	if r.Started == 0 {
		return
	}
	start := time.UnixMilli(r.Started)
	ctx, span := t.tracer.Start(a.ctx, "execute", api.WithTimestamp(start), api.WithAttributes(attribute.String("mayfly.executor", r.Executor)))
	at := func(micros int64) time.Time { return start.Add(time.Duration(micros) * time.Microsecond) }
	for _, s := range r.Steps {
		_, step := t.tracer.Start(ctx, s.Name, api.WithTimestamp(at(s.From)), api.WithAttributes(attribute.Float64("mayfly.busy_ms", float64(s.Busy)/1000),
			attribute.Int64("mayfly.parts", s.Parts), attribute.Float64("mayfly.longest_ms", float64(s.Longest)/1000)))
		step.End(api.WithTimestamp(at(s.To)))
	}
	if f := r.Failure; f != nil {
		span.SetStatus(codes.Error, f.Message)
	}
	span.End(api.WithTimestamp(start.Add(time.Duration(r.DurationMs) * time.Millisecond)))
}

// Committed implements [control.Witness].
func (t *Tracer) Committed(cp *plan.Checkpoint, begun time.Time) {
	a := t.under(cp.Connector, cp.Stream, cp.Epoch, true)
	if a == nil {
		return
	}
	_, span := t.tracer.Start(a.ctx, "commit", api.WithTimestamp(begun))
	span.End()
	a.span.End()
}

// Became implements [control.Witness]: a trace is of leases.
func (t *Tracer) Became(_, _ *control.Status) {}
