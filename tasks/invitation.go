package tasks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
)

// InvitationLimit bounds an encoded invitation, in bytes. A platform may take less.
const InvitationLimit = 1 << 20

// Invitation is the leases that one launch carries. It is at most about 8 KB, and holds no secret.
type Invitation struct {
	Version int     `json:"version"`
	Leases  []Lease `json:"leases"`
	// Sent is when it was handed to the platform, in ms since the epoch by the coordinator's clock; 0 when that is not known.
	Sent int64 `json:"sentMs,omitempty"`
	// Sum is a checksum of the leases' JSON, written by [Invitation.Encode]. Without one, as in a file that a person wrote,
	// nothing is checked.
	Sum string `json:"sum,omitempty"`
}

// Encode returns the invitation as JSON with its checksum: a bit that flips on the way is not to become another slice.
func (inv Invitation) Encode() ([]byte, error) {
	leases, err := json.Marshal(inv.Leases)
	if err != nil {
		return nil, fmt.Errorf("encode invitation: %w", err)
	}
	inv.Sum = sumOf(leases)
	return json.Marshal(inv)
}

// sumOf is the CRC-32C of JSON text, of which spaces between its parts do not count.
func sumOf(text []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return ""
	}
	return fmt.Sprintf("%08x", crc32.Checksum(b.Bytes(), crc32.MakeTable(crc32.Castagnoli)))
}

// DecodeInvitation reads an invitation, or a single lease, from JSON. A version that is too new, or a lease that cannot be
// run as it stands (truncated, out of bounds), is an error that names the field.
func DecodeInvitation(b []byte) (*Invitation, error) {
	var probe struct {
		Version int             `json:"version"`
		Leases  json.RawMessage `json:"leases"`
		Sum     string          `json:"sum"`
	}
	if err := json.Unmarshal(b, &probe); err != nil {
		return nil, fmt.Errorf("decode invitation: %w", err)
	}
	if probe.Version < 1 || probe.Version > WireVersion {
		return nil, fmt.Errorf("decode invitation: version %d is not one that this executor knows (1 to %d); update the executor", probe.Version, WireVersion)
	}
	if probe.Sum != "" && probe.Sum != sumOf(probe.Leases) {
		return nil, fmt.Errorf("decode invitation: it was damaged on its way: its leases do not have the checksum %q; the coordinator grants them again", probe.Sum)
	}
	inv := &Invitation{Version: probe.Version}
	if probe.Leases != nil {
		if err := json.Unmarshal(b, inv); err != nil {
			return nil, fmt.Errorf("decode invitation: %w", err)
		}
	} else {
		var l Lease
		if err := json.Unmarshal(b, &l); err != nil {
			return nil, fmt.Errorf("decode lease: %w", err)
		}
		inv.Leases = []Lease{l}
	}
	if len(inv.Leases) == 0 {
		return nil, fmt.Errorf("decode invitation: it carries no lease")
	}
	for i := range inv.Leases {
		if err := inv.Leases[i].Check(); err != nil {
			return nil, fmt.Errorf("decode invitation: lease %d (%s): %w", i, inv.Leases[i].ID, err)
		}
	}
	return inv, nil
}
