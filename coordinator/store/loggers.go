package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// loggerPrefix begins the keys of the config topic that set a logger's level in all workers (KIP-976).
const loggerPrefix = "logger-cluster-"

type levelRecord struct {
	Level string `json:"level"`
}

// SetLevel sets the level of a logger in all coordinators of the group. It blocks until that is written.
func (s *Store) SetLevel(ctx context.Context, logger, level string) error {
	b, err := encode(levelRecord{level})
	if err != nil {
		return err
	}
	r := &kgo.Record{Topic: s.cfg.Topics.Config, Key: []byte(loggerPrefix + logger), Value: b}
	if err := s.write(ctx, nil, r); err != nil {
		return err
	}
	return s.awaitRead(ctx, r)
}

// level folds such a record. Like Connect, a coordinator starts with its own levels: what was set before does not count.
func (s *Store) level(logger string, value []byte) error {
	if s.ended == nil || len(value) == 0 || s.onLevel == nil { // ended is set when the start is read
		return nil
	}
	var l levelRecord
	if err := json.Unmarshal(value, &l); err != nil {
		return fmt.Errorf("the level of logger %s: %w", logger, err)
	}
	s.onLevel(logger, l.Level)
	return nil
}
