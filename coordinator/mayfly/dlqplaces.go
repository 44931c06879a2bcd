package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/mayfly-connect/mayfly/coordinator/deadletter"
	"github.com/mayfly-connect/mayfly/tasks/exec"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// place is a dead letter topic: where its letters lie and, when that is another cluster, where their records belong.
type place struct {
	queues, home *deadletter.Queues
	topic        string
	servers      string // of the other cluster
}

func (p place) String() string { return where(p.topic, p.servers) }

// where is a topic as people see it.
func where(topic, servers string) string {
	if servers == "" {
		return topic
	}
	return topic + " at " + servers
}

// find reads the connectors where they are needed or can be had, and tells which topics are meant: those named, or all of the
// connectors.
func (c *dlqCommand) find(ctx context.Context) (err error) {
	c.connectors, err = c.queues.Connectors(ctx, c.worker.Topics.Config)
	if err != nil && (len(c.topics) == 0 || c.through != "") {
		if len(c.topics) == 0 {
			err = fmt.Errorf("%w; name the dead letter topics, or the worker's properties with -worker", err)
		}
		return err
	}
	named, own := c.topics, c.connectors.Topics()
	for _, topic := range named {
		far := slices.ContainsFunc(c.connectors.Elsewhere(), func(e deadletter.Elsewhere) bool { return e.Topic == topic })
		if !far || slices.Contains(own, topic) {
			c.places = append(c.places, place{queues: c.queues, topic: topic})
		}
	}
	if len(named) == 0 {
		if own, err = c.queues.Existing(ctx, own); err != nil {
			return err
		}
		for _, topic := range own {
			c.places = append(c.places, place{queues: c.queues, topic: topic})
		}
	}
	return c.findElsewhere(ctx, named)
}

// findElsewhere adds the topics of other clusters that are named, or all; those that are not there yet are left out, as here.
func (c *dlqCommand) findElsewhere(ctx context.Context, named []string) error {
	for _, e := range c.connectors.Elsewhere() {
		if len(named) > 0 && !slices.Contains(named, e.Topic) {
			continue
		}
		resolved, err := newJudgement(c.worker).resolver.Resolve(ctx, c.connectors[e.Connector])
		if err != nil {
			return fmt.Errorf("connector %s: the cluster of its dead letters: %w", e.Connector, err)
		}
		opts, err := kafka.Options(exec.DeadLetterCluster(resolved.Props), exec.DeadLetterPrefix)
		if err != nil {
			return fmt.Errorf("connector %s: the cluster of its dead letters: %w", e.Connector, err)
		}
		q, err := deadletter.OpenOther(e.Servers, opts...)
		if err != nil {
			return fmt.Errorf("connector %s: the cluster of its dead letters: %w", e.Connector, err)
		}
		c.places = append(c.places, place{queues: q, home: c.queues, topic: e.Topic, servers: e.Servers})
		there, err := q.Existing(ctx, []string{e.Topic})
		if err != nil {
			return fmt.Errorf("connector %s: the cluster of its dead letters, %s: %w", e.Connector, e.Servers, err)
		}
		if len(there) == 0 && len(named) == 0 {
			q.Close()
			c.places = c.places[:len(c.places)-1]
		}
	}
	return nil
}

func (c *dlqCommand) close() {
	for _, p := range c.places {
		if p.home != nil {
			p.queues.Close()
		}
	}
	c.queues.Close()
}
