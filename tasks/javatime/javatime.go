// Package javatime writes times by the patterns of java.text.SimpleDateFormat, in UTC and English.
package javatime

import (
	"fmt"
	"strconv"
	"strings"
	"time"
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
			l.parts, i = append(l.parts, part{text: string(c)}), i+1
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

// AppendMillis appends the time of ms milliseconds since the epoch to b.
func (l *Layout) AppendMillis(b []byte, ms int64) []byte {
	t := time.UnixMilli(ms).UTC()
	for _, p := range l.parts {
		b = p.append(b, t)
	}
	return b
}

func (p part) append(b []byte, t time.Time) []byte {
	switch p.letter {
	case 0:
		return append(b, p.text...)
	case 'G':
		if t.Year() <= 0 {
			return append(b, "BC"...)
		}
		return append(b, "AD"...)
	case 'y':
		year := t.Year()
		if year <= 0 {
			year = 1 - year
		}
		return p.year(b, year)
	case 'Y':
		return p.year(b, weekYear(t))
	case 'M', 'L':
		return p.name(b, t.Month().String(), int(t.Month()))
	case 'E':
		if p.n >= 4 {
			return append(b, t.Weekday().String()...)
		}
		return append(b, t.Weekday().String()[:3]...)
	case 'a':
		if t.Hour() < 12 {
			return append(b, "AM"...)
		}
		return append(b, "PM"...)
	case 'z':
		if p.n >= 4 {
			return append(b, "Coordinated Universal Time"...)
		}
		return append(b, "UTC"...)
	case 'Z':
		return append(b, "+0000"...)
	case 'X':
		return append(b, 'Z')
	}
	return pad(b, p.number(t), p.n)
}

func (p part) year(b []byte, year int) []byte {
	if p.n == 2 {
		return pad(b, year%100, 2)
	}
	return pad(b, year, p.n)
}

func (p part) name(b []byte, name string, number int) []byte {
	switch {
	case p.n >= 4:
		return append(b, name...)
	case p.n == 3:
		return append(b, name[:3]...)
	}
	return pad(b, number, p.n)
}

func (p part) number(t time.Time) int {
	switch p.letter {
	case 'w':
		return week(t)
	case 'W':
		first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
		return (t.Day()-1+int(first.Weekday()))/7 + 1
	case 'D':
		return t.YearDay()
	case 'd':
		return t.Day()
	case 'F':
		return (t.Day()-1)/7 + 1
	case 'u':
		return (int(t.Weekday())+6)%7 + 1
	case 'H':
		return t.Hour()
	case 'k':
		return (t.Hour()+23)%24 + 1
	case 'K':
		return t.Hour() % 12
	case 'h':
		return (t.Hour()+11)%12 + 1
	case 'm':
		return t.Minute()
	case 's':
		return t.Second()
	}
	return t.Nanosecond() / int(time.Millisecond)
}

// weekYear and week follow the rules of the US locale: weeks begin on Sunday, the first one holds January 1.
func weekYear(t time.Time) int {
	return t.AddDate(0, 0, 6-int(t.Weekday())).Year()
}

func week(t time.Time) int {
	return (t.AddDate(0, 0, 6-int(t.Weekday())).YearDay()-1)/7 + 1
}

func pad(b []byte, v, width int) []byte {
	for limit, digits := 10, 1; digits < width; digits++ {
		if v < limit {
			b = append(b, '0')
		}
		limit *= 10
		if limit < 0 || limit > 1e9 {
			limit = 1e9
		}
	}
	return strconv.AppendInt(b, int64(v), 10)
}
