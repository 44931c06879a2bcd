package launch

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Start asks a platform once for an executor. It returns how to follow that until it has ended, or [ErrBusy] when the platform has no
// room: it is asked again then, after a pause.
type Start func(ctx context.Context) (Follow, error)

// Follow blocks until an executor has ended, and says how, as a launcher's gone does. fail ends it, with a reason. A nil Follow has
// ended already.
type Follow func(ctx context.Context, fail context.CancelCauseFunc) error

// Busy is an [ErrBusy] that says when it may be better.
type Busy struct {
	After time.Duration // zero when the platform does not say
	Why   error
}

func (b *Busy) Error() string { return fmt.Sprintf("%v: %v", ErrBusy, b.Why) }

// Unwrap makes it [ErrBusy] and its reason.
func (b *Busy) Unwrap() []error { return []error{ErrBusy, b.Why} }

// The pause before a platform without room is asked again, unless it says how long.
const firstAsk, lastAsk = 100 * time.Millisecond, 5 * time.Second

// errLeft is the end of an attendance with its launcher's.
var errLeft = errors.New("the launcher was closed; the executor goes on by itself")

// Remote starts an executor elsewhere and attends to it for no longer than limit. It returns when the platform has taken it,
// refused it, or not answered for settle, or until ctx ends: an executor that was asked for may be at work then, so that it counts as
// started. Zero settle waits for the answer as long as ctx does.
func (a *Attendants) Remote(ctx context.Context, limit, settle time.Duration, start Start, gone func(error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	at := &attendance{start: start, limit: limit, settle: settle, taken: make(chan error, 1), left: make(chan struct{})}
	if err := a.Go(func(life context.Context) { at.attend(life, gone) }); err != nil {
		return err
	}
	select {
	case err := <-at.taken:
		return err
	case <-ctx.Done():
		close(at.left)
		return <-at.taken
	}
}

// attendance is one executor elsewhere. All but the channels belongs to its goroutine.
type attendance struct {
	start         Start
	limit, settle time.Duration
	taken         chan error // says once whether the platform has taken it
	told          bool
	left          chan struct{} // closed when whoever waited for that does no more
}

// tell says whether the executor is taken, once; false when that was said before.
func (at *attendance) tell(err error) bool {
	if at.told {
		return false
	}
	at.told = true
	at.taken <- err
	return true
}

func (at *attendance) attend(life context.Context, gone func(error)) {
	ctx, cancel := context.WithCancelCause(life)
	defer cancel(nil)
	over := time.AfterFunc(at.limit, func() {
		cancel(fmt.Errorf("it hung: nothing more was waited for after %s, when its leases' time was over", at.limit))
	})
	defer over.Stop()
	follow, err := at.ask(ctx)
	if err != nil && life.Err() != nil {
		err = ErrClosed
	}
	if waited := at.tell(err); waited && err != nil {
		return
	}
	switch {
	case errors.Is(err, ErrBusy):
		err = nil // it has not run, which is no death
	case err == nil && follow != nil:
		err = follow(ctx, cancel)
	}
	if err != nil && ctx.Err() != nil {
		if err = context.Cause(ctx); errors.Is(err, context.Canceled) {
			err = errLeft
		}
	}
	gone(err)
}

// ask asks until the platform has room, or, while somebody waits for that, until he does no more.
func (at *attendance) ask(ctx context.Context) (Follow, error) {
	for pause := firstAsk; ; pause = min(2*pause, lastAsk) {
		follow, err := at.once(ctx)
		busy, ok := errors.AsType[*Busy](err)
		if !ok {
			return follow, err
		}
		wait, left := pause, at.left
		if busy.After > 0 {
			wait = min(busy.After, lastAsk)
		}
		if at.told {
			left = nil
		}
		select {
		case <-time.After(wait):
		case <-left:
			return nil, err
		case <-ctx.Done():
			return nil, err
		}
	}
}

// once asks once. When the answer is not waited for any more, it says that the executor counts as started.
func (at *attendance) once(ctx context.Context) (Follow, error) {
	type answer struct {
		follow Follow
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		follow, err := at.start(ctx)
		answered <- answer{follow, err}
	}()
	left := at.left
	var settled <-chan time.Time
	if at.settle > 0 && !at.told {
		t := time.NewTimer(at.settle)
		defer t.Stop()
		settled = t.C
	}
	for {
		select {
		case a := <-answered:
			return a.follow, a.err
		case <-left:
			left = nil
			at.tell(nil)
		case <-settled:
			at.tell(nil)
		}
	}
}
