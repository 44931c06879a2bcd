package javatime

import (
	"strings"
	"unicode"
)

// Digit returns the value of a decimal digit of any script, or -1. Unicode has them in runs of ten.
func Digit(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r < 0x80 || !unicode.Is(unicode.Nd, r):
		return -1
	}
	for _, x := range unicode.Nd.R16 {
		if r >= rune(x.Lo) && r <= rune(x.Hi) {
			return int(r-rune(x.Lo)) % 10
		}
	}
	for _, x := range unicode.Nd.R32 {
		if r >= rune(x.Lo) && r <= rune(x.Hi) {
			return int(r-rune(x.Lo)) % 10
		}
	}
	return -1
}

// ASCIIDigits writes the decimal digits of any script as those of ASCII, since Java's parsers of numbers take them all.
func ASCIIDigits(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if d := Digit(r); d >= 0 {
			return '0' + rune(d)
		}
		return r
	}, s)
}
