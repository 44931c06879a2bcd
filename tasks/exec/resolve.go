package exec

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// resolve replaces the placeholders of the configuration, here where the values are needed. From then on, nothing that this
// lease reports or logs shows them.
func (r *run) resolve(ctx context.Context) error {
	worker := maps.Clone(r.lease.Worker)
	if worker == nil {
		worker = map[string]string{}
	}
	maps.Copy(worker, r.runner.env.Kafka) // what no lease may carry
	if !provider.Any(r.lease.Config) && !provider.Any(worker) {
		r.lease.Worker = worker
		return nil
	}
	resolver, err := r.runner.resolver(worker)
	if err != nil {
		return fmt.Errorf("connector %s: %w", r.lease.Connector, err)
	}
	own, err := resolver.Resolve(ctx, worker)
	if err != nil {
		return fmt.Errorf("connector %s: worker properties: %w", r.lease.Connector, err)
	}
	config, err := resolver.Resolve(ctx, r.lease.Config)
	if err != nil {
		return fmt.Errorf("connector %s: %w", r.lease.Connector, err)
	}
	r.hidden = config.With(own)
	r.lease.Config, r.lease.Worker, r.log = config.Props, own.Props, r.hidden.Log(r.log)
	return nil
}

// resolver returns the config providers that worker properties define, made once.
func (r *Runner) resolver(worker map[string]string) (*provider.Resolver, error) {
	defined := map[string]string{}
	for k, v := range worker {
		if k == provider.Key || strings.HasPrefix(k, provider.Key+".") {
			defined[k] = v
		}
	}
	key, err := json.Marshal(defined) // sorted keys
	if err != nil {
		return nil, tasks.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.resolvers[string(key)]; p != nil {
		return p, nil
	}
	environ := r.env.Environ
	if environ == nil {
		environ = os.Environ()
	}
	p, err := provider.New(defined, environ, r.env.Log, r.env.Providers...)
	if err != nil {
		return nil, tasks.Fatal(err)
	}
	r.resolvers[string(key)] = p
	return p, nil
}

// fail makes res a failed result; what was resolved stays hidden.
func (r *run) fail(res *tasks.Result, err error, stage string, offset int64) {
	res.Fail(err, stage, offset)
	if since := r.pipe.policy.cutShort; !since.IsZero() && tasks.KindOf(err) == tasks.KindRetriable {
		res.Failure.Since = since.UnixMilli()
	}
	r.hidden.MaskFailure(res)
}
