package store

import (
	"context"
	"fmt"
)

// Reach asks the brokers for a sign of life. It blocks until one of them answers, or all that are known have failed to.
func (s *Store) Reach(ctx context.Context) error {
	if err := s.cl.Ping(ctx); err != nil {
		return fmt.Errorf("reach the brokers: %w", err)
	}
	return nil
}
