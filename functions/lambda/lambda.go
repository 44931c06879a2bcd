// Package lambda is what the Lambda functions share: each main names the plugins that it has built in and calls [Start].
package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/functions/event"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// Events handles what is no invitation: the platform's native events.
type Events interface {
	// Handle takes an event's JSON and returns the answer's. After an error the platform is to deliver the event again.
	Handle(ctx context.Context, payload []byte) ([]byte, error)
}

// Start serves Lambda's runtime API until the sandbox ends. events makes what handles native events, nil for nobody; providers are config
// providers beyond Kafka's own. Nothing is opened before the first invocation, so that a snapshot holds no connection, and what is kept
// afterwards is speed only (I3).
func Start(plugins tasks.Plugins, events func(e *boot.Executor) (Events, error), providers ...provider.Kind) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	h, err := newHandler(plugins, events, providers, log)
	if err != nil {
		log.Error("the function does not start", "err", err)
		os.Exit(1)
	}
	lambda.StartWithOptions(h, lambda.WithEnableSIGTERM(h.e.Close)) // when the sandbox ends, nothing runs
}

// Native is the handler of native events that the environment configures, as [Start] takes it.
func Native(p event.Platform) func(e *boot.Executor) (Events, error) {
	return func(e *boot.Executor) (Events, error) { return event.Of(e, p), nil }
}

// handler tells invitations from events.
type handler struct {
	e      *boot.Executor
	events Events
	log    *slog.Logger
}

var _ lambda.Handler = (*handler)(nil)

func newHandler(plugins tasks.Plugins, events func(e *boot.Executor) (Events, error), providers []provider.Kind, log *slog.Logger) (*handler, error) {
	e, err := boot.NewExecutor("lambda", plugins, providers, log)
	if err != nil {
		return nil, err
	}
	h := &handler{e: e, log: log}
	if events != nil {
		h.events, err = events(e)
	}
	return h, err
}

// Invoke implements [lambda.Handler]. An invitation that is refused is answered and not failed: to deliver it again would not help.
func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if !boot.IsInvitation(payload) {
		if h.events == nil {
			return nil, errors.New("the payload is no invitation of leases, and this function takes no events")
		}
		return h.events.Handle(ctx, payload)
	}
	inv, err := h.e.Admit(payload)
	if err != nil {
		h.log.Error("the invitation is refused", "err", err)
		return json.Marshal(boot.Ending{Error: err.Error()})
	}
	if err := h.e.Run(ctx, inv); err != nil {
		return nil, err
	}
	return json.Marshal(boot.Ending{Done: true})
}
