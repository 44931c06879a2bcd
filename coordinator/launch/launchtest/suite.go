package launchtest

import (
	"os/exec"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
)

// UnderTest is a launcher with what the suite has to know of it.
type UnderTest struct {
	// New returns a launcher whose executors are [Executor] or [Run] and find this process's LAUNCHTEST_BOOK in their
	// environment. The suite closes it.
	New func(t *testing.T) launch.Launcher
	// Broken are launchers that cannot start anything, each for another reason.
	Broken []Broken
	// Processes says that each executor is a process of its own on this machine, so that it can die alone.
	Processes bool
	// Apart says that executors are not of this process or machine, as far as the launcher knows: closing it leaves them alone.
	Apart bool
	// Warm says that executors are processes which say that they live, and wait for another invitation when they are done.
	Warm bool
	// Hungry returns a launcher whose executors may use so many bytes of memory; nil where nobody watches that.
	Hungry func(t *testing.T, bytes int64) launch.Launcher
	// Limit is the most bytes of an invitation, 0 for none.
	Limit int
	// Secret is a text that New gave its launcher for the executors' Kafka client and for nobody else's eyes; empty where
	// there is none to give.
	Secret string
	// Coordinator returns a command that calls [Coordinate] with such a launcher; nil where executors live inside of it.
	Coordinator func(t *testing.T) *exec.Cmd
}

// Broken is a launcher that cannot start anything.
type Broken struct {
	Why string
	New func(t *testing.T) launch.Launcher
	// Says is what its error has to say: what was tried, where, and what to do.
	Says []string
}

// Suite runs the cases one after the other, because each counts the goroutines and files that are left behind. Call it from a
// test that is not parallel.
func Suite(t *testing.T, u UnderTest) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(w *world)
		skip bool
	}{
		{"the invitation arrives as it was given", exact, false},
		{"several leases are run in their order", order, false},
		{"a large invitation arrives", large, false},
		{"an invitation that is too large is refused", tooLarge, u.Limit == 0},
		{"the end of an executor is seen at once", ends, false},
		{"the death of an executor is seen at once", deaths, !u.Processes},
		{"an executor that is killed is seen at once", killed, !u.Processes},
		{"an executor whose time is over is killed", hangs, !u.Processes},
		{"an executor that falls silent is killed", silent, !u.Warm},
		{"an executor that is done gets another invitation", reused, !u.Warm},
		{"an executor that waits ends after a while", idles, !u.Warm},
		{"an executor that is killed while it waits does no harm", killedIdle, !u.Warm},
		{"closing does not wait for executors that wait", closesIdle, !u.Warm},
		{"an executor that uses too much memory is killed", eats, u.Hungry == nil},
		{"a failed start says what to do", failedStart, false},
		{"no more executors run than are allowed", limit, false},
		{"many executors run at once", many, false},
		{"the start's context does not end the executor", outlivesStart, false},
		{"closing stops executors", stops, u.Apart},
		{"closing does not wait for ever", stubborn, u.Apart},
		{"closing leaves executors alone", leaves, !u.Apart},
		{"closing while executors start leaves none", closesAmidst, false},
		{"secrets are in no argument and no environment", secrets, u.Secret == ""},
		{"a killed coordinator leaves its executors alone", coordinatorKilled, u.Coordinator == nil},
	} {
		if !c.skip { // it does not apply, by what UnderTest says
			t.Run(c.name, func(t *testing.T) { c.run(newWorld(t, u)) })
		}
	}
}
