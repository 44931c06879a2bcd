package node

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/tasks"
)

// serve answers the REST API until ctx ends. Before somebody leads, only the health is told, and other requests wait.
func (n *Node) serve(ctx context.Context) error {
	early := api.EarlyHealth(n.guard(api.Options{Health: n.health}))
	main, admin := newGate(early, ctx.Done()), newGate(early, ctx.Done())
	ended := make(chan error)
	for _, d := range n.main {
		go func() { ended <- n.at(ctx, d, main) }()
	}
	for _, d := range n.admin {
		go func() { ended <- n.at(ctx, d, admin) }()
	}
	if n.awaitLeader(ctx) {
		options := n.options(ctx)
		main.open(api.New(options))
		admin.open(api.Admin(options))
		close(n.ready)
	}
	var err error
	for range len(n.main) + len(n.admin) {
		err = errors.Join(err, <-ended)
	}
	return err
}

func (n *Node) at(ctx context.Context, d door, h http.Handler) error {
	return api.Serve(ctx, d, api.ServeOptions{TLS: d.at.TLS, Timeout: n.cfg.Worker.REST.Timeout, Log: n.logger("api")}, h)
}

// awaitLeader returns false when ctx ends first.
func (n *Node) awaitLeader(ctx context.Context) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if url, _ := n.leader(); url != "" {
			return true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}

func (n *Node) health() api.Health {
	select {
	case <-n.ready:
	default:
		return api.Starting
	}
	if n.away.Load() {
		return api.Unhealthy
	}
	return api.Healthy
}

// gate holds requests up until there is somebody to answer them.
type gate struct {
	early  http.Handler // answers GET /health meanwhile
	ended  <-chan struct{}
	opened chan struct{}
	inner  http.Handler // to be read after opened is closed
}

func newGate(early http.Handler, ended <-chan struct{}) *gate {
	return &gate{early: early, ended: ended, opened: make(chan struct{})}
}

func (g *gate) open(inner http.Handler) {
	g.inner = inner
	close(g.opened)
}

// ServeHTTP implements [http.Handler].
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-g.opened:
	default:
		if r.URL.Path == "/health" {
			g.early.ServeHTTP(w, r)
			return
		}
		select {
		case <-g.opened:
		case <-g.ended:
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case <-r.Context().Done():
			return
		}
	}
	g.inner.ServeHTTP(w, r)
}

func (n *Node) options(ctx context.Context) api.Options {
	w := n.cfg.Worker
	o := api.Options{Backend: &backend{n}, Plugins: n.cfg.Plugins, OtherPlugins: n.cfg.Others,
		Validate: n.Validate, ClusterID: n.store.Load().ClusterID(ctx), Version: tasks.ConnectVersion, Commit: n.cfg.Commit,
		Leader: n.leader, Health: n.health, Metrics: n.metrics.Handler(), Loggers: n.cfg.Levels,
		AdminElsewhere: w.REST.AdminOff || len(w.REST.Admin) > 0, CORS: api.CORS{Origins: w.REST.Origins, Methods: w.REST.Methods},
		TopicTracking: w.REST.TopicTracking, TopicReset: w.REST.TopicReset, Standalone: w.Standalone,
		Transport: w.REST.Transport, Log: n.logger("api")}
	return n.guard(o)
}

// guard adds who may use the API, and how much.
func (n *Node) guard(o api.Options) api.Options {
	rest := &n.cfg.Worker.REST
	o.Limits, o.ResponseHeaders = api.Limits{MaxBytes: rest.MaxBytes, PerSecond: rest.Rate}, n.headers
	if rest.Users != nil {
		o.Auth = n.access
	}
	return o
}

// access says what a user may do.
func (n *Node) access(user, password string) api.Access {
	rest := &n.cfg.Worker.REST
	want, ok := rest.Users[user]
	switch right := subtle.ConstantTimeCompare([]byte(want), []byte(password)) == 1; {
	case !ok || !right:
		return api.NoAccess
	case rest.Readers[user]:
		return api.ReadAccess
	default:
		return api.FullAccess
	}
}
