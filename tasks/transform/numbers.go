package transform

import (
	"math"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks/javatime"
)

// trim is Java's String.trim: all characters up to the blank.
func trim(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) }

// splitColons is Java's String.split(":"), which drops empty parts at the end, but keeps the one part of an empty text.
func splitColons(s string) []string {
	if s == "" {
		return []string{""}
	}
	parts := strings.Split(s, ":")
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// javaInt64 is Java's cast of a double to long: towards zero, at most the limits, NaN to 0.
func javaInt64(f float64) int64 {
	switch {
	case f != f:
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

// javaInt32 is Java's cast of a double to int.
func javaInt32(f float64) int64 {
	return min(max(javaInt64(f), math.MinInt32), math.MaxInt32)
}

// parseInt reads what Integer.parseInt and its like take.
func parseInt(s string, bits int) (int64, bool) {
	n, err := strconv.ParseInt(javatime.ASCIIDigits(s), 10, bits)
	return n, err == nil
}

// parseFloat reads what Float.parseFloat and Double.parseDouble take: blanks around, a type suffix, NaN and Infinity, and
// hexadecimal digits with a binary exponent. A number out of range is infinite.
func parseFloat(s string, bits int) (float64, bool) {
	s = trim(s)
	switch strings.TrimLeft(s, "+-") {
	case "NaN", "Infinity":
		if f, err := strconv.ParseFloat(s, bits); err == nil {
			return f, true
		}
		return math.NaN(), len(s) == len("+NaN")
	}
	digits := s
	if n := len(s); n > 0 && strings.IndexByte("fFdD", s[n-1]) >= 0 {
		digits = s[:n-1]
	}
	hex := strings.ContainsAny(digits, "xX")
	switch {
	case hex && !strings.ContainsAny(digits, "pP"):
		return 0, false
	case strings.Trim(digits, "0123456789abcdefABCDEFxXpP.+-") != "" || !hex && strings.Trim(digits, "0123456789eE.+-") != "":
		return 0, false
	}
	f, err := strconv.ParseFloat(digits, bits)
	return f, err == nil || math.IsInf(f, 0)
}
