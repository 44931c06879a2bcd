package real

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// startTimeout bounds the start of one part; on a busy machine the slowest has needed 7 s.
const startTimeout = 90 * time.Second

// part is a running part.
type part struct {
	name  string
	dir   string    // its files, gone when it has ended
	leash io.Closer // closing it ends the part
	ended chan struct{}
}

// start gets what the script name needs, runs `name run DIR args...` and waits until ready, called again and again,
// returns no error. It blocks for up to startTimeout, and longer where the script has to fetch the part first.
func start(fetch, name string, ready func(context.Context) error, args ...string) (*part, error) {
	scripts, err := scripts()
	if err != nil {
		return nil, err
	}
	if out, err := exec.Command(filepath.Join(scripts, "fetch"), fetch).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("get %s: %w\n%s", fetch, err, out)
	}
	dir, err := os.MkdirTemp("", "mayfly-real-"+name+"-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for %s: %w", name, err)
	}
	p := &part{name: name, dir: dir, ended: make(chan struct{})}
	cmd := exec.Command(filepath.Join(scripts, "leash"), append([]string{dir, filepath.Join(scripts, name), "run", dir}, args...)...)
	if err := p.run(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := p.await(ready); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w\n%s", name, err, p.log()), p.stop())
	}
	return p, nil
}

// run starts cmd with its output in the part's log and its input held by this process.
func (p *part) run(cmd *exec.Cmd) error {
	log, err := os.Create(p.logFile())
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if p.leash, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // How it ended stands in its log.
	}()
	return nil
}

// await calls ready until it succeeds, the part ends or startTimeout has passed.
func (p *part) await(ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout) //nolint:forbidigo // a shared part belongs to no test
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return errors.New("it ended while it started")
		case <-ctx.Done():
			return fmt.Errorf("not ready after %s: %w", startTimeout, err)
		case <-tick.C:
		}
	}
}

// stop ends the part and waits until it has. Stopping it twice is harmless.
func (p *part) stop() error {
	err := p.leash.Close()
	<-p.ended
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

func (p *part) logFile() string { return filepath.Join(p.dir, "log") }

// log returns the last lines that the part wrote.
func (p *part) log() string {
	const most = 30
	data, err := os.ReadFile(p.logFile())
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	return fmt.Sprintf("the last lines of the log of %s:\n%s", p.name, bytes.Join(lines[max(0, len(lines)-most):], []byte("\n")))
}

// logOnFailure makes a failed test end with the last lines of the part's log.
func (p *part) logOnFailure(t testing.TB) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.log())
		}
	})
}

// scripts returns the folder of the part's scripts, found from the working directory, which in a test is its package's.
var scripts = sync.OnceValues(func() (string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "localstack", "real"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find localstack/real: no go.mod above %s", wd)
		}
	}
})

// freePort returns a port of 127.0.0.1 on which nothing listens. It is below the range that clients get theirs from: a client
// that polls a port of that range can end up connected to itself, and the part could then not bind it.
func freePort() (string, error) {
	for range 100 {
		port := strconv.Itoa(20000 + rand.IntN(12000))
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			continue
		}
		return port, l.Close()
	}
	return "", errors.New("found no free port in 100 tries between 20000 and 32000")
}
