package printable_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/printable"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		in         []byte
		json, text string
	}{
		{"null", nil, "null", "null"},
		{"empty", []byte{}, `{"text":""}`, ""},
		{"text", []byte("a\n\u00e4"), `{"text":"a\nä"}`, "a\nä"},
		{"bytes", []byte{0, 0xff}, `{"hex":"00ff"}`, "0x00ff"},
		{"half a character", []byte{0xc3}, `{"hex":"c3"}`, "0xc3"},
		{"long", []byte(strings.Repeat("a", 3000)), `{"text":"` + strings.Repeat("a", 3000) + `"}`, strings.Repeat("a", 2000) + "… (3000 bytes)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := printable.Of(c.in)
			if b, err := json.Marshal(got); err != nil || string(b) != c.json {
				t.Errorf("JSON %s, %v, want %s", b, err, c.json)
			}
			if got.String() != c.text {
				t.Errorf("text %s, want %s", got, c.text)
			}
		})
	}
}
