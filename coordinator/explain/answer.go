package explain

import (
	"context"
	"fmt"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/deadletter"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/coordinator/store"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// explanation is what is known for one connector.
type explanation struct {
	cfg       Config
	rec       Record
	stream    tasks.Stream
	state     *store.Inspection
	connector control.Connector
	log       bounds
	results   []tasks.Result
	queues    *deadletter.Queues
}

func (e *explanation) answer(ctx context.Context) (Answer, error) {
	cp, known := e.stands()
	a := Answer{Connector: e.connector.Name, Position: cp.Position, Attempts: e.attempts()}
	switch {
	case known && delivered(cp, e.rec.Offset):
		a.State = Delivered
		var err error
		if a.Letter, err = e.letter(ctx); err != nil {
			return a, err
		}
		if a.Letter != nil {
			a.State = DeadLetter
		} else if len(a.Attempts) == 0 {
			a.Reasons = append(a.Reasons, "the result of its lease is no longer in "+e.cfg.Worker.Topics.Result+": only that it was delivered is known")
		}
	case len(e.inFlight()) > 0:
		a.State = Running
	case e.rec.Offset >= e.log.end:
		a.State = Absent
		a.Reasons = append(a.Reasons, fmt.Sprintf("the partition ends at offset %d", e.log.end))
	case e.rec.Offset < e.log.start:
		a.State = Lost
		a.Reasons = append(a.Reasons, fmt.Sprintf("retention deleted it: the partition begins at offset %d", e.log.start))
	default:
		a.State = Waiting
		a.Reasons = e.why(cp)
	}
	return a, nil
}

// letter looks for the record's dead letter, where one may be.
func (e *explanation) letter(ctx context.Context) (*Letter, error) {
	topic := e.connector.Config[connector.DeadLetterKey]
	if topic == "" || e.connector.Config[exec.DeadLetterServers] != "" {
		return nil, nil
	}
	may := len(e.results) == 0 // then nobody knows
	for i := range e.results {
		may = may || e.results[i].Counts.DeadLetters > 0
	}
	if !may {
		return nil, nil
	}
	if there, err := e.queues.Existing(ctx, []string{topic}); err != nil || len(there) == 0 {
		return nil, err
	}
	for l, err := range e.queues.Letters(ctx, topic, deadletter.Filter{Connector: e.connector.Name, Origin: e.rec.Topic}) {
		if err != nil {
			return nil, err
		}
		if o := l.Context.Origin; o.Partition == e.rec.Partition && o.Offset == e.rec.Offset {
			return &Letter{Record{l.Topic, l.Partition, l.Offset}, l.Context.Stage, l.Context.Cause()}, nil
		}
	}
	return nil, nil
}

// why says why no lease is over a record that is there.
func (e *explanation) why(cp plan.Checkpoint) (reasons []string) {
	say := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	if t := e.connector.Target; t != plan.Started {
		say("the connector is %s", t)
	}
	if e.rec.Offset >= e.log.stable {
		say("it is behind an open transaction of its producer: readers of committed records see the partition up to offset %d", e.log.stable)
	}
	for task := -1; task < max(1, len(e.connector.Tasks)); task++ {
		if s, ok := e.state.Status(e.connector.Name, task); ok && s.State == control.Failed {
			what := fmt.Sprintf("task %d", task)
			if task < 0 {
				what = "the connector"
			}
			say("%s is FAILED: %s", what, cause(s.Trace))
		}
	}
	cut, err := e.cut()
	if err != nil {
		say("its configuration is refused: %v", err)
	}
	from := max(cp.Position, e.log.start)
	if there := e.log.stable - from; len(reasons) == 0 && there < cut.FlushSize {
		say("no file is full: %d of %d records are there from offset %d on (flush.size)", there, cut.FlushSize, from)
	}
	if cut.Every > 0 && len(reasons) == 0 {
		say("files are closed every %s", cut.Every)
	}
	if len(e.state.Leases) > 0 && len(reasons) == 0 {
		say("%d leases are in flight; tasks.max and mayfly.max.executors bound them", len(e.state.Leases))
	}
	if len(reasons) == 0 {
		say("no coordinator has got to it yet: one that runs grants it at once")
	}
	return reasons
}

func (e *explanation) cut() (tasks.Cut, error) {
	p, _ := e.cfg.Plugins.Sink(e.connector.Config[connector.ClassKey])
	if p.Cut == nil {
		return tasks.Cut{}, nil
	}
	c, errs := p.Config.Parse(e.connector.Config)
	if len(errs) > 0 {
		return tasks.Cut{}, errs[0]
	}
	return p.Cut(c)
}

// cause is the innermost cause that a trace names.
func cause(trace string) string {
	if i := strings.LastIndex(trace, "Caused by: "); i >= 0 {
		trace = trace[i+len("Caused by: "):]
	}
	return firstLine(trace)
}
