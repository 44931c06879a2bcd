package plan

import (
	"fmt"
	"time"
)

// Limits bound what runs at once. The zero value of a field takes the default.
type Limits struct {
	// MaxExecutors bounds the leases of all connectors at once; [DefaultExecutors].
	MaxExecutors int
	// SliceBytes is the estimated size of a slice; 64 MiB.
	SliceBytes int64
	// TTL is how long an executor may work, 4 minutes; Margin is added before its grant counts as dead, 30 s.
	TTL, Margin time.Duration
	// Silence is how long nothing may be heard of an executor whose end nobody would tell, before its grant counts as dead;
	// 3 s, three times the pause between two progress reports.
	Silence time.Duration
	// LaunchRate bounds the grants of a second; 0 does not.
	LaunchRate int
	// DayCost bounds what the executors of a day (UTC) cost, at SecondCost for each second that one runs; 0 does not.
	SecondCost, DayCost float64
}

// DefaultExecutors is how many executors may run at once where nothing else is said.
const DefaultExecutors = 100

func (l Limits) withDefaults() Limits {
	if l.MaxExecutors <= 0 {
		l.MaxExecutors = DefaultExecutors
	}
	if l.SliceBytes <= 0 {
		l.SliceBytes = 64 << 20
	}
	if l.TTL <= 0 {
		l.TTL = 4 * time.Minute
	}
	if l.Margin <= 0 {
		l.Margin = 30 * time.Second
	}
	if l.Silence <= 0 {
		l.Silence = 3 * time.Second
	}
	return l
}

// bucket bounds the grants of a second: it fills by the second, and holds what one second brings.
type bucket struct {
	tokens float64
	filled time.Time
}

// next returns when there is one to take: now, or later.
func (b *bucket) next(rate int, now time.Time) time.Time {
	if b.filled.IsZero() {
		b.tokens = float64(rate)
	}
	b.tokens = min(float64(rate), b.tokens+now.Sub(b.filled).Seconds()*float64(rate))
	b.filled = now
	if b.tokens >= 1 {
		return now
	}
	wait := time.Duration((1 - b.tokens) / float64(rate) * float64(time.Second))
	return now.Add(wait.Truncate(time.Millisecond) + time.Millisecond)
}

// purse is what the executors of a day have used.
type purse struct {
	spent   Spent
	stored  float64   // seconds, as last told
	counted time.Time // until when
	paying  int       // executors since then
	empty   bool      // told
}

// spentStep is how many seconds of executors are written at a time.
const spentStep = 60

// Spend takes up what was used before this coordinator came.
func (st *State) Spend(s Spent) { st.purse.spent, st.purse.stored = s, s.Seconds }

// account counts what executors have used since it last did.
func (st *State) account(now time.Time) {
	p := &st.purse
	if st.limits.DayCost <= 0 {
		return
	}
	from := p.counted
	if day := now.UTC().Truncate(24 * time.Hour); !day.Equal(p.spent.Day) {
		*p = purse{spent: Spent{Day: day}, paying: p.paying}
		if from.Before(day) && !from.IsZero() {
			from = day
		}
	}
	if !from.IsZero() {
		p.spent.Seconds += float64(p.paying) * now.Sub(from).Seconds()
	}
	p.counted = now
	if p.spent.Seconds-p.stored >= spentStep {
		st.out, p.stored = append(st.out, p.spent), p.spent.Seconds
	}
}

// broke reports whether the day's money is spent.
func (st *State) broke() bool {
	return st.limits.DayCost > 0 && st.purse.spent.Seconds*st.limits.SecondCost >= st.limits.DayCost
}

// withheld returns until when nothing may be granted; now when something may.
func (st *State) withheld(now time.Time) time.Time {
	if st.broke() {
		until := st.purse.spent.Day.Add(24 * time.Hour)
		if !st.purse.empty {
			st.purse.empty, st.purse.stored = true, st.purse.spent.Seconds
			st.out = append(st.out, st.purse.spent, Withheld{st.Withheld(), until})
		}
		return until
	}
	if st.limits.LaunchRate > 0 {
		return st.rate.next(st.limits.LaunchRate, now)
	}
	return now
}

// Withheld says why nothing is granted, for people; empty when something may be. The rate of launches is no matter.
func (st *State) Withheld() string {
	if !st.broke() {
		return ""
	}
	return fmt.Sprintf("executors have run for %.0f seconds since %s, which at mayfly.cost.executor.second=%g is mayfly.cost.day.max=%g: nothing more is started before the next day (UTC); raise it to go on",
		st.purse.spent.Seconds, st.purse.spent.Day.Format(time.DateOnly), st.limits.SecondCost, st.limits.DayCost)
}

// Cost returns what the executors of the day have cost so far.
func (st *State) Cost() float64 { return st.purse.spent.Seconds * st.limits.SecondCost }
