package validator

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// number is a JSON number of any size, exactly: digits, without zeros at either end, times ten to the exponent. The zero
// value is 0. No operation takes more memory than the number's text.
type number struct {
	negative bool
	digits   string
	exponent int
	text     json.Number
}

// parseNumber returns ok false where the exponent is beyond any use.
func parseNumber(text json.Number) (n number, ok bool) {
	n.text = text
	s := string(text)
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.ParseInt(s[i+1:], 10, 32)
		if err != nil {
			return n, strings.Trim(s[:i], "-0.") == ""
		}
		n.exponent, s = int(e), s[:i]
	}
	s, n.negative = strings.CutPrefix(s, "-")
	if whole, fraction, ok := strings.Cut(s, "."); ok {
		s, n.exponent = whole+fraction, n.exponent-len(fraction)
	}
	s = strings.TrimLeft(s, "0")
	n.digits = strings.TrimRight(s, "0")
	n.exponent += len(s) - len(n.digits)
	if n.digits == "" {
		return number{text: text}, true
	}
	return n, true
}

// key returns the same text for the same value.
func (n number) key() string {
	s := n.digits + "e" + strconv.Itoa(n.exponent)
	if n.negative {
		s = "-" + s
	}
	return s
}

// String returns the number as it was written.
func (n number) String() string { return n.text.String() }

func (n number) whole() bool { return n.exponent >= 0 }

func (n number) compare(o number) int {
	switch {
	case n.sign() != o.sign():
		return n.sign() - o.sign()
	case n.negative:
		return o.compareSize(n)
	}
	return n.compareSize(o)
}

func (n number) sign() int {
	switch {
	case n.digits == "":
		return 0
	case n.negative:
		return -1
	}
	return 1
}

func (n number) compareSize(o number) int {
	if d := len(n.digits) + n.exponent - len(o.digits) - o.exponent; d != 0 && n.digits != "" {
		return d
	}
	return strings.Compare(n.digits, o.digits)
}

// multipleOf reports whether n is a whole number of times o, which is more than 0.
func (n number) multipleOf(o number) bool {
	if n.digits == "" {
		return true
	}
	ten, shift := big.NewInt(10), n.exponent-o.exponent
	of, _ := new(big.Int).SetString(o.digits, 10)
	value, _ := new(big.Int).SetString(n.digits, 10)
	if shift < 0 { // o's digits and as many zeros: too long to go into n's digits, or about as long as they are
		if -shift > len(n.digits) {
			return false
		}
		of.Mul(of, new(big.Int).Exp(ten, big.NewInt(int64(-shift)), nil))
		return value.Rem(value, of).Sign() == 0
	}
	value.Mul(value, new(big.Int).Exp(ten, big.NewInt(int64(shift)), of))
	return value.Rem(value, of).Sign() == 0
}
