package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// cost is what a command used.
type cost struct {
	wall time.Duration // from its start to its end, or until the last offset was committed
	cpu  time.Duration // of it and its children, from their start to their end
	rss  int64         // bytes, the most of the largest of them
}

func costOf(cmd *exec.Cmd, wall time.Duration) cost {
	s := cmd.ProcessState
	usage, _ := s.SysUsage().(*syscall.Rusage)
	return cost{wall: wall, cpu: s.UserTime() + s.SystemTime(), rss: usage.Maxrss << 10}
}

func runRaw(ctx context.Context, o options) (cost, error) {
	cmd := exec.CommandContext(ctx, o.raw, "-bootstrap", o.bootstrap, "-topic", o.topic)
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return costOf(cmd, time.Since(begin)), nil
}

// runMayfly has a connector of a new name deliver the topic to a new bucket.
func runMayfly(ctx context.Context, o options, run int) (cost, delivered, error) {
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	fail := func(err error) (cost, delivered, error) { return cost{}, delivered{}, err }

	name := fmt.Sprintf("bench-%s-%d-%d", o.name, os.Getpid(), run)
	registry, server, err := serveRegistry()
	if err != nil {
		return fail(err)
	}
	defer server.Close()
	b := bucket{o.gcs, name}
	if err := b.create(ctx); err != nil {
		return fail(err)
	}
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		return fail(err)
	}
	connector, err := expand("tests/bench/connectors/"+o.name+".json", map[string]string{
		"NAME": name, "TOPIC": o.topic, "BUCKET": name, "BOOTSTRAP": o.bootstrap, "REGISTRY": registry,
	})
	if err != nil {
		return fail(err)
	}
	c, err := deliver(ctx, o, dir, name, connector)
	if err != nil {
		return fail(fmt.Errorf("%w (its files are in %s)", err, dir))
	}
	d, err := b.count(ctx)
	return c, d, errors.Join(err, os.RemoveAll(dir))
}

// deliver runs mayfly until the connector has no lag and returns what that cost.
func deliver(ctx context.Context, o options, dir, name, connector string) (cost, error) {
	listener, err := freeAddress()
	if err != nil {
		return cost{}, err
	}
	properties, err := expand("tests/bench/worker.properties", map[string]string{
		"BOOTSTRAP": o.bootstrap, "LISTENER": listener, "NAME": name, "DIR": dir,
	})
	if err != nil {
		return cost{}, err
	}
	worker, file := filepath.Join(dir, "worker.properties"), filepath.Join(dir, "connector.json")
	if err := errors.Join(os.WriteFile(worker, []byte(properties), 0o644), os.WriteFile(file, []byte(connector), 0o644)); err != nil {
		return cost{}, err
	}
	args := []string{o.mode, worker}
	if o.mode == "standalone" {
		args = append(args, file)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return cost{}, err
	}
	defer log.Close()
	cmd := exec.Command(o.mayfly, args...)
	cmd.Env = append(os.Environ(), "STORAGE_EMULATOR_HOST="+o.gcs)
	cmd.Stdout, cmd.Stderr = log, log
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	err = submit(ctx, o, listener, connector)
	if err == nil {
		err = awaitNoLag(ctx, o, "connect-"+name, ended)
	}
	if err != nil {
		_ = cmd.Process.Kill() // It may have ended by itself, which err then says.
		return cost{}, err
	}
	wall := time.Since(begin)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return cost{}, err
	}
	select {
	case err = <-ended:
	case <-ctx.Done():
		err = errors.Join(errors.New("still runs after SIGTERM"), cmd.Process.Kill())
	}
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w", cmd, err)
	}
	return costOf(cmd, wall), nil
}

// submit creates the connector by REST, in the mode where no file does.
func submit(ctx context.Context, o options, listener, connector string) error {
	if o.mode == "standalone" {
		return nil
	}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+listener+"/connectors", strings.NewReader(connector))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			var body bytes.Buffer
			_, _ = body.ReadFrom(resp.Body) // It is only for the message.
			resp.Body.Close()
			if resp.StatusCode == http.StatusCreated {
				return nil
			}
			err = fmt.Errorf("POST /connectors answered %s: %s", resp.Status, body.String())
			if resp.StatusCode < http.StatusInternalServerError {
				return err
			}
		}
		if ctx.Err() != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// awaitNoLag waits until the group's committed offsets are the topic's end offsets, or until the command has ended.
func awaitNoLag(ctx context.Context, o options, group string, ended <-chan error) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(o.bootstrap))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	ends, err := admin.ListEndOffsets(ctx, o.topic)
	if err != nil {
		return err
	}
	for {
		// A group that nobody has committed for yet is no error; its offsets are just missing.
		committed, err := admin.FetchOffsets(ctx, group)
		lag := int64(0)
		ends.Each(func(end kadm.ListedOffset) {
			at, _ := committed.Lookup(end.Topic, end.Partition)
			lag += end.Offset - max(0, at.At)
		})
		if err == nil && lag == 0 {
			return nil
		}
		select {
		case e := <-ended:
			return fmt.Errorf("mayfly ended (%v) with a lag of %d; see its log", e, lag)
		case <-ctx.Done():
			return fmt.Errorf("group %s still has a lag of %d: %w", group, lag, errors.Join(err, ctx.Err()))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
