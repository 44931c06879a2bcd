package protobuf

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// lexer splits a .proto text into words, quoted strings and single signs.
type lexer struct {
	s    string
	i    int
	line int
	// The token at hand.
	text  string
	kind  tokenKind
	depth int
	// lossy tells that the text has more than what is kept of it.
	lossy bool
}

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenString
	tokenSign
)

// maxDepth bounds the nesting of texts and of schemas.
const maxDepth = 100

func (l *lexer) errorf(format string, args ...any) error {
	return fmt.Errorf("syntax error in line %d: %s", l.line, fmt.Sprintf(format, args...))
}

// next moves on to the next token.
func (l *lexer) next() error {
	if err := l.blanks(); err != nil {
		return err
	}
	if l.i >= len(l.s) {
		l.text, l.kind = "", tokenEnd
		return nil
	}
	c := l.s[l.i]
	switch {
	case c == '"' || c == '\'':
		return l.quoted(c)
	case wordByte(c):
		start := l.i
		for l.i < len(l.s) && wordByte(l.s[l.i]) {
			l.i++
		}
		l.text, l.kind = l.s[start:l.i], tokenWord
	default:
		l.text, l.kind = l.s[l.i:l.i+1], tokenSign
		l.i++
	}
	return nil
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == '+'
}

func (l *lexer) blanks() error {
	for l.i < len(l.s) {
		switch c := l.s[l.i]; {
		case c == '\n':
			l.line++
			l.i++
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.i++
		case strings.HasPrefix(l.s[l.i:], "\ufeff") && l.i == 0:
			l.i += 3
		case strings.HasPrefix(l.s[l.i:], "//"):
			l.lossy = true
			end := strings.IndexByte(l.s[l.i:], '\n')
			if end < 0 {
				end = len(l.s) - l.i
			}
			l.i += end
		case strings.HasPrefix(l.s[l.i:], "/*"):
			l.lossy = true
			end := strings.Index(l.s[l.i+2:], "*/")
			if end < 0 {
				return l.errorf("a comment has no end")
			}
			l.line += strings.Count(l.s[l.i:l.i+2+end], "\n")
			l.i += end + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) quoted(quote byte) error {
	var b strings.Builder
	for l.i++; l.i < len(l.s); {
		c := l.s[l.i]
		l.i++
		switch {
		case c == quote:
			l.text, l.kind = b.String(), tokenString
			return nil
		case c == '\n':
			return l.errorf("a string has no end")
		case c == '\\':
			if err := l.escape(&b); err != nil {
				return err
			}
		default:
			b.WriteByte(c)
		}
	}
	return l.errorf("a string has no end")
}

func (l *lexer) escape(b *strings.Builder) error {
	if l.i >= len(l.s) {
		return l.errorf("a string has no end")
	}
	c := l.s[l.i]
	l.i++
	if i := strings.IndexByte(`abfnrtv`, c); i >= 0 {
		b.WriteByte("\a\b\f\n\r\t\v"[i])
		return nil
	}
	switch {
	case c >= '0' && c <= '7':
		l.i--
		b.WriteByte(byte(l.digits(3, 8)))
	case c == 'x' || c == 'X':
		b.WriteByte(byte(l.digits(2, 16)))
	case c == 'u':
		b.Write(utf8.AppendRune(nil, rune(l.digits(4, 16))))
	case c == 'U':
		b.Write(utf8.AppendRune(nil, rune(l.digits(8, 16))))
	default:
		b.WriteByte(c)
	}
	return nil
}

func (l *lexer) digits(most, base int) int64 {
	end := l.i
	for end < len(l.s) && end-l.i < most {
		if _, err := strconv.ParseUint(l.s[end:end+1], base, 8); err != nil {
			break
		}
		end++
	}
	v, err := strconv.ParseInt(l.s[l.i:end], base, 64)
	if err != nil {
		v = 0
	}
	l.i = end
	return v
}

// is reports whether the token at hand is the word or sign, and not a string.
func (l *lexer) is(text string) bool { return l.kind != tokenString && l.text == text }

// take moves past the token when it is the word or sign.
func (l *lexer) take(text string) (bool, error) {
	if !l.is(text) {
		return false, nil
	}
	return true, l.next()
}

// expect moves past the word or sign, which must be there.
func (l *lexer) expect(text string) error {
	if ok, err := l.take(text); ok || err != nil {
		return err
	}
	return l.errorf("expected %q but found %q", text, l.text)
}

// word returns the word at hand and moves on.
func (l *lexer) word() (string, error) {
	if l.kind != tokenWord {
		return "", l.errorf("expected a word but found %q", l.text)
	}
	w := l.text
	return w, l.next()
}

// str returns the strings at hand, put together, and moves on.
func (l *lexer) str() (string, error) {
	if l.kind != tokenString {
		return "", l.errorf("expected a string but found %q", l.text)
	}
	s := l.text
	if err := l.next(); err != nil {
		return "", err
	}
	for l.kind == tokenString {
		s += l.text
		if err := l.next(); err != nil {
			return "", err
		}
	}
	return s, nil
}

// integer returns the number at hand and moves on.
func (l *lexer) integer() (int32, error) {
	w, err := l.word()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(w, 0, 32)
	if err != nil {
		return 0, l.errorf("expected an integer but found %q", w)
	}
	return int32(n), nil
}
