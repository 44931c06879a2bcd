package control

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

const (
	// resolveLimit bounds how long a connector's config providers may take.
	resolveLimit = 15 * time.Second
	// resolveAgain is the pause before providers that were out of reach are asked again.
	resolveAgain = 10 * time.Second
)

// resolution is a connector's configuration with its placeholders replaced, or why they could not be.
type resolution struct {
	connector *connector
	version   int64
	resolved  provider.Resolved
	err       error
}

// resolve asks the config providers without holding up the loop, which gets the answer as an event.
func (l *Loop) resolve(work context.Context, c *connector) {
	stored := c.stored
	l.launching.Go(func() {
		r := l.ask(work, c, stored)
		select {
		case l.resolved <- r:
		case <-work.Done():
		}
	})
}

// ask blocks on the config providers.
func (l *Loop) ask(ctx context.Context, c *connector, stored Connector) resolution {
	ctx, cancel := context.WithTimeout(ctx, resolveLimit)
	defer cancel()
	resolved, err := l.cfg.Resolver.Resolve(ctx, stored.Config)
	return resolution{connector: c, version: stored.Version, resolved: resolved, err: err}
}

// resolveAll makes connectors of what is stored, with the answers of their config providers, which are asked at once.
func (l *Loop) resolveAll(ctx context.Context, stored []Connector) []resolution {
	out := make([]resolution, len(stored))
	var asking sync.WaitGroup
	for i, s := range stored {
		c := &connector{name: s.Name, version: -1, stored: s}
		l.connectors[s.Name] = c
		if !provider.Any(s.Config) {
			out[i] = resolution{connector: c, version: s.Version, resolved: provider.Resolved{Props: s.Config}}
			continue
		}
		asking.Go(func() { out[i] = l.ask(ctx, c, s) })
	}
	asking.Wait()
	return out
}

// apply puts a configuration to work, unless it has been replaced meanwhile. When values that have expired cannot be had
// again, the connector goes on with those that it has.
func (l *Loop) apply(work context.Context, r resolution) {
	c, now := r.connector, time.Now()
	if l.connectors[c.name] != c || c.removed || c.stored.Version != r.version {
		return
	}
	l.dirty = true
	passing := r.err != nil && tasks.KindOf(r.err) == tasks.KindRetriable
	c.reloadAt = time.Time{}
	if passing {
		c.reloadAt = now.Add(resolveAgain)
	}
	if r.err != nil {
		l.cfg.Log.Warn("config providers have no values", "connector", c.name, "error", r.err)
		if passing && c.version == r.version && c.unresolved == nil {
			return
		}
	}
	if ttl := r.resolved.TTL; ttl > 0 && !strings.EqualFold(r.resolved.Props["config.action.reload"], "none") {
		c.reloadAt = now.Add(ttl)
	}
	c.version, c.resolved, c.unresolved = r.version, r.resolved, r.err
	l.settle(work, c, true)
}

// reload asks for the values that have expired, and returns when the next ones will; zero for never.
func (l *Loop) reload(work context.Context, now time.Time) (next time.Time) {
	for _, c := range l.connectors {
		switch {
		case c.removed || c.reloadAt.IsZero():
		case !now.Before(c.reloadAt):
			c.reloadAt = time.Time{} // until the answer is there
			l.resolve(work, c)
		case next.IsZero() || c.reloadAt.Before(next):
			next = c.reloadAt
		}
	}
	return next
}
