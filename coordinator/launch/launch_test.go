package launch_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/coordinator/launch/launchtest"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	executorName = "mayfly-process-core"
	secret       = "hunter-2"
	// coordinateEnv names the folder of the executors for the test's binary as a coordinator.
	coordinateEnv = "LAUNCHTEST_COORDINATE"
)

// TestMain makes the test's binary an executor, or a coordinator, where it is started as one.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == executorName {
		os.Exit(launchtest.Executor(os.Stdin))
	}
	if dir := os.Getenv(coordinateEnv); dir != "" {
		launchtest.Coordinate(process(dir), os.Stdin, os.Stdout)
	}
	os.Exit(m.Run())
}

func process(dir string) *launch.Process {
	return &launch.Process{Dir: dir, Family: func(tasks.Lease) tasks.Family { return tasks.CoreFamily },
		Kafka: map[string]string{"sasl.jaas.config": secret}, Idle: time.Second}
}

// executors returns a folder with the test's binary as an executor.
func executors(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, executorName)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestProcess(t *testing.T) {
	dir := executors(t)
	launchtest.Suite(t, launchtest.UnderTest{
		New: func(*testing.T) launch.Launcher { return process(dir) },
		Broken: []launchtest.Broken{
			{Why: "no binary", New: func(t *testing.T) launch.Launcher { return process(t.TempDir()) },
				Says: []string{"start an executor process", executorName, "mayfly.executor.dir", "make build"}},
			{Why: "no right to run it", New: func(t *testing.T) launch.Launcher {
				dir := t.TempDir()
				if err := os.WriteFile(filepath.Join(dir, executorName), []byte("text"), 0o644); err != nil {
					t.Fatal(err)
				}
				return process(dir)
			}, Says: []string{"start an executor process", executorName, "permission denied"}},
		},
		Processes: true,
		Warm:      true,
		Hungry: func(_ *testing.T, bytes int64) launch.Launcher {
			l := process(dir)
			l.Memory = bytes
			return l
		},
		Limit:  tasks.InvitationLimit,
		Secret: secret,
		Coordinator: func(t *testing.T) *exec.Cmd {
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(self)
			cmd.Env = append(os.Environ(), coordinateEnv+"="+dir)
			return cmd
		},
	})
}

func TestInProcess(t *testing.T) {
	launchtest.Suite(t, launchtest.UnderTest{
		New: func(t *testing.T) launch.Launcher { return launch.NewInProcess(t.Context(), launchtest.Run) },
	})
}

func TestInProcessTellsOfAResultThatCouldNotBeReported(t *testing.T) {
	t.Parallel()
	l := launch.NewInProcess(t.Context(), func(_ context.Context, l tasks.Lease) tasks.Result {
		r := tasks.NewResult(&l)
		r.Failure = &tasks.Failure{Stage: "KAFKA_PRODUCE", Message: "the broker is away"}
		return r
	})
	gone := make(chan error, 1)
	inv := tasks.Invitation{Version: tasks.WireVersion, Leases: []tasks.Lease{{}}}
	if err := l.Launch(t.Context(), inv, func(err error) { gone <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-gone; err == nil || !strings.Contains(err.Error(), "the broker is away") {
		t.Errorf("gone with %v", err)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
