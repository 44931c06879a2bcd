package launchtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

// bookEnv names the folder in which executors note what happened to them.
const bookEnv = "LAUNCHTEST_BOOK"

// actKey is the key of a lease's configuration that says what its executor does; by default it ends at once.
const actKey = "launchtest.act"

const (
	actWait     = "wait"     // until it is released or asked to stop
	actStubborn = "stubborn" // until it is released
	actTalk     = "talk"     // the same, and then logs
	actPanic    = "panic"
	actExit     = "exit" // with a code that is not zero
	actKill     = "kill" // by kill -9
	actEat      = "eat"  // memory, and then wait
)

// eaten is how many bytes actEat takes.
const eaten = 64 << 20

// note is what an executor notes of a lease.
type note struct {
	PID   int
	Lease tasks.Lease
	Args  []string
	Env   []string
	Kafka map[string]string
}

// The notes' kinds are the beginnings of their names.
const (
	started = "started" // the process runs, and has not read its invitation yet
	broken  = "broken"  // what it read was no invitation
	begun   = "begun"   // a lease has begun
	ended   = "ended"   // a lease is done
)

// released is the name of the file whose coming releases those that wait.
const released = "released"

const pollEvery = 2 * time.Millisecond

// Executor does what an executor of its own process does with its invitations, and returns the process's exit code. The test's
// main calls it where it is started as an executor.
func Executor(in io.Reader) int {
	signal.Ignore(syscall.SIGPIPE) // as boot.Process
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	start := write(started, note{PID: os.Getpid(), Args: os.Args})
	env, err := boot.ReadEnvironment()
	if err != nil {
		return fail(err)
	}
	invitations, err := boot.Receive(in, env.Next)
	if err != nil {
		return fail(err)
	}
	for {
		inv, err := invitations.Next(ctx)
		if errors.Is(err, io.EOF) {
			_ = os.Remove(start) // all is noted
			return 0
		}
		if err != nil {
			return fail(err)
		}
		if err := RunAll(ctx, inv); err != nil {
			return fail(err)
		}
	}
}

func fail(err error) int {
	write(broken, note{PID: os.Getpid(), Args: []string{err.Error()}})
	fmt.Fprintln(os.Stderr, "launchtest executor:", err)
	return 1
}

// Run is the executor of launchers that run leases in this process.
func Run(ctx context.Context, l tasks.Lease) tasks.Result {
	res := tasks.NewResult(&l)
	if err := act(ctx, l); err != nil {
		res.Fail(err, "", -1)
	}
	return res
}

// RunAll is the executor of launchers that talk to a service: the test serves it.
func RunAll(ctx context.Context, inv *tasks.Invitation) error {
	for _, l := range inv.Leases {
		if err := act(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// act runs one lease.
func act(ctx context.Context, l tasks.Lease) error {
	env, err := boot.ReadEnvironment()
	if err != nil {
		return err
	}
	n := note{PID: os.Getpid(), Lease: l, Args: os.Args, Env: os.Environ(), Kafka: env.Kafka}
	write(begun, n)
	switch l.Config[actKey] {
	case actPanic:
		panic("as the lease says")
	case actExit:
		os.Exit(3)
	case actKill:
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case actWait:
		await(ctx)
	case actStubborn:
		await(context.WithoutCancel(ctx))
	case actEat:
		food := bytes.Repeat([]byte("food"), eaten/4)
		await(ctx)
		runtime.KeepAlive(food)
	case actTalk:
		await(ctx)
		for range 100 {
			fmt.Fprintln(os.Stderr, "launchtest executor: nobody may listen")
		}
	}
	write(ended, n)
	return nil
}

// await waits for the release, or until it is asked to stop. Executors that nobody releases do not stay for ever.
func await(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if _, err := os.Stat(filepath.Join(os.Getenv(bookEnv), released)); err == nil {
			return
		}
		time.Sleep(pollEvery)
	}
}

// write adds a note and returns its file. It is whole when it has its name.
func write(kind string, n note) string {
	b, err := json.Marshal(n)
	f, ferr := os.CreateTemp(os.Getenv(bookEnv), ".note-*")
	if err = errors.Join(err, ferr); err == nil {
		_, err = f.Write(b)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		panic(err) // the test's own fault
	}
	name := filepath.Join(filepath.Dir(f.Name()), kind+"-"+strings.TrimPrefix(filepath.Base(f.Name()), ".note-"))
	if err := os.Rename(f.Name(), name); err != nil {
		panic(err)
	}
	return name
}

// Coordinate launches each invitation that comes on in, says so on out, and then waits to be killed. The test's main calls it
// where it is started as [UnderTest.Coordinator] says.
func Coordinate(l interface {
	Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error
}, in io.Reader, out io.Writer) {
	for d := json.NewDecoder(in); ; {
		var inv tasks.Invitation
		if d.Decode(&inv) != nil {
			select {}
		}
		err := l.Launch(context.Background(), inv, func(error) {})
		fmt.Fprintln(out, "launched", err)
	}
}
