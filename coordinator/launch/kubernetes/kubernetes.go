// Package kubernetes launches executors as Kubernetes Jobs, by plain calls of the API server.
package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Launcher creates a Job for each invitation: with one lease a plain one, with several an indexed one, a pod for each.
type Launcher struct {
	client    *client
	namespace string
	template  template
	limit     int
	family    func(l tasks.Lease) tasks.Family
	all       *launch.Attendants
}

var _ launch.Launcher = (*Launcher)(nil)

// Launch implements [launch.Launcher]. The executor has started when its Job is created; a Job that does not fit the cluster waits there
// for room as long as its leases' time. The name is the lease's own, so that a request that is sent again creates no second Job.
func (l *Launcher) Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error {
	b, err := launch.Encode(inv, l.limit)
	if err != nil {
		return fmt.Errorf("start an executor as a Kubernetes Job: %w", err)
	}
	limit := launch.Lifetime(inv)
	job := l.template.job(inv, l.family(inv.Leases[0]), b, limit)
	name := job.Metadata.Name
	start := func(ctx context.Context) (launch.Follow, error) {
		err := l.client.do(ctx, http.MethodPost, l.path("/apis/batch/v1", "jobs", ""), job, nil)
		if s, ok := errors.AsType[*status](err); ok && s.Reason == "AlreadyExists" {
			err = nil // an earlier request came through
		}
		if err != nil {
			return nil, failed(err)
		}
		return func(ctx context.Context, _ context.CancelCauseFunc) error {
			return l.follow(ctx, name, len(inv.Leases))
		}, nil
	}
	err = l.all.Remote(ctx, limit, 0, start, func(err error) {
		if err != nil {
			err = fmt.Errorf("executor of Kubernetes Job %s/%s: %w", l.namespace, name, err)
		}
		gone(err)
	})
	if err != nil {
		return fmt.Errorf("start an executor as Kubernetes Job %s/%s: %w", l.namespace, name, err)
	}
	return nil
}

// Close implements [launch.Launcher].
func (l *Launcher) Close(ctx context.Context) error {
	err := l.all.Close(ctx)
	l.client.web.CloseIdleConnections()
	return err
}

// path is that of a resource of the namespace.
func (l *Launcher) path(group, resource, name string) string {
	p := group + "/namespaces/" + url.PathEscape(l.namespace) + "/" + resource
	if name != "" {
		p += "/" + url.PathEscape(name)
	}
	return p
}

// watchSeconds is how long one watch lasts: then the Job is looked at, which may have failed without a pod.
const watchSeconds = 20

// follow blocks until the pods of a Job have ended, or one has failed, or the Job has, or is gone.
func (l *Launcher) follow(ctx context.Context, name string, pods int) error {
	for {
		ended, err := l.watch(ctx, name, pods)
		if ended || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		var job struct {
			Status struct {
				Conditions []struct{ Type, Status, Reason, Message string }
			}
		}
		if err := l.client.do(ctx, http.MethodGet, l.path("/apis/batch/v1", "jobs", name), nil, &job); err != nil {
			if s, ok := errors.AsType[*status](err); ok && s.Code == http.StatusNotFound {
				return errors.New("the Job was deleted")
			}
			if pause(ctx) != nil {
				return ctx.Err()
			}
			continue
		}
		for _, c := range job.Status.Conditions {
			switch {
			case c.Status != "True":
			case c.Type == "Complete":
				return nil
			case c.Type == "Failed":
				return fmt.Errorf("the Job failed: %s: %s", c.Reason, c.Message)
			}
		}
	}
}

// pod is what is looked at of one.
type pod struct {
	Metadata struct{ Name string }
	Status   struct {
		Phase, Reason, Message string
		ContainerStatuses      []struct {
			State struct {
				Terminated *struct {
					ExitCode int
					Reason   string
				}
			}
		}
	}
}

// watch looks at the pods of a Job until they have ended (true), or for a while.
func (l *Launcher) watch(ctx context.Context, name string, pods int) (bool, error) {
	query := url.Values{"watch": {"true"}, "labelSelector": {"batch.kubernetes.io/job-name=" + name}, "timeoutSeconds": {fmt.Sprint(watchSeconds)}}
	events, err := l.client.call(ctx, http.MethodGet, l.path("/api/v1", "pods", "")+"?"+query.Encode(), nil)
	if err != nil {
		return false, pause(ctx)
	}
	defer events.Close()
	succeeded := map[string]bool{}
	for d := json.NewDecoder(events); ; {
		var e struct {
			Type   string
			Object pod
		}
		if d.Decode(&e) != nil || e.Type == "ERROR" {
			return false, nil // its time is over, or the connection is lost: the next one begins with what there is
		}
		p := &e.Object
		switch {
		case e.Type == "DELETED" && !succeeded[p.Metadata.Name]:
			return true, fmt.Errorf("pod %s was deleted", p.Metadata.Name)
		case p.Status.Phase == "Failed":
			return true, p.failure()
		case p.Status.Phase == "Succeeded":
			if succeeded[p.Metadata.Name] = true; len(succeeded) >= pods {
				return true, nil
			}
		}
	}
}

// failure says why a pod failed.
func (p *pod) failure() error {
	for _, c := range p.Status.ContainerStatuses {
		if t := c.State.Terminated; t != nil && t.ExitCode != 0 {
			return fmt.Errorf("pod %s ended with exit status %d (%s); see its log", p.Metadata.Name, t.ExitCode, t.Reason)
		}
	}
	return fmt.Errorf("pod %s failed: %s %s", p.Metadata.Name, p.Status.Reason, p.Status.Message)
}
