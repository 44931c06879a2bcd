package plan

import "time"

// Once says that nobody will look at this state for a while after what is there is done: what waits for its slot is due now.
func (st *State) Once() { st.once = true }

// slot is when the tail behind a stream's head falls due.
func (st *State) slot(s *stream, now time.Time) time.Time {
	if st.once {
		return now
	}
	return slotAfter(s.waiting, s.c.spec.Cut.Every, s.c.spec.Cut.Zone)
}

// Again reports whether more is to be granted before a time: what waits for the rate of launches, and what is tried again after now. It
// looks at every stream: not for each turn of a loop.
func (st *State) Again(now, before time.Time) bool {
	soon := func(at time.Time) bool { return at.After(now) && at.Before(before) }
	for _, c := range st.connectors {
		if c.removed || c.spec.Target != Started {
			continue
		}
		if len(c.ready) > 0 && !st.broke() {
			return true
		}
		for _, s := range c.streams {
			if s.trouble.retries > 0 && s.pending() && soon(s.trouble.notBefore) {
				return true
			}
			for _, g := range s.grants {
				if !g.live && !g.faulty && soon(g.notBefore) {
					return true
				}
			}
		}
	}
	return false
}

// Unsaid returns what executors have used, where not all of it was told; nil otherwise.
func (st *State) Unsaid(now time.Time) *Spent {
	st.account(now)
	if st.purse.spent.Seconds <= st.purse.stored {
		return nil
	}
	st.purse.stored = st.purse.spent.Seconds
	return &st.purse.spent
}
