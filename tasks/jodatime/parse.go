package jodatime

import (
	"fmt"
	"time"
)

// Parse reads a time in any form of Joda's ISODateTimeFormat.dateTimeParser: a date by month, week or day of the year, of
// which all but the year may be left out; behind a T a time with an optional fraction, and an offset; or the time alone. What
// is left out is 1970-01-01 and midnight, UTC. It returns milliseconds since the epoch; the error has Joda's text.
func Parse(text string) (int64, error) {
	p := parser{text: text}
	d := date{year: 1970, month: 1, day: 1}
	timeOnly := p.take('T') || p.take('t')
	if !timeOnly && !p.date(&d) {
		return 0, p.malformed()
	}
	var clock, offset int64
	if timeOnly || p.take('T') || p.take('t') {
		if ok := p.clock(&clock); timeOnly && !ok {
			return 0, p.malformed()
		}
		if ms, ok := p.offset(); ok {
			offset = ms
		}
	}
	if p.rest() != "" || p.bad {
		return 0, p.malformed()
	}
	days, err := d.days()
	if err != "" {
		return 0, fmt.Errorf("Cannot parse %q: %s", text, err)
	}
	if p.outside != "" {
		return 0, fmt.Errorf("Cannot parse %q: %s", text, p.outside)
	}
	return days*86_400_000 + clock - offset, nil
}

// parser reads a text from the left. After a failure at is where it failed.
type parser struct {
	text    string
	at      int
	bad     bool
	outside string // the first field with a value out of its range
}

func (p *parser) rest() string { return p.text[p.at:] }

// malformed is Joda's error for a text that cannot be read from p.at on.
func (p *parser) malformed() error {
	text := p.text
	if p.at == 0 || p.at >= len(text) {
		return fmt.Errorf("Invalid format: %q%s", text, map[bool]string{true: " is too short", false: ""}[p.at > 0 && p.at >= len(text)])
	}
	return fmt.Errorf("Invalid format: %q is malformed at %q", text, text[p.at:])
}

func (p *parser) take(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// digits reads at most most digits.
func (p *parser) digits(most int) (n int64, count int) {
	for count < most && p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		n = n*10 + int64(p.text[p.at]-'0')
		p.at++
		count++
	}
	return n, count
}

// signed reads at most most digits behind an optional sign.
func (p *parser) signed(most int) (int64, bool) {
	start := p.at
	negative := p.take('-')
	if !negative {
		p.take('+')
	}
	n, count := p.digits(most)
	if count == 0 {
		p.at = start
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// field reads a number of at most two digits behind a separator; without them the separator is not taken either.
func (p *parser) field(separator byte, name string, low, high int64) (int64, bool) {
	start := p.at
	if separator != 0 && !p.take(separator) {
		return 0, false
	}
	n, count := p.digits(2)
	if count == 0 {
		p.at = start
		return 0, false
	}
	p.within(n, name, low, high)
	return n, true
}

func (p *parser) within(n int64, name string, low, high int64) {
	if (n < low || n > high) && p.outside == "" {
		p.outside = fmt.Sprintf("Value %d for %s must be in the range [%d,%d]", n, name, low, high)
	}
}

// date is what a date element says; week and ordinal are 0 where it is by month.
type date struct{ year, month, day, week, weekday, ordinal int64 }

func (p *parser) date(d *date) bool {
	year, ok := p.signed(9)
	if !ok {
		return false
	}
	d.year = year
	start := p.at
	if !p.take('-') {
		return true
	}
	if p.take('W') {
		week, count := p.digits(2)
		if count == 0 {
			p.at = start
			return true
		}
		d.week, d.weekday = week, 1
		p.within(week, "weekOfWeekyear", 1, 53)
		back := p.at
		if p.take('-') {
			if n, count := p.digits(1); count == 1 {
				d.weekday = n
				p.within(n, "dayOfWeek", 1, 7)
			} else {
				p.at = back
			}
		}
		return true
	}
	n, count := p.digits(3)
	switch {
	case count == 0:
		p.at = start
	case count == 3:
		d.ordinal = n
	default:
		d.month = n
		if day, ok := p.field('-', "dayOfMonth", 1, 31); ok {
			d.day = day
		}
	}
	return true
}

// days returns the days since the epoch, or Joda's words for what is wrong.
func (d *date) days() (int64, string) {
	year := int(d.year)
	day := func(t time.Time) int64 { return t.Unix() / 86_400 }
	outside := func(n int64, name string, low, high int64) string {
		if n < low || n > high {
			return fmt.Sprintf("Value %d for %s must be in the range [%d,%d]", n, name, low, high)
		}
		return ""
	}
	if d.year < -292275054 || d.year > 292278994 {
		return 0, fmt.Sprintf("Value %d for year must be in the range [-292275055,292278994]", d.year)
	}
	switch {
	case d.week > 0:
		first := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
		monday := day(first) - int64(first.Weekday()+6)%7
		return monday + (d.week-1)*7 + d.weekday - 1, ""
	case d.ordinal > 0:
		length := int64(time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC).YearDay())
		return day(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)) + d.ordinal - 1, outside(d.ordinal, "dayOfYear", 1, length)
	}
	if err := outside(d.month, "monthOfYear", 1, 12); err != "" {
		return 0, err
	}
	length := int64(time.Date(year, time.Month(d.month)+1, 0, 0, 0, 0, 0, time.UTC).Day())
	return day(time.Date(year, time.Month(d.month), 1, 0, 0, 0, 0, time.UTC)) + d.day - 1, outside(d.day, "dayOfMonth", 1, length)
}

// clock reads a time of day; each part but the first may be missing, and the last may have a fraction. It is false when
// there is none.
func (p *parser) clock(ms *int64) bool {
	unit := int64(3_600_000)
	hour, ok := p.field(0, "hourOfDay", 0, 23)
	if !ok {
		return false
	}
	*ms = hour * unit
	for _, part := range []struct {
		name string
		unit int64
	}{{"minuteOfHour", 60_000}, {"secondOfMinute", 1000}} {
		if p.fraction(ms, unit) {
			return true
		}
		n, ok := p.field(':', part.name, 0, 59)
		if !ok {
			return true
		}
		unit = part.unit
		*ms += n * unit
	}
	p.fraction(ms, unit)
	return true
}

// fraction adds a fraction of a unit, of at most nine digits.
func (p *parser) fraction(ms *int64, unit int64) bool {
	start := p.at
	if !p.take('.') && !p.take(',') {
		return false
	}
	n, count := p.digits(9)
	if count == 0 {
		p.at = start
		return false
	}
	scale := int64(1)
	for range count {
		scale *= 10
	}
	*ms += n * unit / scale
	return true
}

// offset reads Z, or a sign and hours, of two digits, with minutes and more behind a colon or without one.
func (p *parser) offset() (int64, bool) {
	if p.take('Z') {
		return 0, true
	}
	start := p.at
	sign := int64(1)
	switch {
	case p.take('-'):
		sign = -1
	case !p.take('+'):
		return 0, false
	}
	mark := p.at
	hours, count := p.digits(2)
	if count < 2 || hours > 23 {
		p.at = mark
		p.bad = true
		return 0, false
	}
	total := hours * 3_600_000
	colon := p.at < len(p.text) && p.text[p.at] == ':'
	for _, unit := range []int64{60_000, 1000} {
		if colon && !p.take(':') {
			break
		}
		n, count := p.digits(2)
		if count == 0 && !colon {
			break
		}
		if count < 2 || n > 59 {
			p.at = start
			p.bad = true
			return 0, false
		}
		total += n * unit
	}
	return sign * total, true
}
