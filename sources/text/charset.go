package text

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks/javacharset"
)

// Charset decodes the bytes of one character set. Its zero value is UTF-8.
type Charset struct{ table *javacharset.Charset }

// NewCharset finds a character set by its Java or IANA name. Only those are known in which every byte is a character and
// the bytes below 128 are ASCII, since rows are found by their bytes.
func NewCharset(name string) (Charset, error) {
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return Charset{}, nil
	}
	table := javacharset.Find(name)
	if table == nil || !table.Single() || !table.ASCII() {
		return Charset{}, fmt.Errorf("character set %q is not known, or not one of single bytes; use UTF-8, US-ASCII, ISO-8859-n or windows-125n", name)
	}
	return Charset{table}, nil
}

// Plain reports whether b needs no decoding: its bytes are the UTF-8 text.
func (c Charset) Plain(b []byte) bool {
	if c.table == nil {
		return utf8.Valid(b)
	}
	for _, x := range b {
		if x >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Append appends the UTF-8 text of b to dst. What cannot be decoded becomes U+FFFD, as Java's decoders do.
func (c Charset) Append(dst, b []byte) []byte {
	if c.table == nil {
		return javacharset.AppendUTF8(dst, b)
	}
	return c.table.Append(dst, b)
}
