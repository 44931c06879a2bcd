package javaregexp

import (
	"slices"
	"strings"
	"unicode"
)

// span is a range of characters, both ends included.
type span struct{ from, to rune }

// set is the characters of a class, as sorted spans that do not touch.
type set []span

func runes(text string) set {
	var s set
	for _, r := range text {
		s = append(s, span{r, r})
	}
	return s.tidy()
}

func spans(pairs ...rune) set {
	var s set
	for i := 0; i < len(pairs); i += 2 {
		s = append(s, span{pairs[i], pairs[i+1]})
	}
	return s.tidy()
}

func table(t *unicode.RangeTable) set {
	var s set
	add := func(from, to, stride rune) {
		if stride == 1 {
			s = append(s, span{from, to})
			return
		}
		for r := from; r <= to; r += stride {
			s = append(s, span{r, r})
		}
	}
	for _, x := range t.R16 {
		add(rune(x.Lo), rune(x.Hi), rune(x.Stride))
	}
	for _, x := range t.R32 {
		add(rune(x.Lo), rune(x.Hi), rune(x.Stride))
	}
	return s.tidy()
}

// tidy sorts and joins.
func (s set) tidy() set {
	slices.SortFunc(s, func(a, b span) int { return int(a.from - b.from) })
	var out set
	for _, x := range s {
		if n := len(out); n > 0 && x.from <= out[n-1].to+1 {
			out[n-1].to = max(out[n-1].to, x.to)
			continue
		}
		out = append(out, x)
	}
	return out
}

func (s set) union(o ...set) set {
	return append(slices.Clone(s), slices.Concat(o...)...).tidy()
}

func (s set) not() set {
	var out set
	next := rune(0)
	for _, x := range s {
		if x.from > next {
			out = append(out, span{next, x.from - 1})
		}
		next = x.to + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

func (s set) and(o set) set { return s.not().union(o.not()).not() }

// fold adds the other cases of the characters: of ASCII letters alone, or of all.
func (s set) fold(all bool) set {
	out := slices.Clone(s)
	if !all {
		for _, x := range s.and(spans('A', 'Z')) {
			out = append(out, span{x.from + 32, x.to + 32})
		}
		for _, x := range s.and(spans('a', 'z')) {
			out = append(out, span{x.from - 32, x.to - 32})
		}
		return out.tidy()
	}
	for _, x := range s.and(table(unicode.L)) {
		for r := x.from; r <= x.to; r++ {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				out = append(out, span{f, f})
			}
		}
	}
	return out.tidy()
}

// surrogates are no characters of a Go string and cannot be written.
var surrogates = spans(0xd800, 0xdfff)

// String writes the set as a class that both engines read.
func (s set) String() string {
	s = s.and(surrogates.not())
	if len(s) == 0 {
		return `[^\x00-\x{10FFFF}]`
	}
	var b strings.Builder
	b.WriteByte('[')
	for _, x := range s {
		b.WriteString(escaped(x.from))
		if x.to > x.from {
			b.WriteByte('-')
			b.WriteString(escaped(x.to))
		}
	}
	b.WriteByte(']')
	return b.String()
}

const hexDigits = "0123456789ABCDEF"

// escaped writes a character so that it stands for itself, in a class and outside.
func escaped(r rune) string {
	switch {
	case r < ' ' || r == 0x7f:
		return `\x` + string(hexDigits[r>>4]) + string(hexDigits[r&15])
	case r < 0x80 && !isLetter(r) && !isDigit(r) && r != ' ' && r != '_':
		return `\` + string(r)
	}
	return string(r)
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
func isDigit(r rune) bool  { return r >= '0' && r <= '9' }
