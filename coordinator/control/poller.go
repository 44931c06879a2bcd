package control

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	// pollEvery is how often a source is asked for its splits; soon after progress, rarely when it fails.
	pollEvery, pollSoon, pollFailed = time.Second, 100 * time.Millisecond, 10 * time.Second
)

// polled is what one look at a source found.
type polled struct {
	connector string
	from      *poller
	seen      []plan.Observation
	dealt     []map[string]string // what the tasks' configurations have of their own, where the plugin deals splits out
	err       error
	made      bool // the source itself could be made
	moves     int  // how many moves of splits it knew of
}

// poller asks one source connector for its splits, in a goroutine of its own.
type poller struct {
	cancel context.CancelFunc
	done   chan struct{}
	kick   chan struct{}

	mu        sync.Mutex
	positions map[string]tasks.Position
	moves     int
}

func startPoller(ctx context.Context, connector string, s runnableSource, positions map[string]tasks.Position, out chan<- polled) *poller {
	ctx, cancel := context.WithCancel(ctx)
	p := &poller{cancel: cancel, done: make(chan struct{}), kick: make(chan struct{}, 1), positions: positions}
	go func() {
		defer close(p.done)
		p.run(ctx, connector, s, out)
	}()
	return p
}

// stop ends the poller and waits for it.
func (p *poller) stop() {
	p.cancel()
	<-p.done
}

// moved tells where a split stands, and looks again soon.
func (p *poller) moved(split string, at tasks.Position) {
	p.mu.Lock()
	p.positions[split] = at
	p.moves++
	p.mu.Unlock()
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

func (p *poller) known() (positions map[string]tasks.Position, moves int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.positions), p.moves
}

// current reports whether a look that knew of so many moves knew of all.
func (p *poller) current(moves int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return moves == p.moves
}

func (p *poller) run(ctx context.Context, connector string, s runnableSource, out chan<- polled) {
	var source tasks.Source
	defer func() {
		if source != nil {
			_ = source.Close() // nothing was written by it
		}
	}()
	before := map[string]bool{}
	told := -1 // the moves of which the last look knew that the loop heard of, if it found the source at work
	for {
		found := polled{connector: connector, from: p}
		pause := pollEvery
		if source == nil {
			source, found.err = s.plugin.New(ctx, s.config)
		}
		if found.made = found.err == nil; found.made {
			found.err = p.look(ctx, s, source, before, &found)
		}
		if found.err != nil {
			pause = pollFailed
		}
		if ctx.Err() != nil {
			return
		}
		if len(found.seen) > 0 || found.err != nil || told != found.moves {
			select {
			case out <- found:
			case <-ctx.Done():
				return
			}
			if told = found.moves; found.err != nil {
				told = -1
			}
		}
		if !p.sleep(ctx, pause) {
			return
		}
	}
}

// look lists the splits into found. Those that were there before and are no more have nothing pending.
func (p *poller) look(ctx context.Context, s runnableSource, source tasks.Source, before map[string]bool, found *polled) error {
	positions, moves := p.known()
	found.moves = moves
	splits, err := source.Splits(ctx, func(split string) tasks.Position { return positions[split] })
	if err != nil {
		return err
	}
	if s.plugin.Deal != nil {
		found.dealt = s.plugin.Deal(splits, s.tasks)
	}
	now := map[string]bool{}
	for _, s := range splits {
		now[s.Split] = true
		found.seen = append(found.seen, plan.Observation{Connector: found.connector, Stream: tasks.Stream{Split: s.Split}, Task: s.Task,
			Since: positions[s.Split], Until: s.End, Pending: s.Pending})
	}
	for split := range before {
		if !now[split] {
			found.seen = append(found.seen, plan.Observation{Connector: found.connector, Stream: tasks.Stream{Split: split}, Since: positions[split]})
		}
	}
	clear(before)
	maps.Copy(before, now)
	return nil
}

// sleep waits, shorter after progress; false when ctx has ended.
func (p *poller) sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.kick:
		t.Reset(pollSoon)
	case <-ctx.Done():
		return false
	}
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
