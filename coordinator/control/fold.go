package control

import (
	"context"
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// change folds a change of the stored state.
func (l *Loop) change(work context.Context, ch Change) {
	l.dirty = true
	switch {
	case ch.Connector != nil:
		l.changed(work, *ch.Connector)
		l.watch()
	case ch.Removed != "":
		if c := l.connectors[ch.Removed]; c != nil {
			c.removed = true
			c.stopPolling()
		}
		l.st.Removed(ch.Removed)
		l.watch()
	case ch.Restart != nil:
		c := l.connectors[ch.Restart.Connector]
		if c == nil {
			return
		}
		l.st.Restart(ch.Restart.Connector, ch.Restart.Task)
		if ch.Restart.Task < 0 && c.trace+c.taskTrace != "" {
			c.version = -1 // as new: try again what had failed before there was a task
			l.changed(work, c.stored)
		}
	case ch.Checkpoint != nil:
		l.st.Restore(*ch.Checkpoint)
		if c := l.connectors[ch.Checkpoint.Connector]; c != nil {
			c.committed(*ch.Checkpoint)
			l.replay(c)
		}
	}
}

func (l *Loop) result(r tasks.Result) {
	l.dirty = true
	now := time.Now()
	if r.Progress {
		l.st.Progress(r, now)
		return
	}
	counts := l.st.Result(r, now)
	l.cfg.Witness.Finished(&r, counts)
	if !counts {
		l.cfg.Log.Debug("result does not count", "connector", r.Connector, "stream", r.Slice.Stream.String(),
			"from", r.Slice.From, "to", r.Slice.To, "epoch", r.Epoch)
		return
	}
	l.used(&r)
	if f := r.Failure; f != nil && f.Kind == tasks.KindRetriable.String() {
		l.cfg.Log.Warn("lease failed; it is run again after a pause", "connector", r.Connector, "stream", r.Slice.Stream.String(),
			"from", r.Slice.From, "to", r.Slice.To, "attempt", r.Attempt, "err", f.Message)
	}
	if n := r.Counts.Tolerated; n > 0 {
		l.cfg.Log.Warn("records tolerated", "connector", r.Connector, "stream", r.Slice.Stream.String(),
			"from", r.Slice.From, "to", r.Slice.To, "records", n) // I8
	}
}

// used notes the topics that a lease had to do with, for the next turn.
func (l *Loop) used(r *tasks.Result) {
	n := r.Counts.Delivered + r.Counts.Filtered + r.Counts.Tail
	if r.Failure != nil {
		n-- // as in Connect a record that cannot be converted is no use of its topic
	}
	topics := r.Topics
	if r.Slice.Stream.Topic != "" && n > 0 {
		topics = []string{r.Slice.Stream.Topic}
	}
	for _, t := range topics {
		if use := (TopicUse{r.Connector, r.Task, t}); !slices.Contains(l.topics, use) {
			l.topics = append(l.topics, use)
		}
	}
}

// observed gives each observation to the sinks that read the topic.
func (l *Loop) observed(seen []plan.Observation) {
	now := time.Now()
	l.dirty = true
	for _, o := range seen {
		if _, again := l.seen[o.Stream]; again && l.once {
			continue
		}
		l.seen[o.Stream] = o
		for _, c := range l.connectors {
			if c.reads(o.Stream.Topic) {
				o.Connector = c.name
				l.st.Observed(o, now)
			}
		}
	}
}

// replay gives a connector what was seen before it came.
func (l *Loop) replay(c *connector) {
	now := time.Now()
	for _, o := range l.seen {
		if c.reads(o.Stream.Topic) {
			o.Connector = c.name
			l.st.Observed(o, now)
		}
	}
}

// departed folds an executor's end, or that it could not be started, which is a failure that may pass.
func (l *Loop) departed(g departure) {
	now, lease := time.Now(), &g.lease
	log := l.cfg.Log.With("connector", lease.Connector, "stream", lease.Slice.Stream.String(), "from", lease.Slice.From,
		"to", lease.Slice.To, "epoch", lease.Epoch, "error", g.err)
	if g.started && g.err == nil {
		l.st.ExecutorEnded(lease.Connector, lease.Slice.Stream, lease.Epoch, now)
		return
	}
	if g.started {
		if l.st.ExecutorGone(lease.Connector, lease.Slice.Stream, lease.Epoch, now) {
			l.cfg.Witness.Gone(lease, g.err)
			log.Warn("executor gone")
		}
		return
	}
	r := tasks.NewResult(lease)
	r.Fail(tasks.Retriable(g.err), "", -1)
	if l.st.Result(r, now) {
		l.cfg.Witness.Gone(lease, g.err)
		log.Warn("executor did not start")
	}
}
