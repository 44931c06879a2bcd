package boot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Reason is why an invitation is refused. None of them gets better by trying again.
type Reason string

// The reasons.
const (
	Malformed Reason = "malformed" // truncated, damaged, of a version that is not known, with a lease that cannot be run
	TooLarge  Reason = "too large"
	Foreign   Reason = "foreign" // of another cluster
	Expired   Reason = "expired" // its leases' time is over long since
	Early     Reason = "early"   // from the future
)

// Refusal is an invitation that is not run.
type Refusal struct {
	Reason Reason
	Err    error
}

func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap returns what is wrong.
func (r *Refusal) Unwrap() error { return r.Err }

// skew is how far the clocks of coordinator and executors may be apart.
const skew = 5 * time.Minute

// Admit reads an invitation and refuses, with a [Refusal], what no executor is to run: platforms deliver late, and again, and whatever
// somebody sends. groupID is that of the only cluster whose leases are run, empty for any. Nothing depends on it being thorough: what
// passes is fenced where it writes.
func Admit(b []byte, groupID string, now time.Time) (*tasks.Invitation, error) {
	if len(b) > tasks.InvitationLimit {
		return nil, &Refusal{TooLarge, fmt.Errorf("read the invitation: it has %d bytes, %d are the most", len(b), tasks.InvitationLimit)}
	}
	inv, err := tasks.DecodeInvitation(b)
	if err != nil {
		return nil, &Refusal{Malformed, err}
	}
	var ttl time.Duration
	for i := range inv.Leases {
		l := &inv.Leases[i]
		if groupID != "" && l.GroupID != groupID {
			return nil, &Refusal{Foreign, fmt.Errorf("lease %s is of the cluster %q, and this executor is of %q (%s)", l.ID, l.GroupID, groupID, GroupIDEnv)}
		}
		ttl += time.Duration(l.TTL) * time.Millisecond
	}
	if inv.Sent == 0 {
		return inv, nil
	}
	sent := time.UnixMilli(inv.Sent)
	switch {
	case now.After(sent.Add(ttl + skew)):
		return nil, &Refusal{Expired, fmt.Errorf("the invitation of %s was for %s; its leases are granted again long since", sent.UTC().Format(time.RFC3339), ttl)}
	case now.Before(sent.Add(-skew)):
		return nil, &Refusal{Early, fmt.Errorf("the invitation is of %s, and here it is %s: set the clocks of coordinator and executors", sent.UTC().Format(time.RFC3339),
			now.UTC().Format(time.RFC3339))}
	}
	return inv, nil
}

// IsRefusal reports whether an error is a refusal, and why.
func IsRefusal(err error) (Reason, bool) {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Reason, true
	}
	return "", false
}

// IsInvitation tells by its shape whether a JSON payload is an invitation or a lease, rather than an event of a platform.
func IsInvitation(payload []byte) bool {
	if len(payload) > tasks.InvitationLimit || !bytes.Contains(payload, []byte(`"leases"`)) && !bytes.Contains(payload, []byte(`"slice"`)) {
		return false // events may be large, and are not to be read twice
	}
	var shape struct {
		Leases json.RawMessage `json:"leases"`
		Slice  json.RawMessage `json:"slice"`
	}
	return json.Unmarshal(payload, &shape) == nil && (shape.Leases != nil || shape.Slice != nil)
}
