package convert

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Number is the text of a JSON number, as [Lexer.Number] reads it.
type Number struct {
	Text       []byte
	Fractional bool
}

// Long returns what JsonNode.longValue does: the low 64 bits of the whole part.
func (n Number) Long() int64 {
	if !n.Fractional {
		return parseLong(n.Text)
	}
	var d tasks.Decimal
	if !n.Decimal(&d) || d.Scale < -10_000 || d.Scale > 10_000 {
		return 0 // Beyond such exponents the whole part has no low bits, or no bits at all.
	}
	power := new(big.Int).Exp(ten, big.NewInt(int64(max(d.Scale, -d.Scale))), nil)
	if d.Scale > 0 {
		power.Quo(&d.Unscaled, power)
	} else {
		power.Mul(&d.Unscaled, power)
	}
	low := new(big.Int).And(power, new(big.Int).SetUint64(1<<64-1))
	return int64(low.Uint64())
}

// Double returns what JsonNode.doubleValue does.
func (n Number) Double() float64 { return parseDouble(n.Text) }

// Float returns what JsonNode.floatValue does.
func (n Number) Float() float32 {
	if allZero(n.Text) {
		return 0
	}
	f, _ := strconv.ParseFloat(asString(n.Text), 32)
	return float32(f)
}

// IsInt reports whether the number is an integer of 32 bits.
func (n Number) IsInt() bool {
	if n.Fractional {
		return false
	}
	_, err := strconv.ParseInt(asString(n.Text), 10, 32)
	return err == nil
}

// Decimal reads the number exactly, with its own scale; false when the scale is beyond 32 bits.
func (n Number) Decimal(d *tasks.Decimal) bool {
	mantissa, exponent := string(n.Text), int64(0)
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		var err error
		if exponent, err = strconv.ParseInt(mantissa[i+1:], 10, 32); err != nil {
			return false
		}
		mantissa = mantissa[:i]
	}
	if i := strings.IndexByte(mantissa, '.'); i >= 0 {
		exponent -= int64(len(mantissa) - i - 1)
		mantissa = mantissa[:i] + mantissa[i+1:]
	}
	if exponent < -1<<31+1 || exponent > 1<<31 {
		return false
	}
	d.Scale = int32(-exponent)
	_, ok := d.Unscaled.SetString(mantissa, 10)
	return ok
}
