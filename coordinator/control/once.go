package control

import (
	"context"
	"time"
)

// patience is how soon what is to be tried again must be due for RunOnce to wait for it; pauses double, so a trouble that stays ends
// the wait after about twice as long.
const patience = 10 * time.Second

// RunOnce loads the store and turns until what was there at the beginning is done: the ends of partitions count as they are seen first,
// splits of sources until they have no more. It returns whether it came through; false when ctx ended first, which is a clean stop as
// that of Run. The statuses stay: the next turn goes on. Its errors are those of Run.
func (l *Loop) RunOnce(ctx context.Context) (through bool, err error) {
	l.once = true
	l.st.Once()
	err = l.run(ctx, func() bool {
		through = l.idle(time.Now())
		return through
	})
	if spent := l.st.Unsaid(time.Now()); spent != nil && err == nil {
		_, err = l.cfg.Store.Commit(context.WithoutCancel(ctx), Decision{Spent: spent})
	}
	l.dirty, l.published = true, time.Time{}
	l.publish(time.Now(), time.Time{})
	return through && err == nil, err
}

// idle reports whether nothing is in flight, nothing is due soon, and nothing is still to be looked at.
func (l *Loop) idle(now time.Time) bool {
	if l.st.InFlight() > 0 || !l.cfg.Observer.Swept() || l.pending() { // in this order: what was swept is pending, or folded
		return false
	}
	for _, c := range l.connectors {
		if c.poller != nil && !c.looked {
			return false
		}
	}
	return !l.st.Again(now, now.Add(patience))
}
