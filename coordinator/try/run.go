package try

import (
	"context"
	"errors"
	"fmt"

	"github.com/mayfly-connect/mayfly/coordinator/printable"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/exec"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// Connector is what is tried.
type Connector struct {
	Name   string
	Config map[string]string
	// Worker holds the worker's converters.
	Worker     map[string]string
	Plugins    tasks.Plugins
	Converters []convert.Factory
	Transforms []transform.Factory
}

func (c *Connector) env() exec.Env {
	return exec.Env{Converters: c.Converters, Transforms: c.Transforms}
}

// Report is what became of all samples.
type Report struct {
	Connector string `json:"connector"`
	Class     string `json:"class"`
	Delivered int    `json:"delivered"`
	Filtered  int    `json:"filtered"`
	Failed    int    `json:"failed"`
	// Records are in the order of the samples.
	Records []Record `json:"records"`
	// Objects are what the delivered records make together, closed at the samples' end; nil where the sink cannot tell.
	Objects []Object `json:"objects,omitempty"`
	// Trouble is why the sink would stop at all of them together.
	Trouble string `json:"trouble,omitempty"`
}

// Record is what became of one sample.
type Record struct {
	Topic     string `json:"topic,omitempty"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	// Position is a source's, behind the record.
	Position string   `json:"position,omitempty"`
	Read     *Kafka   `json:"read,omitempty"`
	Stages   []Stage  `json:"stages"`
	Outcome  Outcome  `json:"outcome"`
	Failure  *Failure `json:"failure,omitempty"`
	// Output is what a sink writes of this record alone. Object is the one of Report.Objects that holds it; empty when the
	// sink does not say.
	Output []Object `json:"output,omitempty"`
	Object string   `json:"object,omitempty"`
	// Produced is what a source would write to Kafka.
	Produced *Kafka `json:"produced,omitempty"`
}

// Outcome says how a sample ends.
type Outcome string

// The outcomes.
const (
	Delivered Outcome = "delivered"
	Filtered  Outcome = "filtered"
	Failed    Outcome = "failed"
)

// Stage is the record after one step.
type Stage struct {
	Stage string `json:"stage"`
	Alias string `json:"alias,omitempty"`
	Class string `json:"class"`
	// Ran is false when a transform's predicate left the record out.
	Ran bool `json:"ran"`
	// Fields are nil when the step filtered the record. Changes are against the stage before; nil for the first one.
	Fields  []Field  `json:"fields"`
	Changes []Change `json:"changes,omitempty"`
}

// Failure is why a record fails, and what becomes of it then.
type Failure struct {
	Stage     string `json:"stage"`
	Class     string `json:"class"`
	Exception string `json:"exception"`
	Message   string `json:"message"`
	// Causes are the exceptions behind it, class and message each.
	Causes []string `json:"causes,omitempty"`
	Fate   string   `json:"fate"`
}

// Object is something that is written, such as an object or the lines of a file.
type Object struct {
	Name string `json:"name"`
	Size int    `json:"size"`
	// Records is how many it holds, of offsets [From, To); 0 when the sink does not say.
	Records int64            `json:"records,omitempty"`
	From    int64            `json:"from"`
	To      int64            `json:"to"`
	Content *printable.Bytes `json:"content,omitempty"`
}

// Sink takes samples through a sink connector. An error is one of the configuration, or ctx's end.
func Sink(ctx context.Context, c Connector, samples []tasks.Raw) (*Report, error) {
	inspector, err := exec.NewInspector(c.env(), c.Config, c.Worker, tasks.SinkKind)
	if err != nil {
		return nil, fmt.Errorf("connector %s: %w", c.Name, err)
	}
	sink, err := newPreview(c)
	if err != nil {
		return nil, fmt.Errorf("connector %s: %w", c.Name, err)
	}
	report := &Report{Connector: c.Name, Class: c.Config["connector.class"], Records: make([]Record, 0, len(samples))}
	var delivered []tasks.Record
	for i := range samples {
		raw := &samples[i]
		out := Record{Topic: raw.Topic, Partition: raw.Partition, Offset: raw.Offset, Read: kafka(raw.Key, raw.Value, raw.Headers)}
		r, keep, err := inspector.Sink(ctx, &tasks.Arena{}, raw, out.visit)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && keep && sink != nil {
			out.Output, err = sink.alone(ctx, &r)
		}
		switch {
		case err != nil:
			out.Outcome, out.Failure = Failed, c.failure(err)
			report.Failed++
		case !keep:
			out.Outcome = Filtered
			report.Filtered++
		default:
			out.Outcome = Delivered
			report.Delivered++
			delivered = append(delivered, r)
		}
		report.Records = append(report.Records, out)
	}
	if sink != nil {
		if report.Objects, err = sink.together(ctx, delivered); err != nil {
			report.Trouble = err.Error()
		}
		report.place()
	}
	return report, nil
}

// place says of each delivered record which object holds it.
func (r *Report) place() {
	for i := range r.Records {
		for _, o := range r.Objects {
			if rec := &r.Records[i]; len(rec.Output) > 0 && o.From <= rec.Offset && rec.Offset < o.To && sameFolder(o.Name, rec.Output[0].Name) {
				rec.Object = o.Name
				break
			}
		}
	}
}

// visit notes the record after a step.
func (r *Record) visit(s exec.Step, rec *tasks.Record) {
	stage := Stage{Stage: s.Stage, Alias: s.Alias, Class: s.Class, Ran: s.Ran}
	if rec != nil {
		stage.Fields = Fields(rec)
		if n := len(r.Stages); n > 0 {
			stage.Changes = Diff(r.Stages[n-1].Fields, stage.Fields)
		}
	}
	r.Stages = append(r.Stages, stage)
}

// failure says why a record fails and what the connector's errors.* settings make of it.
func (c *Connector) failure(err error) *Failure {
	stage, class, cause := exec.FailedStep(err)
	e := tasks.AsException(cause)
	f := &Failure{Stage: stage, Class: class, Exception: e.Class, Message: e.Error()}
	for err := e.Cause; err != nil; {
		cause := tasks.AsException(err)
		f.Causes = append(f.Causes, cause.Class+": "+cause.Error())
		err = cause.Cause
	}
	var refused *refusal
	dlq, then := c.Config["errors.deadletterqueue.topic.name"], "tolerated"
	if _, isSource := c.Plugins.Source(c.Config["connector.class"]); isSource {
		dlq, then = c.Config[exec.SourceDeadLetterTopic], "read again after a pause"
	}
	switch {
	case stage == stagePut && !errors.As(err, &refused), c.Config["errors.tolerance"] != "all":
		f.Fate = "the task fails"
		if dlq != "" && (stage != stagePut || refused != nil) {
			f.Fate += ", with a dead letter in " + dlq
		}
	case tasks.KindOf(cause) == tasks.KindRetriable:
		f.Fate = "it is tried again as errors.retry.timeout says, then " + then
	case dlq != "":
		f.Fate = "a dead letter in " + dlq
	default:
		f.Fate = "tolerated: the record is skipped"
	}
	return f
}
