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
	early := api.EarlyHealth(n.health)
	main, admin := newGate(early, ctx.Done()), newGate(early, ctx.Done())
	ended := make(chan error, 2)
	go func() { ended <- api.Serve(ctx, n.ln, main) }()
	if n.admin == nil {
		ended <- nil
	} else {
		go func() { ended <- api.Serve(ctx, n.admin, admin) }()
	}
	if n.awaitLeader(ctx) {
		options := n.options(ctx)
		main.open(api.New(options))
		admin.open(api.Admin(options))
		close(n.ready)
	}
	return errors.Join(<-ended, <-ended)
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
		AdminElsewhere: w.REST.AdminOff || w.REST.Admin != "", CORS: api.CORS{Origins: w.REST.Origins, Methods: w.REST.Methods}, ResponseHeaders: n.headers,
		TopicTracking: w.REST.TopicTracking, TopicReset: w.REST.TopicReset, Standalone: w.Standalone, Log: n.logger("api")}
	if users := w.REST.Users; users != nil {
		o.Auth = func(user, password string) bool {
			want, ok := users[user]
			return ok && subtle.ConstantTimeCompare([]byte(want), []byte(password)) == 1
		}
	}
	return o
}
