// Package javatime writes and reads times by the patterns of java.text.SimpleDateFormat, in UTC, English and the calendar
// of Java, which is Julian before 1582-10-15.
//
// It is pure, so two habits of the original are left out: years of two digits are read into the hundred years from 1946 on,
// not into those around today, and the zone of one text is forgotten before the next is read.
package javatime

import (
	"fmt"
	"strings"
)

// Layout is a compiled pattern, safe for concurrent use.
type Layout struct{ parts []part }

// part is a letter repeated n times, or a literal text when letter is 0.
type part struct {
	letter byte
	n      int
	text   string
}

const letters = "GyYMLwWDdFEuaHkKhmsSzZX"

// Compile reads a pattern; the error has Java's text.
func Compile(pattern string) (*Layout, error) {
	l := &Layout{}
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			text, n, ok := quoted(pattern[i:])
			if !ok {
				return nil, fmt.Errorf("Unterminated quote")
			}
			l.parts, i = append(l.parts, part{text: text}), i+n
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			if strings.IndexByte(letters, c) < 0 {
				return nil, fmt.Errorf("Illegal pattern character '%c'", c)
			}
			if c == 'X' && n > 3 {
				return nil, fmt.Errorf("invalid ISO 8601 format: length=%d", n)
			}
			l.parts, i = append(l.parts, part{letter: c, n: n}), i+n
		default:
			l.parts, i = append(l.parts, part{text: pattern[i : i+1]}), i+1
		}
	}
	return l, nil
}

// quoted reads a quotation at the start of s: its text and its length. Two quotes are one quote, inside and outside.
func quoted(s string) (string, int, bool) {
	if strings.HasPrefix(s, "''") {
		return "'", 2, true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
		} else if strings.HasPrefix(s[i:], "''") {
			b.WriteByte('\'')
			i++
		} else {
			return b.String(), i + 1, true
		}
	}
	return "", 0, false
}
