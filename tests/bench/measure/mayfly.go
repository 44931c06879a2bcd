package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

func runRaw(ctx context.Context, o options) (command.Cost, error) {
	cmd := exec.CommandContext(ctx, o.raw, "-bootstrap", o.bootstrap, "-topic", o.topic)
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return command.Cost{}, fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return command.CostOf(cmd, time.Since(begin)), nil
}

// runMayfly has a connector of a new name deliver the topic to a new bucket. The wall time is that until the last offset
// was committed.
func runMayfly(ctx context.Context, o options, run int) (command.Cost, delivered, error) {
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	fail := func(err error) (command.Cost, delivered, error) { return command.Cost{}, delivered{}, err }

	name := fmt.Sprintf("bench-%s-%d-%d", o.name, os.Getpid(), run)
	registry, server, err := serveRegistry(o.topic)
	if err != nil {
		return fail(err)
	}
	defer server.Close()
	b := bucket{o.gcs, name}
	if err := b.create(ctx); err != nil {
		return fail(err)
	}
	connector, err := command.Expand("tests/bench/connectors/"+o.name+".json", map[string]string{
		"NAME": name, "TOPIC": o.topic, "BUCKET": name, "BOOTSTRAP": o.bootstrap, "REGISTRY": registry,
	})
	if err != nil {
		return fail(err)
	}
	m, err := command.Start(command.Options{
		Mayfly: o.mayfly, Mode: o.mode, Bootstrap: o.bootstrap, Name: name, Connector: connector, GCS: o.gcs,
	})
	if err != nil {
		return fail(err)
	}
	if err = m.Submit(ctx); err == nil {
		err = awaitNoLag(ctx, o, "connect-"+name, m.Ended)
	}
	if err != nil {
		m.Kill()
		return fail(fmt.Errorf("%w (its files are in %s)", err, m.Dir))
	}
	wall := time.Since(m.Began)
	c, err := m.Stop(ctx)
	if err != nil {
		return fail(err)
	}
	c.Wall = wall
	d, err := b.count(ctx)
	return c, d, err
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
