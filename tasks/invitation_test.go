package tasks_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Whatever bit of an invitation flips, wherever it is cut off: either it is refused, or it says what it said.
func TestDamagedInvitation(t *testing.T) {
	t.Parallel()
	inv := tasks.Invitation{Version: 1, Leases: []tasks.Lease{sinkLease(), sourceLease()}}
	inv.Leases[0].Slice.TopicID = "1P8VyvBCjKbCFOmb99Q4Cg"
	good, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, good, "", "  "); err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{good, indented.Bytes()} {
		back, err := tasks.DecodeInvitation(b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(inv.Leases, back.Leases); d != "" {
			t.Fatalf("(-sent +received):\n%s", d)
		}
	}
	for n := range good {
		if _, err := tasks.DecodeInvitation(good[:n]); err == nil || !strings.HasPrefix(err.Error(), "decode ") {
			t.Errorf("cut off after %d bytes: %v", n, err)
		}
		for bit := range 8 {
			b := bytes.Clone(good)
			b[n] ^= 1 << bit
			back, err := tasks.DecodeInvitation(b)
			switch {
			case err != nil && !strings.HasPrefix(err.Error(), "decode "):
				t.Errorf("bit %d of byte %d: %v", bit, n, err)
			case err == nil && !cmp.Equal(inv.Leases, back.Leases):
				t.Errorf("bit %d of byte %d became other leases:\n%s", bit, n, cmp.Diff(inv.Leases, back.Leases))
			}
		}
	}
}
