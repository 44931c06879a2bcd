package convert

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Limits of the Java original's parser.
const (
	maxDepth  = 1000
	maxNumber = 1000
	maxName   = 50_000
)

// What can be wrong with a text. They are values, so that a bad record costs little.
var (
	errEnd    = errors.New("the text ends inside a value")
	errToken  = errors.New("a value, comma, colon or bracket was expected")
	errNumber = errors.New("the number is malformed")
	errString = errors.New("the string has a bad escape or a control character")
	errUTF8   = errors.New("the text is not UTF-8")
	errDepth  = errors.New("the nesting is deeper than 1000")
	errLong   = errors.New("the number has more than 1000 characters")
	errName   = errors.New("the name is longer than 50000 characters")
)

// Lexer reads the tokens of one JSON text. Strings alias the text unless they have escapes; then they are from a.
type Lexer struct {
	b     []byte
	i     int
	depth int
	a     *tasks.Arena
}

// NewLexer returns a lexer of a JSON text of any of Unicode's encodings, told by its first bytes. a may be nil.
func NewLexer(a *tasks.Arena, text []byte) (Lexer, error) {
	b, err := utf8Text(a, text)
	return Lexer{b: b, a: a}, err
}

// Peek skips blanks and returns the next byte, 0 at the end (which is no byte of JSON).
func (l *Lexer) Peek() byte {
	for l.i < len(l.b) {
		c := l.b[l.i]
		if c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
		l.i++
	}
	return 0
}

// Problem returns what is wrong when an unexpected byte stands at i.
func (l *Lexer) Problem() error {
	if l.i >= len(l.b) {
		return errEnd
	}
	return errToken
}

// Enter passes over an opening bracket; an error says that the nesting is too deep.
func (l *Lexer) Enter() error {
	if l.depth++; l.depth > maxDepth {
		return errDepth
	}
	l.i++
	return nil
}

// Literal reads true, false or null.
func (l *Lexer) Literal(word string) error {
	end := l.i + len(word)
	if end > len(l.b) || string(l.b[l.i:end]) != word {
		return errToken
	}
	l.i = end
	if end < len(l.b) {
		if c := l.b[end]; c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_' || c == '$' || c >= 0x80 {
			return errToken
		}
	}
	return nil
}

// Number reads a number and returns its text and whether it has a fraction or an exponent. A number at the root must be
// followed by a blank or the end.
func (l *Lexer) Number() (text []byte, fractional bool, err error) {
	b, start, i := l.b, l.i, l.i
	if b[i] == '-' {
		i++
	}
	first := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	if i == first {
		return nil, false, errNumber
	}
	digits := func() bool {
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		return i > from
	}
	if i < len(b) && b[i] == '.' {
		i++
		fractional = true
		if !digits() {
			return nil, false, errNumber
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		fractional = true
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return nil, false, errNumber
		}
	}
	if i-start > maxNumber {
		return nil, false, errLong
	}
	if l.depth == 0 && i < len(b) && b[i] != ' ' && b[i] != '\n' && b[i] != '\r' && b[i] != '\t' && b[i] != 0 {
		return nil, false, errNumber
	}
	l.i = i
	return b[start:i], fractional, nil
}

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain returns the index of the first byte at or after i that ends or interrupts a plain ASCII string: a quote, a
// backslash, a control character, or a byte above 127; len(b) when there is none.
func plain(b []byte, i int) int {
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		q, s := w^(lows*'"'), w^(lows*'\\')
		if m := (w | (w - lows*' ') | (q - lows) | (s - lows)) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)/8 // The lowest mark is true: borrows only go up from one.
		}
		i += 8
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < ' ' || c >= 0x80 {
			return i
		}
	}
	return i
}

// Text reads a string whose quote is at i.
func (l *Lexer) Text() ([]byte, error) {
	start := l.i + 1
	i := plain(l.b, start)
	for i < len(l.b) && l.b[i] >= 0x80 {
		r, n := utf8.DecodeRune(l.b[i:])
		if r == utf8.RuneError && n < 2 {
			return l.escaped(start, i)
		}
		i = plain(l.b, i+n)
	}
	if i >= len(l.b) {
		return nil, errEnd
	}
	if l.b[i] != '"' {
		return l.escaped(start, i)
	}
	l.i = i + 1
	return l.b[start:i], nil
}

// escaped reads the rest of a string from i where it stops being a copy of the text.
func (l *Lexer) escaped(start, i int) ([]byte, error) {
	end := i
	for end < len(l.b) && l.b[end] != '"' {
		if l.b[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(l.b) {
		return nil, errEnd
	}
	out := append(l.a.Bytes(end - start)[:0], l.b[start:i]...) // No escape makes a text longer.
	for i < end {
		switch c := l.b[i]; {
		case c < ' ':
			return nil, errString
		case c == '\\':
			var err error
			if out, i, err = l.escape(out, i+1); err != nil {
				return nil, err
			}
		case c < 0x80:
			out, i = append(out, c), i+1
		default:
			r, n := utf8.DecodeRune(l.b[i:end])
			if r == utf8.RuneError && n < 2 {
				if out, n = overlong(out, l.b[i:end]); n == 0 {
					return nil, errUTF8
				}
				i += n
				continue
			}
			out, i = append(out, l.b[i:i+n]...), i+n
		}
	}
	l.i = end + 1
	return out, nil
}

// overlong reads a character in more bytes than it needs, which the original accepts; n is 0 when it is not one.
func overlong(out, b []byte) (_ []byte, n int) {
	r := rune(b[0])
	switch {
	case r&0xe0 == 0xc0:
		r, n = r&0x1f, 2
	case r&0xf0 == 0xe0:
		r, n = r&0x0f, 3
	case r&0xf8 == 0xf0:
		r, n = r&0x07, 4
	default:
		return out, 0
	}
	if len(b) < n {
		return out, 0
	}
	for _, c := range b[1:n] {
		if c&0xc0 != 0x80 {
			return out, 0
		}
		r = r<<6 | rune(c&0x3f)
	}
	switch {
	case r >= 0xd800 && r < 0xe000:
		return out, 0
	case r > utf8.MaxRune:
		// The original makes two halves of a pair of it without looking.
		r -= 0x10000
		return appendHalf(appendHalf(out, 0xd800|r>>10), 0xdc00|r&0x3ff), n
	}
	return utf8.AppendRune(out, r), n
}

// escape reads one escape sequence whose backslash is before i.
func (l *Lexer) escape(out []byte, i int) ([]byte, int, error) {
	switch c := l.b[i]; c {
	case '"', '\\', '/':
		return append(out, c), i + 1, nil
	case 'b':
		return append(out, '\b'), i + 1, nil
	case 'f':
		return append(out, '\f'), i + 1, nil
	case 'n':
		return append(out, '\n'), i + 1, nil
	case 'r':
		return append(out, '\r'), i + 1, nil
	case 't':
		return append(out, '\t'), i + 1, nil
	case 'u':
	default:
		return nil, 0, errString
	}
	u := hex4(l.b, i+1)
	if u < 0 {
		return nil, 0, errString
	}
	i += 5
	if u >= 0xd800 && u < 0xdc00 && i+6 <= len(l.b) && l.b[i] == '\\' && l.b[i+1] == 'u' {
		if v := hex4(l.b, i+2); v >= 0xdc00 && v < 0xe000 {
			return utf8.AppendRune(out, (u-0xd800)<<10+(v-0xdc00)+0x10000), i + 6, nil
		}
	}
	if u >= 0xd800 && u < 0xe000 {
		// Half of a pair stays what it is, in the bytes that a code point of its number would have.
		return appendHalf(out, u), i, nil
	}
	return utf8.AppendRune(out, u), i, nil
}

// appendHalf appends half of a pair in three bytes.
func appendHalf(out []byte, u rune) []byte {
	return append(out, 0xed, 0x80|byte(u>>6&0x3f), 0x80|byte(u&0x3f))
}

func hex4(b []byte, i int) rune {
	if i+4 > len(b) {
		return -1
	}
	r := rune(0)
	for _, c := range b[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// Name reads the name of a member, its colon, and the blanks behind.
func (l *Lexer) Name() ([]byte, error) {
	if l.Peek() != '"' {
		return nil, l.Problem()
	}
	start := l.i
	s, err := l.Text()
	if err != nil {
		return nil, err
	}
	if len(s) > maxName {
		return nil, errName
	}
	if l.i-start-2 != len(s) && !utf8.Valid(s) {
		return nil, errString // Names, unlike values, take no half of a pair.
	}
	if l.Peek() != ':' {
		return nil, l.Problem()
	}
	l.i++
	return s, nil
}

// Next reads the comma or the closing bracket behind an item.
func (l *Lexer) Next(closing byte) (more bool, err error) {
	switch l.Peek() {
	case ',':
		l.i++
		return true, nil
	case closing:
		l.i++
		l.depth--
		return false, nil
	}
	return false, l.Problem()
}
