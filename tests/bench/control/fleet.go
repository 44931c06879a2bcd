package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

// The idle fleet.
const (
	connectors = 1000
	partitions = 10
	lists      = 20
	idle       = 20 * time.Second
)

// measureFleet runs a coordinator with connectors that have nothing to do.
func measureFleet(ctx context.Context, o options, row rowFunc) error {
	name := fmt.Sprintf("bench-fleet-%d", os.Getpid())
	if err := createTopics(ctx, o, name); err != nil {
		return err
	}
	run := command.Options{Mayfly: o.mayfly, Mode: "coordinator", Bootstrap: o.bootstrap, Name: name}
	m, err := command.Start(run)
	if err != nil {
		return err
	}
	if err := fleet(ctx, m, name, row); err != nil {
		m.Kill()
		return fmt.Errorf("%w (its files are in %s)", err, m.Dir)
	}
	_, err = m.Stop(ctx)
	return err
}

// createTopics creates a topic for each connector.
func createTopics(ctx context.Context, o options, name string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(o.bootstrap))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	for i := range connectors / 100 {
		topics := make([]string, 100)
		for j := range topics {
			topics[j] = topic(name, 100*i+j)
		}
		created, err := admin.CreateTopics(ctx, partitions, 1, nil, topics...)
		if err == nil {
			err = created.Error()
		}
		if err != nil {
			return fmt.Errorf("create topics: %w", err)
		}
	}
	return nil
}

func topic(name string, i int) string { return fmt.Sprintf("%s-%d", name, i) }

func fleet(ctx context.Context, m *command.Mayfly, name string, row rowFunc) error {
	for i := range connectors {
		connector, err := command.Expand("tests/bench/connectors/latency.json", map[string]string{"NAME": topic(name, i), "TOPIC": topic(name, i), "FILE": os.DevNull})
		if err != nil {
			return err
		}
		if err := m.Create(ctx, connector); err != nil {
			return err
		}
	}
	if err := settle(ctx, m); err != nil {
		return err
	}
	var took []time.Duration
	for range lists {
		begin := time.Now()
		if _, err := list(ctx, m); err != nil {
			return err
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	row(fmt.Sprintf("GET /connectors?expand=info&expand=status, %d connectors, median of %d", connectors, lists), "%.1f ms", took[lists/2].Seconds()*1000)

	before, err := command.UsageOf(m.PID())
	if err != nil {
		return err
	}
	time.Sleep(idle)
	after, err := command.UsageOf(m.PID())
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%d idle connectors of %d partitions each", connectors, partitions)
	row(what+", processor", "%.1f%% of a core over %s", 100*(after.CPU-before.CPU).Seconds()/idle.Seconds(), idle)
	row(what+", memory (RSS)", "%d MB", after.RSS>>20)
	return nil
}

// settle waits until all connectors and their tasks run.
func settle(ctx context.Context, m *command.Mayfly) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for {
		running, err := list(ctx, m)
		if err != nil || running == connectors {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%d of %d connectors run: %w", running, connectors, ctx.Err())
		}
	}
}

// list lists all connectors with what they are and how they are, and counts those that run with a task.
func list(ctx context.Context, m *command.Mayfly) (running int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL()+"/connectors?expand=info&expand=status", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	var answer map[string]struct {
		Status struct {
			Connector struct{ State string }
			Tasks     []struct{ State string }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("GET /connectors answered %s: %w", resp.Status, err)
	}
	for _, c := range answer {
		if c.Status.Connector.State == "RUNNING" && len(c.Status.Tasks) == 1 && c.Status.Tasks[0].State == "RUNNING" {
			running++
		}
	}
	return running, nil
}
