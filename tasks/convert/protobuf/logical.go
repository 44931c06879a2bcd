package protobuf

import (
	"math/big"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// convert makes a value of a message's body.
func (d *decoder) convert(fp *fieldPlan, body []byte) tasks.Value {
	v := d.message(fp.below, body)
	if d.err != nil || fp.step == toStruct || fp.step == toMap {
		return v
	}
	var parts [4]tasks.Value
	for i, slot := range fp.parts {
		if slot >= 0 {
			parts[i] = v.Struct().Slots[slot]
		}
	}
	switch fp.step {
	case toScalar:
		return parts[0]
	case toDecimal:
		return d.decimal(parts[:])
	case toDate:
		return d.date(parts[:])
	case toTime:
		return d.time(parts[:])
	}
	return d.timestamp(parts[:])
}

func (d *decoder) decimal(parts []tasks.Value) tasks.Value {
	unscaled, precision := parts[0].Bytes(), parts[1].Int()
	if len(unscaled) == 0 {
		d.wrong(tasks.NewException(numberFormatException, "Zero length BigInteger"))
		return tasks.Null
	}
	out := d.a.Decimal()
	setTwos(&out.Unscaled, unscaled)
	out.Scale = int32(parts[2].Int())
	if p := int32(precision); p > 0 {
		round(out, int(p))
	}
	return tasks.NewDecimal(out)
}

// setTwos sets n to a big-endian two's complement.
func setTwos(n *big.Int, b []byte) {
	n.SetBytes(b)
	if b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
}

// round rounds half up to so many digits.
func round(d *tasks.Decimal, precision int) {
	for {
		digits := len(d.Unscaled.Text(10))
		if d.Unscaled.Sign() < 0 {
			digits--
		}
		drop := digits - precision
		if drop <= 0 {
			return
		}
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(drop)), nil)
		half := new(big.Int).Rsh(unit, 1)
		if d.Unscaled.Sign() < 0 {
			half.Neg(half)
		}
		d.Unscaled.Quo(half.Add(half, &d.Unscaled), unit)
		d.Scale -= int32(drop)
	}
}

// date reads a google.type.Date as Java's calendar does when it is told not to be lenient.
func (d *decoder) date(parts []tasks.Value) tasks.Value {
	year, month, day := parts[0].Int(), parts[1].Int(), parts[2].Int()
	wrong := ""
	switch {
	case year < 1 || year > 292278994:
		wrong = "YEAR"
	case month < 1 || month > 12:
		wrong = "MONTH"
	case day < 1 || day > 31:
		wrong = "DAY_OF_MONTH"
	case day > daysIn(year, month):
		wrong = "MONTH"
	}
	if wrong != "" {
		d.wrong(tasks.NewException(illegalArgument, "%s", wrong))
		return tasks.Null
	}
	return tasks.NewTime(epochDay(year, month, day) * dayMillis)
}

const dayMillis = 24 * 60 * 60 * 1000

// firstGregorian is the day 1582-10-15 since the epoch; before it Java's calendar is Julian.
const firstGregorian = -141427

func daysIn(year, month int64) int64 {
	leap := year%4 == 0 && (year < 1582 || year%100 != 0 || year%400 == 0)
	switch {
	case month == 2 && leap:
		return 29
	case month == 2:
		return 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

// epochDay returns the days from 1970-01-01 to a date of Java's calendar.
func epochDay(year, month, day int64) int64 {
	if year > 1582 || year == 1582 && (month > 10 || month == 10 && day >= 15) {
		return gregorian(year, month, day)
	}
	// Both count from March, so that a leap day is a year's last one.
	y, m := marchYear(year, month)
	return 365*y + floorDiv(y, 4) + (153*m+2)/5 + day - 1 - 719470
}

func marchYear(year, month int64) (y, m int64) {
	if month <= 2 {
		return year - 1, month + 9
	}
	return year, month - 3
}

func gregorian(year, month, day int64) int64 {
	y, m := marchYear(year, month)
	return 365*y + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) + (153*m+2)/5 + day - 1 - 719468
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// calendarDate returns the date of Java's calendar; years before the first one count backwards.
func calendarDate(days int64) (year, month, day int64) {
	shift, quad := days+719470, int64(1461)
	if days >= firstGregorian {
		t := time.Unix(days*24*60*60, 0).UTC()
		return int64(t.Year()), int64(t.Month()), int64(t.Day())
	}
	y := floorDiv(4*shift+3, quad)
	ofYear := shift - (365*y + floorDiv(y, 4))
	m := (5*ofYear + 2) / 153
	day = ofYear - (153*m+2)/5 + 1
	if month = m + 3; month > 12 {
		month, y = month-12, y+1
	}
	if y < 1 {
		y = 1 - y
	}
	return y, month, day
}

func (d *decoder) time(parts []tasks.Value) tasks.Value {
	limits := []struct {
		name string
		most int64
	}{{"HourOfDay", 23}, {"MinuteOfHour", 59}, {"SecondOfMinute", 59}, {"NanoOfSecond", 999999999}}
	for i, l := range limits {
		if v := parts[i].Int(); v < 0 || v > l.most {
			d.wrong(tasks.NewException("java.time.DateTimeException", "Invalid value for %s (valid values 0 - %d): %d", l.name, l.most, v))
			return tasks.Null
		}
	}
	seconds := (parts[0].Int()*60+parts[1].Int())*60 + parts[2].Int()
	return tasks.NewTime(seconds*1000 + parts[3].Int()/1e6)
}

// The seconds of the first and the last timestamp.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

func (d *decoder) timestamp(parts []tasks.Value) tasks.Value {
	seconds, nanos := parts[0].Int(), parts[1].Int()
	if seconds < firstSecond || seconds > lastSecond || nanos < 0 || nanos > 999999999 {
		d.wrong(invalidTimestamp(seconds, nanos))
		return tasks.Null
	}
	return tasks.NewTime(seconds*1000 + nanos/1e6)
}

func invalidTimestamp(seconds, nanos int64) error {
	return tasks.NewException(illegalArgument, "Timestamp is not valid. See proto definition for valid values. Seconds (%d) must be in range "+
		"[-62,135,596,800, +253,402,300,799]. Nanos (%d) must be in range [0, +999,999,999].", seconds, nanos)
}
