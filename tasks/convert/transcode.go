package convert

import (
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/mayfly-connect/mayfly/tasks"
)

// transcoder rewrites one JSON text as decoding and encoding it would, in one pass: stretches that stay as they are are
// copied whole. It gives up (ok false) on whatever is unusual, errors included; the long way then says what is wrong.
type transcoder struct {
	Lexer
	out     []byte
	copied  int       // the text before it is in out
	members []member  // of the objects that are open
	shapes  [16]shape // by the number of members and the depth
	scratch []byte    // of arrange
}

// flush copies the text up to i, and leaves out what lies between i and next.
func (t *transcoder) flush(i, next int) {
	t.out = append(t.out, t.b[t.copied:i]...)
	t.copied = next
}

// blanks leaves out the blanks at i and returns the next byte, 0 at the end.
func (t *transcoder) blanks() byte {
	if t.i < len(t.b) && t.b[t.i] > ' ' {
		return t.b[t.i]
	}
	start := t.i
	c := t.Peek()
	if t.i > start {
		t.flush(start, t.i)
	}
	return c
}

func (t *transcoder) value() bool {
	switch c := t.blanks(); {
	case c == '"':
		_, ok := t.text()
		return ok
	case c == '{':
		return t.object()
	case c == '[':
		return t.array()
	case c == 't':
		return t.Literal("true") == nil
	case c == 'f':
		return t.Literal("false") == nil
	case c == 'n':
		return t.depth > 0 && t.Literal("null") == nil
	case c == '-' || c >= '0' && c <= '9':
		return t.num()
	}
	return false
}

// text passes over a string; name is its content when it has no escapes.
func (t *transcoder) text() (name []byte, ok bool) {
	start := t.i
	i := plain(t.b, start+1)
	for i < len(t.b) && t.b[i] >= 0x80 {
		r, n := utf8.DecodeRune(t.b[i:])
		if r == utf8.RuneError && n < 2 || r > 0xffff {
			return nil, t.rewrite()
		}
		i = plain(t.b, i+n)
	}
	if i >= len(t.b) {
		return nil, false
	}
	if t.b[i] != '"' {
		return nil, t.rewrite()
	}
	t.i = i + 1
	return t.b[start+1 : i], true
}

// rewrite decodes and encodes the string at i.
func (t *transcoder) rewrite() bool {
	start := t.i
	s, err := t.Text()
	if err != nil {
		return false
	}
	t.flush(start, t.i)
	t.out = appendString(t.out, s)
	return true
}

func (t *transcoder) num() bool {
	start := t.i
	text, fractional, err := t.Number()
	if err != nil {
		return false
	}
	if !fractional {
		if c := text[0]; len(text) < 19 && (c >= '1' || len(text) == 1 && c == '0' || len(text) > 1 && c == '-' && text[1] >= '1') {
			return true
		}
		t.flush(start, t.i)
		t.out = strconv.AppendInt(t.out, parseLong(text), 10)
		return true
	}
	t.flush(start, t.i)
	t.out = appendNumber(t.out, parseDouble(text))
	return true
}

func (t *transcoder) array() bool {
	if t.Enter() != nil {
		return false
	}
	if t.blanks() == ']' {
		t.i++
		t.depth--
		return true
	}
	for more := true; more; {
		if !t.value() {
			return false
		}
		t.blanks()
		var err error
		if more, err = t.Next(']'); err != nil {
			return false
		}
	}
	return true
}

func (t *transcoder) object() bool {
	if t.Enter() != nil {
		return false
	}
	if t.blanks() == '}' {
		t.i++
		t.depth--
		return true
	}
	base := len(t.members)
	for more := true; more; {
		if t.blanks() != '"' {
			return false
		}
		begin := t.written()
		name, ok := t.text()
		if !ok || name == nil || len(name) > maxName || t.blanks() != ':' {
			return false
		}
		t.members = append(t.members, member{name: name, begin: begin})
		last := len(t.members) - 1
		t.i++
		if !t.value() {
			return false
		}
		t.members[last].end = t.written()
		t.blanks()
		var err error
		if more, err = t.Next('}'); err != nil {
			return false
		}
	}
	ok := t.arrange(t.members[base:])
	t.members = t.members[:base]
	return ok
}

// transcode rewrites the first value of data. The result is from a.
func (t *transcoder) transcode(a *tasks.Arena, data []byte) ([]byte, bool) {
	if len(data) < 2 || data[0] == 0 || data[1] == 0 || data[0] >= 0x80 {
		return nil, false // empty, or not UTF-8 as it stands
	}
	t.b, t.i, t.depth, t.a = data, 0, 0, a
	t.out, t.copied, t.members = t.out[:0], 0, t.members[:0]
	if !t.value() {
		return nil, false
	}
	if t.copied == 0 && len(t.out) == 0 {
		return data[:t.i:t.i], true
	}
	t.flush(t.i, t.i)
	out := a.Bytes(len(t.out))
	copy(out, t.out)
	return out, true
}

// asString returns b as a string without a copy.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
