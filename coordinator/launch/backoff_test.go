package launch_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/tasks"
)

// platform answers launches with an error, or none.
type platform struct {
	err   error
	asked int
}

func (p *platform) Launch(_ context.Context, _ tasks.Invitation, gone func(error)) error {
	p.asked++
	if p.err == nil {
		gone(nil)
	}
	return p.err
}

func (p *platform) Close(context.Context) error { return nil }

func TestPatient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first, second := &platform{err: errors.New("the platform is away")}, &platform{}
		family := func(l tasks.Lease) tasks.Family { return tasks.Family(l.Connector) }
		alone := launch.NewPatient("lambda", first, "", nil, family, slog.New(slog.DiscardHandler))
		pair := launch.NewPatient("lambda", first, "process", second, family, slog.New(slog.DiscardHandler))
		try := func(l launch.Launcher, family string) error {
			return l.Launch(t.Context(), tasks.Invitation{Leases: []tasks.Lease{{Connector: family}}}, func(error) {})
		}
		asks := func(want int) {
			t.Helper()
			if first.asked != want {
				t.Errorf("asked %d times, want %d", first.asked, want)
			}
		}
		for range 3 {
			if err := try(alone, "s3"); err == nil || !strings.Contains(err.Error(), "the platform is away") {
				t.Errorf("got %v", err)
			}
		}
		asks(1) // the others came while it paused
		if err := try(alone, "gcs"); err == nil {
			t.Error("no error")
		}
		asks(2) // a family of its own
		time.Sleep(600 * time.Millisecond)
		_ = try(alone, "s3")
		asks(3)
		time.Sleep(600 * time.Millisecond)
		_ = try(alone, "s3")
		asks(3) // the second pause is longer
		if h := alone.Health(); h.Paused != 1 || h.Failures != 3 || h.Fallbacks != 0 {
			t.Errorf("health %+v", h)
		}
		time.Sleep(time.Second)
		first.err = nil
		if err := try(alone, "s3"); err != nil {
			t.Error(err)
		}
		first.err = fmt.Errorf("%w: too large", launch.ErrRefused) // the invitation's own fault
		_ = try(alone, "s3")
		_ = try(alone, "s3")
		asks(6)
		if h := alone.Health(); h.Paused != 0 {
			t.Errorf("health %+v", h)
		}
		// With a fallback nobody notices.
		for range 3 {
			if err := try(pair, "s3"); err != nil {
				t.Error(err)
			}
		}
		second.err = errors.New("no room")
		if err := try(pair, "s3"); err == nil || !strings.Contains(err.Error(), "too large") || !strings.Contains(err.Error(), "process: no room") {
			t.Errorf("got %v", err)
		}
		if h := pair.Health(); h.Fallbacks != 4 {
			t.Errorf("health %+v", h)
		}
	})
}
