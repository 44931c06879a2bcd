package plan

import (
	"fmt"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Action is one of [Grant], [Commit], [FailTask], [Lost], [Anew], [Spent], [Withheld] and [Forget]. All actions of one Next belong into one transaction.
type Action interface {
	fmt.Stringer
	action()
}

// Grant wants the lease written and then launched. Its epoch is not known yet; [State.Granted] tells it.
// Waiting is when the data behind the stream's position were first seen, zero when that is not known.
type Grant struct {
	Lease   tasks.Lease
	Waiting time.Time
}

// Commit wants a checkpoint written.
type Commit struct {
	Checkpoint Checkpoint
	// Moved says that the position is another than before.
	Moved bool
}

// FailTask says that a task has failed: its streams stop until a restart, which comes by itself at Until unless that is zero.
// Trace is what REST shows.
type FailTask struct {
	Connector string
	Task      int
	Trace     string
	Until     time.Time
}

// Lost says that retention deleted [From, To) before it was delivered, for the log and the metrics (I8).
type Lost struct {
	Connector string
	Stream    tasks.Stream
	From, To  int64
}

// Anew says that a topic was deleted and created again, and that the stream, which stood at Position, begins again (I8).
type Anew struct {
	Connector string
	Stream    tasks.Stream
	Position  int64
}

// Forget says that nothing of a removed connector runs any more: its grants may go. Its checkpoints stay, as in Connect.
type Forget struct{ Connector string }

// Spent wants written how many seconds the executors of a day have run: the whole truth for it (I7).
type Spent struct {
	Day     time.Time
	Seconds float64
}

// Withheld says that nothing is granted until then, because the day's money is spent.
type Withheld struct {
	Why   string
	Until time.Time
}

func (Spent) action()    {}
func (Withheld) action() {}
func (Grant) action()    {}
func (Commit) action()   {}
func (FailTask) action() {}
func (Lost) action()     {}
func (Anew) action()     {}
func (Forget) action()   {}

// String returns the action for people and scripts.
func (g Grant) String() string {
	l := g.Lease
	tail := ""
	if l.Slice.CloseTail {
		tail = " close"
	}
	return fmt.Sprintf("grant %s task %d %s%s attempt %d plan %s config %d", l.Connector, l.Task, l.Slice, tail, l.Attempt,
		l.PlanInstant().Format("15:04:05.000"), l.ConfigVersion)
}

func (c Commit) String() string {
	p := c.Checkpoint
	if p.Stream.Split != "" {
		return fmt.Sprintf("commit %s %s at %s", p.Connector, p.Stream, p.SourcePosition)
	}
	return fmt.Sprintf("commit %s %s at %d", p.Connector, p.Stream, p.Position)
}

func (f FailTask) String() string {
	until := ""
	if !f.Until.IsZero() {
		until = " until " + f.Until.Format("15:04:05.000")
	}
	return fmt.Sprintf("fail %s task %d%s: %s", f.Connector, f.Task, until, f.Trace)
}

func (l Lost) String() string {
	return fmt.Sprintf("lost %s %s[%d,%d) by retention", l.Connector, l.Stream, l.From, l.To)
}

func (a Anew) String() string {
	return fmt.Sprintf("anew %s %s which stood at %d", a.Connector, a.Stream, a.Position)
}

func (s Spent) String() string {
	return fmt.Sprintf("spent %.0f s on %s", s.Seconds, s.Day.Format(time.DateOnly))
}

func (w Withheld) String() string { return "withheld: " + w.Why }

func (f Forget) String() string { return "forget " + f.Connector }
