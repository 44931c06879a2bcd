package javatime

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// zoneNames are Java's English names of time zones and their distance from Greenwich in minutes. Of two with which a text
// begins, the first counts.
//
//go:embed zones.txt
var zoneNames string

type zoneName struct {
	name    string
	minutes int64
}

var zones = sync.OnceValue(func() []zoneName {
	var out []zoneName
	for line := range strings.Lines(zoneNames) {
		name, minutes, _ := strings.Cut(strings.TrimSpace(line), "\t")
		n, _ := strconv.ParseInt(minutes, 10, 64)
		out = append(out, zoneName{name, n})
	}
	return out
})

// general reads a zone of the letters z and Z behind blanks: +0100, GMT+1:00 or a name.
func general(f *fields, text string, blank int) (int, bool) {
	s := text[blank:]
	if sign := signOf(s); sign != 0 {
		n, ok := distance(f, s[1:], sign, 0, false)
		return blank + 1 + n, ok
	}
	if hasPrefixFold(text, "GMT") { // Blanks are not skipped here.
		rest := text[3:]
		sign := signOf(rest)
		if sign == 0 {
			f.set(zone, 0)
			return 3, true
		}
		n, ok := distance(f, rest[1:], sign, 0, true)
		return 4 + n, ok
	}
	for _, z := range zones() {
		if hasPrefixFold(s, z.name) {
			f.set(zone, z.minutes*60_000)
			return blank + len(z.name), true
		}
	}
	return 0, false
}

// iso reads a zone of the letter X: Z, or as many digits as the pattern has letters.
func (p part) iso(f *fields, s string) (int, bool) {
	if strings.HasPrefix(s, "Z") {
		f.set(zone, 0)
		return 1, true
	}
	sign := signOf(s)
	if sign == 0 {
		return 0, false
	}
	n, ok := distance(f, s[1:], sign, p.n, p.n == 3)
	return 1 + n, ok
}

func signOf(s string) int64 {
	switch {
	case strings.HasPrefix(s, "+"):
		return 1
	case strings.HasPrefix(s, "-"):
		return -1
	}
	return 0
}

// distance reads hours and minutes. count 1 has hours alone; 0 with a colon allows hours of one digit.
func distance(f *fields, s string, sign int64, count int, colon bool) (int, bool) {
	two := func(i int) (int64, bool) {
		if i+1 >= len(s) || !ascii(s[i]) || !ascii(s[i+1]) {
			return 0, false
		}
		return int64(s[i]-'0')*10 + int64(s[i+1]-'0'), true
	}
	n := 2
	hours, ok := two(0)
	if !ok {
		if count > 0 || !colon || len(s) < 2 || !ascii(s[0]) {
			return 0, false
		}
		hours, n = int64(s[0]-'0'), 1
	}
	if hours > 23 {
		return 0, false
	}
	minutes := int64(0)
	if count != 1 {
		if colon {
			if n >= len(s) || s[n] != ':' {
				return 0, false
			}
			n++
		}
		if minutes, ok = two(n); !ok || minutes > 59 {
			return 0, false
		}
		n += 2
	}
	f.set(zone, sign*(hours*60+minutes)*60_000)
	return n, true
}

func ascii(c byte) bool { return c >= '0' && c <= '9' }
