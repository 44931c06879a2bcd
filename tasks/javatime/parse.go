package javatime

import (
	"math/big"
	"strings"
	"unicode/utf8"
)

// centuryStart is the first year that two digits can mean.
const centuryStart = 1946

// Parse reads a time at the start of text, as milliseconds since the epoch; what follows is left alone. False when the
// text does not fit the pattern.
func (l *Layout) Parse(text string) (int64, bool) {
	var f fields
	for i, p := range l.parts {
		if p.letter == 0 {
			var ok bool
			if text, ok = strings.CutPrefix(text, p.text); !ok {
				return 0, false
			}
			continue
		}
		// A number that another one follows directly has as many characters as the pattern has letters.
		limited := i+1 < len(l.parts) && l.parts[i+1].numeric()
		n, ok := p.parse(&f, text, limited)
		if !ok {
			return 0, false
		}
		text = text[n:]
	}
	return f.millis()
}

// numeric reports whether the part is read as a number.
func (p part) numeric() bool {
	switch p.letter {
	case 'M', 'L':
		return p.n <= 2
	case 0, 'G', 'E', 'a', 'z', 'Z', 'X', 'u':
		return p.letter == 'u'
	}
	return true
}

var numberFields = map[byte]field{'y': year, 'Y': weekYear, 'M': month, 'L': month, 'd': dayOfMonth, 'k': hourOfDay,
	'H': hourOfDay, 'm': minute, 's': second, 'S': millisecond, 'D': dayOfYear, 'F': dayOfWeekInMonth, 'w': weekOfYear,
	'W': weekOfMonth, 'h': hour, 'K': hour, 'u': dayOfWeek}

// parse reads the part at the start of text and returns how many bytes it took.
func (p part) parse(f *fields, text string, limited bool) (n int, ok bool) {
	blank := len(text) - len(strings.TrimLeft(text, " \t"))
	if blank == len(text) {
		return 0, false
	}
	switch {
	case p.numeric():
		end := len(text)
		if limited {
			if end, ok = characters(text, p.n); !ok {
				return 0, false
			}
		}
		if blank >= end {
			return 0, false
		}
		v, n, ok := number(text[blank:end])
		if !ok {
			return 0, false
		}
		f.set(numberFields[p.letter], p.adjust(v, text[blank:blank+n]))
		return blank + n, true
	case p.letter == 'X':
		n, ok = p.iso(f, text[blank:])
	case p.letter == 'z' || p.letter == 'Z':
		n, ok = general(f, text, blank)
		return n, ok
	default:
		n, ok = p.name(f, text)
		return n, ok
	}
	return blank + n, ok
}

// adjust turns the number of a text into the value of the field.
func (p part) adjust(v int64, text string) int64 {
	switch p.letter {
	case 'y', 'Y':
		if p.n <= 2 && len(text) == 2 && Digit(rune(text[0])) >= 0 && Digit(rune(text[1])) >= 0 {
			if v += centuryStart / 100 * 100; v < centuryStart {
				v += 100
			}
		}
	case 'M', 'L':
		v--
	case 'k':
		if v == 24 {
			v = 0
		}
	case 'h':
		if v == 12 {
			v = 0
		}
	case 'u':
		v = calendarDay(v)
	}
	return v
}

// characters returns how many bytes n characters of UTF-16 have; false when there are not so many.
func characters(text string, n int) (int, bool) {
	for i, r := range text {
		if n <= 0 {
			return i, true
		}
		n--
		if r > 0xffff {
			n--
		}
	}
	return len(text), n <= 0
}

// number reads a whole number as Java's DecimalFormat does: digits of any script and an exponent.
func number(text string) (v int64, n int, ok bool) {
	negative := strings.HasPrefix(text, "-")
	if negative {
		n = 1
	}
	var digits []byte
	for n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		d := Digit(r)
		if d < 0 {
			break
		}
		digits = append(digits, byte('0'+d))
		n += size
	}
	if digits == nil {
		return 0, 0, false
	}
	whole, _ := new(big.Int).SetString(string(digits), 10)
	if exponent, size, ok := exponent(text[n:]); ok && whole.Sign() != 0 {
		n += size
		whole.Mul(whole, new(big.Int).Exp(big.NewInt(10), big.NewInt(min(max(exponent, 0), 400)), nil))
		whole.Quo(whole, new(big.Int).Exp(big.NewInt(10), big.NewInt(min(max(-exponent, 0), int64(len(digits))+400)), nil))
	}
	if negative {
		whole.Neg(whole)
	}
	return int32Of(whole.Int64(), !whole.IsInt64(), negative), n, true
}

// exponent reads an E with a number.
func exponent(text string) (v int64, n int, ok bool) {
	rest, ok := strings.CutPrefix(text, "E")
	if !ok || rest == "" {
		return 0, 0, false
	}
	v, n, ok = number(rest)
	return v, n + 1, ok
}

// name reads an era, a month, a day of the week or a half of the day. Blanks before it are not skipped.
func (p part) name(f *fields, text string) (int, bool) {
	switch p.letter {
	case 'G':
		for i, long := range []string{"Before Christ", "Anno Domini"} {
			if hasPrefixFold(text, long) {
				f.set(era, int64(i))
				return len(long), true
			}
		}
		return longest(f, era, text, 0, "BC", "AD")
	case 'a':
		return longest(f, amPM, text, 0, "AM", "PM")
	case 'M', 'L':
		return longest(f, month, text, 0, months[:]...)
	}
	return longest(f, dayOfWeek, text, 1, weekdays[:]...)
}

// longest finds the name, whole or its first three letters, with which text begins, in any case. The first name has the
// value base.
func longest(f *fields, x field, text string, base int64, names ...string) (int, bool) {
	best, value := 0, int64(0)
	for i, name := range names {
		for _, s := range []string{name, name[:min(3, len(name))]} {
			if len(s) > best && hasPrefixFold(text, s) {
				best, value = len(s), base+int64(i)
			}
		}
	}
	if best == 0 {
		return 0, false
	}
	f.set(x, value)
	return best, true
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}
