package convert

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// AppendDouble appends v as Java's Double.toString writes it (NaN and Infinity by name).
func AppendDouble(dst []byte, v float64) []byte {
	b := math.Float64bits(v)
	if b>>63 != 0 && v == v {
		dst, b = append(dst, '-'), b&^(1<<63)
	}
	frac, exp, precision := b&(1<<52-1), int(b>>52&0x7ff), 53
	switch {
	case exp == 0x7ff && frac != 0:
		return append(dst, "NaN"...)
	case exp == 0x7ff:
		return append(dst, "Infinity"...)
	case exp == 0 && frac == 0:
		return append(dst, "0.0"...)
	case exp == 0:
		zeros := bits.LeadingZeros64(frac)
		frac <<= zeros - 11
		exp, precision = 1-(zeros-11), 64-zeros
	default:
		frac |= 1 << 52
	}
	return appendDigits(dst, frac, exp-1023, precision)
}

// AppendFloat appends v as Java's Float.toString writes it.
func AppendFloat(dst []byte, v float32) []byte {
	b := math.Float32bits(v)
	if b>>31 != 0 && v == v {
		dst, b = append(dst, '-'), b&^(1<<31)
	}
	frac, exp, precision := b&(1<<23-1), int(b>>23&0xff), 24
	switch {
	case exp == 0xff && frac != 0:
		return append(dst, "NaN"...)
	case exp == 0xff:
		return append(dst, "Infinity"...)
	case exp == 0 && frac == 0:
		return append(dst, "0.0"...)
	case exp == 0:
		zeros := bits.LeadingZeros32(frac)
		frac <<= zeros - 8
		exp, precision = 1-(zeros-8), 32-zeros
	default:
		frac |= 1 << 23
	}
	return appendDigits(dst, uint64(frac)<<29, exp-127, precision)
}

// decimal is what Java prints: 0.d1d2d3… times 10 to the power of exp.
type decimal struct {
	digits [24]byte
	n, exp int
}

// appendDigits appends frac*2^(exp-52) with the digits of Java 17, which are not always the shortest ones: its algorithm
// stops by the distance to half a unit in the last place, and treats values that fit in a long apart. precision is the
// number of significant bits of the number (24 or 53, fewer when it is subnormal).
func appendDigits(dst []byte, frac uint64, exp, precision int) []byte {
	var d decimal
	tail := bits.TrailingZeros64(frac)
	nFrac := 53 - tail
	tiny := max(0, nFrac-exp-1) // bits behind the binary point
	if exp <= 62 && tiny == 0 {
		d.long(frac, exp, precision)
	} else {
		d.develop(frac>>tail, nFrac, tiny, exp, precision)
	}
	return d.append(dst)
}

// long takes an integral value below 2^63.
func (d *decimal) long(frac uint64, exp, precision int) {
	n := frac >> max(0, 52-exp) << max(0, exp-52)
	if exp > precision {
		// Digits that the precision does not cover are rounded away.
		if lost := exp - precision - 1; lost > 1 {
			drop := int(float64(lost) * 0.30103)
			pow := uint64(1)
			for range drop {
				pow *= 10
			}
			half := n%pow >= pow>>1 && drop > 0
			n /= pow
			if half {
				n++
			}
			d.exp = drop
		}
	}
	var b [20]byte
	s := strconv.AppendUint(b[:0], n, 10)
	d.exp += len(s)
	for len(s) > 1 && s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	d.n = copy(d.digits[:], s)
}

var pow5 = func() (p [27]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 5 * p[i-1]
	}
	return p
}()

// bits5 returns the number of bits of 5^n as Java estimates it.
func bits5(n int) int {
	switch {
	case n == 0:
		return 0
	case n < len(pow5):
		return bits.Len64(pow5[n])
	}
	return 3 * n
}

func (d *decimal) develop(frac uint64, nFrac, tiny, exp, precision int) {
	m52 := math.Float64frombits(0x3ff<<52 | frac<<(53-nFrac)&(1<<52-1))
	dec := int(math.Floor(float64((m52-1.5)*0.289529654) + 0.176091259 + float64(float64(exp)*0.301029995663981)))

	// The value is B/S; M is half a unit in its last place, over S.
	b5, s5 := max(0, -dec), max(0, dec)
	b2, s2 := b5+tiny+exp, s5+tiny
	m5, m2 := b5, b2-precision
	b2 -= nFrac - 1
	common := min(b2, s2)
	b2, s2, m2 = b2-common, s2-common, m2-common
	if nFrac == 1 {
		m2-- // Below a power of two the numbers are twice as dense.
	}
	if m2 < 0 {
		b2, s2, m2 = b2-m2, s2-m2, 0
	}
	if nFrac+b2+bits5(b5) < 64 && s2+1+bits5(s5+1) < 64 {
		d.small(frac*pow5[b5]<<b2, pow5[s5]<<s2, pow5[m5]<<m2, dec)
	} else {
		d.large(scaled(frac, b5, b2), scaled(1, s5, s2), scaled(1, m5, m2), dec)
	}
}

func (d *decimal) digit(q uint64) { d.digits[d.n] = byte('0' + q); d.n++ }

func (d *decimal) small(b, s, m uint64, dec int) {
	tens := s * 10
	q := b / s
	b, m = 10*(b%s), m*10
	low, high := b < m, b+m > tens
	if q == 0 && !high {
		dec--
	} else {
		d.digit(q)
	}
	if dec < -3 || dec >= 8 {
		low, high = false, false // The form with an exponent has at least two digits.
	}
	for !low && !high {
		q = b / s
		b, m = 10*(b%s), m*10
		low, high = b < m, b+m > tens
		d.digit(q)
	}
	d.exp = dec + 1
	tie := 0
	if twice := b << 1; twice > tens {
		tie = 1
	} else if twice < tens {
		tie = -1
	}
	d.round(low, high, tie)
}

func scaled(v uint64, five, two int) *big.Int {
	n := new(big.Int).SetUint64(v)
	if five > 0 {
		n.Mul(n, new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(five)), nil))
	}
	return n.Lsh(n, uint(two))
}

var ten = big.NewInt(10)

func (d *decimal) large(b, s, m *big.Int, dec int) {
	tens := new(big.Int).Mul(s, ten)
	var q, sum big.Int
	step := func() (low, high bool) {
		q.QuoRem(b, s, b)
		b.Mul(b, ten)
		m.Mul(m, ten)
		return b.Cmp(m) < 0, tens.Cmp(sum.Add(b, m)) <= 0
	}
	low, high := step()
	if q.Sign() == 0 && !high {
		dec--
	} else {
		d.digit(q.Uint64())
	}
	if dec < -3 || dec >= 8 {
		low, high = false, false
	}
	for !low && !high {
		low, high = step()
		d.digit(q.Uint64())
	}
	d.exp = dec + 1
	d.round(low, high, sum.Lsh(b, 1).Cmp(tens))
}

// round rounds the last digit up where the rest (tie: compared with a half) asks for it.
func (d *decimal) round(low, high bool, tie int) {
	if !high || low && (tie < 0 || tie == 0 && d.digits[d.n-1]&1 == 0) {
		return
	}
	i := d.n - 1
	for i > 0 && d.digits[i] == '9' {
		d.digits[i] = '0'
		i--
	}
	if d.digits[i] == '9' {
		d.digits[i] = '1'
		d.exp++
		return
	}
	d.digits[i]++
}

// append writes the digits in one of Java's two forms.
func (d *decimal) append(dst []byte) []byte {
	digits := d.digits[:d.n]
	switch {
	case 0 < d.exp && d.exp < 8:
		whole := min(d.n, d.exp)
		dst = append(dst, digits[:whole]...)
		for range d.exp - whole {
			dst = append(dst, '0')
		}
		dst = append(dst, '.')
		if whole < d.n {
			return append(dst, digits[whole:]...)
		}
		return append(dst, '0')
	case -3 < d.exp && d.exp <= 0:
		dst = append(dst, "0."...)
		for range -d.exp {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[0], '.')
	if d.n > 1 {
		dst = append(dst, digits[1:]...)
	} else {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(append(dst, 'E'), int64(d.exp-1), 10)
}
