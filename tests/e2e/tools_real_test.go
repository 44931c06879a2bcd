//go:build real

package e2e_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/real"
)

// The commands for dead letters on Apache Kafka.
func TestToolsOnKafka(t *testing.T) {
	mayfly := buildCommand(t)
	s := newSite(t, real.Kafka(t))
	replayKilled(t, s, mayfly)
	mayfly.run(t, 0, "", "dlq", "purge", "-bootstrap", s.addr, "-replayed", "-yes", "dlq")
	contains(t, mayfly.run(t, 0, "", "dlq", "list", "-bootstrap", s.addr, "dlq"), "no dead letters")
}
