package plan

import (
	"maps"
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// ConnectorChanged folds a new connector, a new configuration or a new target state. A new configuration clears failures
// and back-offs, as Connect restarts the tasks; leases in flight go on under the old one until their result or deadline.
func (st *State) ConnectorChanged(spec ConnectorSpec) {
	c := st.connectors[spec.Name]
	if c == nil {
		c = &connector{streams: map[tasks.Stream]*stream{}, failed: map[int]failure{}, restarts: map[int]int{}}
		st.connectors[spec.Name] = c
		i, _ := slices.BinarySearch(st.order, spec.Name)
		st.order = slices.Insert(st.order, i, spec.Name)
		st.out = slices.DeleteFunc(st.out, func(a Action) bool { return a == Action(Forget{spec.Name}) })
	}
	changed := c.spec.ConfigVersion != spec.ConfigVersion || c.removed
	c.spec, c.removed = spec, false
	if changed {
		clear(c.failed)
		clear(c.restarts)
	}
	for _, s := range c.sorted() {
		if changed {
			s.calm()
			s.trouble.grow = 0
			s.need = s.neededEnd()
		}
		s.touch()
	}
	for _, cp := range st.left[spec.Name] { // as in Connect, who comes again goes on where it stood
		st.Restore(cp)
	}
	delete(st.left, spec.Name)
}

// Removed folds a connector's deletion. Leases in flight may still report; after the last one, Next says [Forget].
func (st *State) Removed(name string) {
	if c := st.connectors[name]; c != nil {
		c.removed = true
		st.drained(c)
	}
}

// drained forgets a removed connector of which nothing runs.
func (st *State) drained(c *connector) {
	if !c.removed || c.live > 0 {
		return
	}
	delete(st.connectors, c.spec.Name)
	st.order = slices.DeleteFunc(st.order, func(n string) bool { return n == c.spec.Name })
	for _, s := range c.sorted() {
		s.look, s.wake = time.Time{}, time.Time{} // its timers no longer count
		if s.placed {
			st.left[c.spec.Name] = append(st.left[c.spec.Name], s.at)
		}
	}
	st.out = append(st.out, Forget{c.spec.Name})
}

// Restart clears the failure of a task, or of all when task is negative.
func (st *State) Restart(name string, task int) {
	c := st.connectors[name]
	if c == nil {
		return
	}
	if task < 0 {
		clear(c.failed)
		clear(c.restarts)
	}
	delete(c.failed, task)
	delete(c.restarts, task)
	for _, s := range c.sorted() {
		if task < 0 || s.task() == task {
			s.again()
		}
	}
}

// Restore sets where a stream stands: from the store at the start, or because the user moved the offsets of a stopped
// connector. It is the one way backwards; whatever was granted of the stream is void. For a connector that is not known it
// is kept until that comes.
func (st *State) Restore(cp Checkpoint) {
	c := st.connectors[cp.Connector]
	if c == nil {
		rest := slices.DeleteFunc(st.left[cp.Connector], func(old Checkpoint) bool { return old.Stream == cp.Stream })
		st.left[cp.Connector] = append(rest, cp)
		return
	}
	s := c.stream(cp.Stream)
	st.voidAll(s)
	s.placed, s.guessed = !cp.Unset, false
	cp.Reach = max(cp.Reach, s.at.Reach)
	s.at, s.waiting, s.trouble.grow, s.trouble.hunt = cp, time.Time{}, 0, hunt{}
	s.at.Unset, s.repeated = false, tasks.Slice{}
	if s.at.TopicID == "" {
		s.at.TopicID = s.seen.TopicID // the user means the topic that is there
	}
	if !s.placed && s.observed {
		st.place(s, &s.seen)
	}
	s.need = s.neededEnd()
	s.touch()
}

// Resume takes over a grant of the former coordinator. It is live until its result, while its executor is heard of, and at the
// most until its deadline counted from now, which is later than the true one: perhaps its executor was never started, or died
// with nobody to tell. A grant that a checkpoint has overtaken is ignored.
func (st *State) Resume(l tasks.Lease, now time.Time) {
	c := st.connectors[l.Connector]
	if c == nil {
		return
	}
	s := c.stream(l.Slice.Stream)
	if s.at.Ended(l.Epoch) || !st.fits(s, &l) {
		return
	}
	if !s.placed || s.guessed && l.Slice.From < s.at.Position {
		s.placed, s.guessed = true, true
		s.at.Position, s.at.SourcePosition = l.Slice.From, l.Slice.Since
	}
	if s.at.TopicID == "" {
		s.at.TopicID = l.Slice.TopicID
	}
	g := &grant{lease: l, entry: l.Epoch, live: true, deadline: st.deadline(&l, now)}
	s.put(g)
	c.live++
	st.live++
	st.listen(s, g, now)
}

// fits makes room for a grant that is taken over: of two that cannot both be in force, the newer one is.
func (st *State) fits(s *stream, l *tasks.Lease) bool {
	for _, g := range slices.Clone(s.grants) {
		o := &g.lease
		if o.Lane != l.Lane && s.c.spec.Kind == tasks.SinkKind && (o.Slice.To <= l.Slice.From || l.Slice.To <= o.Slice.From) {
			continue
		}
		if o.Epoch > l.Epoch {
			return false
		}
		st.void(s, g)
	}
	return true
}

// sorted returns the streams in a fixed order.
func (c *connector) sorted() []*stream {
	all := slices.Collect(maps.Values(c.streams))
	slices.SortFunc(all, func(a, b *stream) int { return compare(a.id, b.id) })
	return all
}
