package worker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/mayfly-connect/mayfly/tasks/provider"
	"github.com/mayfly-connect/mayfly/tasks/provider/aws"
	"github.com/mayfly-connect/mayfly/tasks/provider/gcp"
)

// Providers returns all kinds of config providers.
func Providers() []provider.Kind { return slices.Concat(provider.Kafka(), aws.Kinds(), gcp.Kinds()) }

// patience bounds how long the start waits for config providers.
const patience = 30 * time.Second

// resolve makes the config providers and replaces the placeholders of the properties themselves.
func (c *Config) resolve(environ []string) (err error) {
	c.Environ = environ
	if c.Resolver, err = provider.New(c.Props, environ, slog.Default(), Providers()...); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience) //nolint:forbidigo // a start has no other end
	defer cancel()
	r, err := c.Resolver.Resolve(ctx, c.Props)
	if err != nil {
		return fmt.Errorf("replace the placeholders of the worker properties: %w", err)
	}
	c.stored = map[string]string{}
	for k, v := range c.Props {
		if v != r.Props[k] {
			c.stored[k] = v
		}
	}
	c.Props = r.Props
	return nil
}
