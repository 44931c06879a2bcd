// Package printable shows bytes of records to people and to other programs.
package printable

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bytes are bytes as they are shown: as text where they are one, else in hex. As JSON they are {"text": …} or {"hex": …}, and
// nil is null.
type Bytes struct {
	Text *string `json:"text,omitempty"`
	Hex  *string `json:"hex,omitempty"`
}

// Of returns b to be shown; nil is Kafka's null.
func Of(b []byte) *Bytes {
	if b == nil {
		return nil
	}
	if text := string(b); utf8.Valid(b) && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) {
		return &Bytes{Text: &text}
	}
	h := hex.EncodeToString(b)
	return &Bytes{Hex: &h}
}

// shown bounds what people see of one key or value, in bytes of what is printed.
const shown = 2000

// String is for people: long ones are cut, and say how long they are.
func (b *Bytes) String() string {
	if b == nil {
		return "null"
	}
	var text string
	var size int
	if b.Text != nil {
		text, size = *b.Text, len(*b.Text)
	} else {
		text, size = "0x"+*b.Hex, len(*b.Hex)/2
	}
	if len(text) > shown {
		return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:shown], ""), size)
	}
	return text
}
