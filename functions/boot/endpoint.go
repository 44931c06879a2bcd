package boot

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Endpoint answers the lease endpoint: coordinator/launch/endpoint/README.md says what is asked, and what is answered.
type Endpoint struct {
	// Admit reads an invitation; Run runs one, until ctx ends.
	Admit func(b []byte) (*tasks.Invitation, error)
	Run   func(ctx context.Context, inv *tasks.Invitation) error
	// Token returns what callers have to know, empty for nothing.
	Token func() (string, error)

	ctx   context.Context //nolint:containedctx // the invitations' life: a caller that is gone does not end one
	slots chan struct{}
}

var _ http.Handler = (*Endpoint)(nil)

// Open lets an endpoint run so many invitations at once, until ctx ends.
func (e *Endpoint) Open(ctx context.Context, concurrency int) {
	e.ctx, e.slots = ctx, make(chan struct{}, concurrency)
}

// statuses are how refusals are answered.
var statuses = map[Reason]int{Malformed: http.StatusBadRequest, TooLarge: http.StatusRequestEntityTooLarge, Foreign: http.StatusConflict, Expired: http.StatusGone,
	Early: http.StatusTooEarly}

// Ending is the last line of an answer that was begun with 200.
type Ending struct {
	Done bool `json:"done,omitempty"`
	// Error says why a result is not reported, or why an invitation was refused.
	Error string `json:"error,omitempty"`
}

// ServeHTTP implements [http.Handler].
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status, err := e.authorize(r); err != nil {
		answer(w, status, err)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, errors.New("POST an invitation"))
		return
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, tasks.InvitationLimit+1))
	if err != nil {
		answer(w, http.StatusBadRequest, fmt.Errorf("read the invitation: %w", err))
		return
	}
	inv, err := e.Admit(b)
	if err != nil {
		reason, _ := IsRefusal(err)
		answer(w, statuses[reason], err)
		return
	}
	select {
	case <-e.ctx.Done():
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusServiceUnavailable, errors.New("this executor ends"))
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
		e.run(w, inv)
	default:
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusTooManyRequests, fmt.Errorf("%d invitations are run here already, as many as %s allows", cap(e.slots), ConcurrencyEnv))
	}
}

// run says at once that the invitation is taken, every [Beat] that it is still run, and at the end how it went.
func (e *Endpoint) run(w http.ResponseWriter, inv *tasks.Invitation) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("X-Accel-Buffering", "no") // proxies are to pass on what is said when it is said
	w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(w).Flush
	_ = flush() // whoever asked may be gone; the invitation is run all the same
	ended := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("the executor panicked: %v\n%s", r, debug.Stack())
			}
			ended <- err
		}()
		err = e.Run(e.ctx, inv)
	}()
	tick := time.NewTicker(Beat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_, _ = io.WriteString(w, "\n")
			_ = flush()
		case err := <-ended:
			end := Ending{Done: err == nil}
			if err != nil {
				end.Error = err.Error()
			}
			_ = json.NewEncoder(w).Encode(end)
			return
		}
	}
}

// authorize checks the bearer token.
func (e *Endpoint) authorize(r *http.Request) (status int, err error) {
	want, err := e.Token()
	if err != nil {
		return http.StatusInternalServerError, errors.New("the executor cannot read its token; see " + TokenFileEnv)
	}
	if want == "" {
		return 0, nil
	}
	got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return http.StatusUnauthorized, errors.New("a bearer token is needed")
	}
	if subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
		return http.StatusForbidden, errors.New("the bearer token is not the executor's")
	}
	return 0, nil
}

func answer(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(Ending{Error: err.Error()})
}
