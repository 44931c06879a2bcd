//go:build linux

package crash_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTurns makes turns instead of running a coordinator, while records come: several at once, of which some are killed, or told to end.
func TestTurns(t *testing.T) { eachSeed(t, turns) }

// rounds is how often turns are started in one scenario.
const rounds = 8

func turns(ctx context.Context, w *world) {
	file := w.properties("turn")
	w.write(ctx, *records/2)
	if code, log := w.turn(ctx, "first", file, w.connectorFile()); code != 0 || !strings.Contains(log, "through=true") {
		w.t.Fatalf("the first turn ended with code %d:\n%s", code, log)
	}
	if n := w.committed(ctx); n != int64(w.written) {
		w.t.Fatalf("one turn committed %d of %d records", n, w.written)
	}
	share := (*records - w.written) / rounds
	killed := 0
	for i := range rounds {
		w.write(ctx, share)
		a, b := w.start("a", "coordinator", "-once", file), w.start("b", "coordinator", "-once", file)
		w.pause(ctx, 300*time.Millisecond)
		if i%2 == 0 {
			_ = a.cmd.Process.Kill() // it may have ended
		} else {
			_ = a.cmd.Process.Signal(syscall.SIGTERM)
		}
		for _, p := range []*process{a, b} {
			switch code := w.code(ctx, p); code {
			case -1:
				killed++
			case 0, 4, 5:
			default:
				w.t.Errorf("turn %s ended with code %d", p.name, code)
			}
		}
	}
	w.write(ctx, *records-w.written)
	w.turn(ctx, "last", file)
	if code, log := w.turn(ctx, "idle", file); code != 0 || !strings.Contains(log, "leases=0 records=0") || !strings.Contains(log, "lag=0") {
		w.t.Errorf("a turn without work ended with code %d:\n%s", code, log)
	}
	w.verify(ctx)
	w.t.Logf("killed %d turns", killed)
	if killed == 0 {
		w.t.Error("no kill hit: the scenario shows nothing")
	}
}

// TestTurnBesideACoordinator: it does not take over from one that lives.
func TestTurnBesideACoordinator(t *testing.T) {
	eachSeed(t, func(ctx context.Context, w *world) {
		c := w.coordinator(ctx, "worker")
		w.createConnector(ctx, c)
		w.write(ctx, *records)
		code, log := w.turn(ctx, "turn", w.properties("worker"))
		if code != 0 || !strings.Contains(log, "another coordinator leads") {
			t.Errorf("the turn ended with code %d:\n%s", code, log)
		}
		w.awaitCommitted(ctx)
		c.stop(ctx, w.t)
		w.verify(ctx)
	})
}

// turn makes one turn and returns its exit code and its log.
func (w *world) turn(ctx context.Context, name string, args ...string) (code int, log string) {
	w.t.Helper()
	p := w.start(name, append([]string{"coordinator", "-once"}, args...)...)
	code = w.code(ctx, p)
	b, err := os.ReadFile(filepath.Join(w.dir, name+".log"))
	if err != nil {
		w.t.Fatal(err)
	}
	return code, string(b)
}

// code waits for a process's end; -1 is that of one that was killed.
func (w *world) code(ctx context.Context, p *process) int {
	w.t.Helper()
	select {
	case <-p.done:
	case <-ctx.Done():
		w.t.Fatalf("%s does not end", p.name)
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		w.t.Fatal(p.err)
	}
	return p.cmd.ProcessState.ExitCode()
}

func (w *world) connectorFile() string {
	w.t.Helper()
	body, err := json.Marshal(w.body())
	if err != nil {
		w.t.Fatal(err)
	}
	file := filepath.Join(w.dir, connector+".json")
	if err := os.WriteFile(file, body, 0o644); err != nil {
		w.t.Fatal(err)
	}
	return file
}
