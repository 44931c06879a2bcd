package jodatime

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Pattern is a compiled pattern with its zone and language, safe for concurrent use.
type Pattern struct {
	tokens []token
	zone   *time.Location
	words  *language
}

// token is a letter repeated n times, or a literal text when letter is 0.
type token struct {
	letter byte
	n      int
	text   string
}

const letters = "GCxyYMdahHkKmsSeEDwzZ"

// Compile reads a pattern. locale is the text of Connect's property. The error has Joda's text.
func Compile(pattern, locale string, zone *time.Location) (*Pattern, error) {
	p := &Pattern{zone: zone, words: languageOf(locale)}
	for rest := pattern; rest != ""; {
		c := rest[0]
		if !isLetter(c) {
			text, n := literal(rest)
			p.tokens = append(p.tokens, token{text: text})
			rest = rest[n:]
			continue
		}
		n := 1
		for n < len(rest) && rest[n] == c {
			n++
		}
		if strings.IndexByte(letters, c) < 0 {
			return nil, fmt.Errorf("Illegal pattern component: %s", rest[:n])
		}
		p.tokens = append(p.tokens, token{letter: c, n: n})
		rest = rest[n:]
	}
	return p, nil
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

// literal reads text up to the next letter outside of quotes: the text and how long it is in the pattern. Two quotes are one
// quote, inside and outside; a quote that is not closed goes to the end.
func literal(s string) (string, int) {
	var b strings.Builder
	quoted := false
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\'' && i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte(c)
			i++
		case c == '\'':
			quoted = !quoted
		case !quoted && isLetter(c):
			return b.String(), i
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), i
}

// Append appends the time of ms milliseconds since the epoch to b.
func (p *Pattern) Append(b []byte, ms int64) []byte {
	t := time.UnixMilli(ms).In(p.zone)
	for _, k := range p.tokens {
		if k.letter == 0 {
			b = append(b, k.text...)
		} else {
			b = p.words.append(b, k, t)
		}
	}
	return b
}

func (l *language) append(b []byte, k token, t time.Time) []byte {
	switch k.letter {
	case 'G':
		return append(b, l.eras[btoi(t.Year() > 0)]...)
	case 'M':
		switch {
		case k.n >= 4:
			return append(b, l.months[t.Month()-1]...)
		case k.n == 3:
			return append(b, l.shortMonths[t.Month()-1]...)
		}
		return pad(b, int(t.Month()), k.n)
	case 'E':
		day := (int(t.Weekday()) + 6) % 7
		if k.n >= 4 {
			return append(b, l.days[day]...)
		}
		return append(b, l.shortDays[day]...)
	case 'a':
		return append(b, l.halves[t.Hour()/12]...)
	case 'z':
		return append(b, l.zoneName(t, k.n >= 4)...)
	case 'Z':
		if k.n >= 3 {
			return append(b, zoneID(t.Location())...)
		}
		_, seconds := t.Zone()
		return append(b, clockText(int64(seconds), k.n == 2)...)
	case 'S':
		return fraction(b, t.Nanosecond()/int(time.Millisecond), k.n)
	case 'x', 'y', 'Y':
		return year(b, k, t)
	}
	return pad(b, number(k.letter, t), k.n)
}

func zoneID(z *time.Location) string {
	if z == time.UTC {
		return "UTC"
	}
	return z.String()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// year appends the year: x that of the ISO week, y with a sign before year 1, Y in its era. Two letters are two digits.
func year(b []byte, k token, t time.Time) []byte {
	n := t.Year()
	switch {
	case k.letter == 'x':
		n, _ = t.ISOWeek()
	case k.letter == 'Y' && n <= 0:
		n = 1 - n
	}
	if k.n == 2 {
		return pad(b, max(n, -n)%100, 2)
	}
	return pad(b, n, k.n)
}

func number(letter byte, t time.Time) int {
	switch letter {
	case 'C':
		n := t.Year()
		if n <= 0 {
			n = 1 - n
		}
		return n / 100
	case 'd':
		return t.Day()
	case 'h':
		return (t.Hour()+11)%12 + 1
	case 'H':
		return t.Hour()
	case 'k':
		return (t.Hour()+23)%24 + 1
	case 'K':
		return t.Hour() % 12
	case 'm':
		return t.Minute()
	case 's':
		return t.Second()
	case 'e':
		return (int(t.Weekday())+6)%7 + 1
	case 'D':
		return t.YearDay()
	}
	_, week := t.ISOWeek()
	return week
}

// fraction appends the first n digits of a second's fraction.
func fraction(b []byte, ms, n int) []byte {
	digits := fmt.Sprintf("%03d", ms)
	if n <= len(digits) {
		return append(b, digits[:n]...)
	}
	return append(append(b, digits...), strings.Repeat("0", n-len(digits))...)
}

func pad(b []byte, v, width int) []byte {
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	digits := strconv.Itoa(v)
	for range width - len(digits) {
		b = append(b, '0')
	}
	return append(b, digits...)
}
