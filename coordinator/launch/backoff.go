package launch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// The pause after failed launches in a row doubles from the first to the last of these.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
)

// Patient is a launcher that is not asked again for a while after it failed, each plugin family for itself, and in whose place another
// one may start executors meanwhile.
type Patient struct {
	name, fallbackName string
	next, fallback     Launcher
	family             func(l tasks.Lease) tasks.Family
	log                *slog.Logger

	mu     sync.Mutex
	pauses map[tasks.Family]*pause
	health Health
}

// pause is how a plugin family fares.
type pause struct {
	length time.Duration
	until  time.Time
	why    error
}

// Health is how a launcher fares, for metrics.
type Health struct {
	Launcher string
	// Failures are launches that failed, Fallbacks those that another launcher made in its place.
	Failures, Fallbacks int64
	// Paused are the plugin families for which it is not asked for a while.
	Paused int
}

var _ Launcher = (*Patient)(nil)

// NewPatient returns one by its name; fallback may be nil.
func NewPatient(name string, next Launcher, fallbackName string, fallback Launcher, family func(l tasks.Lease) tasks.Family, log *slog.Logger) *Patient {
	return &Patient{name: name, next: next, fallbackName: fallbackName, fallback: fallback, family: family, log: log, pauses: map[tasks.Family]*pause{},
		health: Health{Launcher: name}}
}

// Launch implements [Launcher].
func (p *Patient) Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error {
	if len(inv.Leases) == 0 {
		return p.next.Launch(ctx, inv, gone) // it says what is wrong
	}
	family := p.family(inv.Leases[0])
	err := p.paused(family)
	if err == nil {
		err = p.next.Launch(ctx, inv, gone)
		p.note(family, err)
	}
	if err == nil || p.fallback == nil || errors.Is(err, ErrClosed) {
		return err
	}
	if ctx.Err() != nil { // it was used up by waiting for room
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), fallbackLimit)
		defer cancel()
	}
	p.mu.Lock()
	p.health.Fallbacks++
	p.mu.Unlock()
	if second := p.fallback.Launch(ctx, inv, gone); second != nil {
		return fmt.Errorf("%w; and its fallback %s: %w", err, p.fallbackName, second)
	}
	return nil
}

// fallbackLimit bounds a fallback's start when the first launcher has used the time up.
const fallbackLimit = 5 * time.Second

// paused returns why the launcher is not asked for a family now.
func (p *Patient) paused(family tasks.Family) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.pauses[family]
	if s == nil || !time.Now().Before(s.until) {
		return nil
	}
	return fmt.Errorf("launcher %s is asked again in %s for executors of %s, because: %w", p.name, time.Until(s.until).Round(time.Millisecond), family, s.why)
}

// note notes how a launch went. What is the invitation's own fault, or passes by waiting, makes no pause.
func (p *Patient) note(family tasks.Family, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.pauses, family)
		return
	}
	p.health.Failures++
	if errors.Is(err, ErrRefused) || errors.Is(err, ErrBusy) || errors.Is(err, ErrClosed) || errors.Is(err, context.Canceled) {
		return
	}
	s := p.pauses[family]
	if s == nil {
		s = &pause{}
		p.pauses[family] = s
	}
	if time.Now().Before(s.until) {
		return // it had begun before the pause
	}
	s.length = min(max(firstPause, 2*s.length), lastPause)
	s.until, s.why = time.Now().Add(s.length), err
	p.log.Warn("the launcher fails; it is asked again after a pause", "launcher", p.name, "family", family, "pause", s.length, "fallback", p.fallbackName, "err", err)
}

// Health returns how the launcher fares.
func (p *Patient) Health() Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.health
	for _, s := range p.pauses {
		if time.Now().Before(s.until) {
			h.Paused++
		}
	}
	return h
}

// Close implements [Launcher].
func (p *Patient) Close(ctx context.Context) error {
	err := p.next.Close(ctx)
	if p.fallback != nil {
		err = errors.Join(err, p.fallback.Close(ctx))
	}
	return err
}
