package javacharset_test

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks/javacharset"
)

//go:embed testdata/digests.txt
var digests string

// TestAsJava compares what all pairs of bytes, random bytes and all characters become with what Java makes of them.
func TestAsJava(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(digests) {
		f := strings.Fields(line)
		t.Run(f[0], func(t *testing.T) {
			t.Parallel()
			c := javacharset.Find(f[0])
			if c == nil {
				t.Fatal("it is not known")
			}
			if got := decoded(c); got != f[1] {
				t.Errorf("decoded: %s, want %s", got, f[1])
			}
			if got := encoded(c); got != f[2] {
				t.Errorf("encoded: %s, want %s", got, f[2])
			}
		})
	}
}

func decoded(c *javacharset.Charset) string {
	h := sha256.New()
	for i := range 65536 {
		h.Write(c.Append(nil, []byte{byte(i >> 8), byte(i), 'x'}))
	}
	if !c.Single() {
		seed := int64(1)
		for range 100_000 {
			var b [8]byte
			for j := range b {
				seed = seed*6364136223846793005 + 1442695040888963407
				x := byte(uint64(seed) >> 56)
				switch {
				case j%2 == 0:
					x |= 0x80
				case seed>>40&1 != 0:
					x = 0x30 + x&15%10
				}
				b[j] = x
			}
			h.Write(c.Append(nil, b[:]))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func encoded(c *javacharset.Charset) string {
	h := sha256.New()
	x, ok := c.Encode(nil, 'x')
	if !ok {
		x = []byte{'?'}
	}
	for r := range rune(0x11000) {
		if !utf8.ValidRune(r) {
			continue
		}
		b, ok := c.Encode(nil, r)
		if !ok {
			b = []byte{'?'}
		}
		h.Write(append(b, x...))
	}
	return hex.EncodeToString(h.Sum(nil))
}
