package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

// stage is a coordinator with a topic and a connector.
type stage struct {
	o      options
	name   string
	dir    string
	client *kgo.Client
	mayfly *command.Mayfly
	round  int64 // the offset of the records to come
}

func newStage(ctx context.Context, o options) (*stage, error) {
	s := &stage{o: o, name: fmt.Sprintf("bench-launch-%d", os.Getpid())}
	var err error
	if s.client, err = kgo.NewClient(kgo.SeedBrokers(o.bootstrap), kgo.ProducerLinger(0), kgo.RecordPartitioner(kgo.ManualPartitioner())); err != nil {
		return nil, err
	}
	if _, err := kadm.NewClient(s.client).CreateTopic(ctx, int32(o.executors), 1, nil, s.name); err != nil {
		return nil, fmt.Errorf("create topic %s: %w", s.name, err)
	}
	if s.dir, err = os.MkdirTemp("", s.name); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	for key, value := range map[string]string{bookEnv: s.dir, "MAYFLY_EXECUTOR_DIR": s.dir, "MAYFLY_EXECUTORS_MAX": fmt.Sprint(2 * o.executors),
		"MAYFLY_LEASE_TTL_MS": "3600000"} {
		if err := os.Setenv(key, value); err != nil {
			return nil, err
		}
	}
	if err := os.Symlink(self, filepath.Join(s.dir, executorName)); err != nil {
		return nil, err
	}
	connector, err := command.Expand("tests/bench/connectors/launch.json",
		map[string]string{"NAME": s.name, "TOPIC": s.name, "FILE": filepath.Join(s.dir, "out"), "TASKS": fmt.Sprint(o.executors)})
	if err != nil {
		return nil, err
	}
	s.mayfly, err = command.Start(command.Options{Mayfly: o.mayfly, Mode: "coordinator", Bootstrap: o.bootstrap, Name: s.name, Connector: connector})
	return s, err
}

func (s *stage) close() {
	s.client.Close()
	_ = os.RemoveAll(s.dir)
}

// begin writes a record to each partition and waits until all are at work.
func (s *stage) begin(ctx context.Context) (map[int32]note, error) {
	for p := range s.o.executors {
		s.client.Produce(ctx, &kgo.Record{Topic: s.name, Partition: int32(p), Value: []byte("record")}, nil)
	}
	if err := s.client.Flush(ctx); err != nil {
		return nil, err
	}
	var at map[int32]note
	err := s.until(ctx, "all executors are at work", func() (bool, error) {
		var err error
		at, err = s.latest()
		return len(at) == s.o.executors, err
	})
	return at, err
}

// end lets the executors of the round go on, and waits until all is committed.
func (s *stage) end(ctx context.Context) error {
	if err := os.WriteFile(releaseName(s.round), nil, 0o644); err != nil {
		return err
	}
	s.round++
	admin := kadm.NewClient(s.client)
	return s.until(ctx, "all is committed", func() (bool, error) {
		offsets, err := admin.FetchOffsets(ctx, "connect-"+s.name)
		done := 0
		offsets.Each(func(o kadm.OffsetResponse) {
			if o.At == s.round {
				done++
			}
		})
		return err == nil && done == s.o.executors, nil // the group may not be there yet
	})
}

// burst measures a round of which nothing is warm.
func (s *stage) burst(ctx context.Context) (up, down time.Duration, err error) {
	begun := time.Now()
	at, err := s.begin(ctx)
	if err != nil {
		return 0, 0, err
	}
	var pids []int
	for _, n := range at {
		up = max(up, n.At.Sub(begun))
		pids = append(pids, n.PID)
	}
	if err := s.end(ctx); err != nil {
		return 0, 0, err
	}
	drained := time.Now()
	err = s.until(ctx, "no executor is left", func() (bool, error) {
		for _, pid := range pids {
			if !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
				return false, nil
			}
		}
		return true, nil
	})
	return up, time.Since(drained), err
}

// trials does something to executors, and measures until their slices are at work again.
func (s *stage) trials(ctx context.Context, what func(ctx context.Context, victims []note) ([]time.Duration, error)) (took []time.Duration, err error) {
	for range s.o.rounds {
		at, err := s.begin(ctx)
		if err != nil {
			return nil, err
		}
		var victims []note
		for _, n := range at {
			if len(victims) < s.o.trials {
				victims = append(victims, n)
			}
		}
		more, err := what(ctx, victims)
		if err != nil {
			return nil, err
		}
		took = append(took, more...)
		if err := s.end(ctx); err != nil {
			return nil, err
		}
	}
	return took, nil
}

// dies kills executors, one after the other.
func (s *stage) dies(ctx context.Context, victims []note) (took []time.Duration, err error) {
	for _, v := range victims {
		at := time.Now()
		if err := syscall.Kill(v.PID, syscall.SIGKILL); err != nil {
			return nil, err
		}
		d, err := s.again(ctx, v, at)
		if err != nil {
			return nil, err
		}
		took = append(took, d)
	}
	return took, nil
}

// hangs stops executors, each a moment after the other.
func (s *stage) hangs(ctx context.Context, victims []note) (took []time.Duration, err error) {
	at := make([]time.Time, len(victims))
	for i, v := range victims {
		at[i] = time.Now()
		if err := syscall.Kill(v.PID, syscall.SIGSTOP); err != nil {
			return nil, err
		}
		time.Sleep(40 * time.Millisecond)
	}
	for i, v := range victims {
		d, err := s.again(ctx, v, at[i])
		if err != nil {
			return nil, err
		}
		took = append(took, d)
	}
	return took, nil
}

// again waits until a slice is at work in another process, and returns how long after at that was.
func (s *stage) again(ctx context.Context, v note, at time.Time) (took time.Duration, err error) {
	err = s.until(ctx, "the slice is at work again", func() (bool, error) {
		all, err := s.latest()
		took = all[v.Part].At.Sub(at)
		return all[v.Part].Epoch > v.Epoch, err
	})
	return took, err
}

// latest returns the newest note of each partition of this round.
func (s *stage) latest() (map[int32]note, error) {
	b, err := os.ReadFile(bookName())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	out := map[int32]note{}
	for line := range bytes.Lines(b) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // it is being written
		}
		var n note
		if err := json.Unmarshal(line, &n); err != nil {
			return nil, err
		}
		if n.From == s.round && n.Epoch >= out[n.Part].Epoch {
			out[n.Part] = n
		}
	}
	return out, nil
}

func (s *stage) until(ctx context.Context, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if ok, err := done(); err != nil || ok {
			return err
		}
		select {
		case e := <-s.mayfly.Ended:
			return fmt.Errorf("mayfly ended (%v) before %s; see its log", e, what)
		case <-ctx.Done():
			return fmt.Errorf("waited in vain until %s: %w", what, ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}
