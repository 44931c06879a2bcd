package jodatime

import (
	"fmt"
	"math"
	"strings"
	"time"
	_ "time/tzdata" // an executor's machine may have no zone rules
)

// Zone returns the time zone of a Joda id: UTC, a name such as Europe/Berlin, an offset such as +02:00, or UTC or GMT with an
// offset. The error has Joda's text.
func Zone(id string) (*time.Location, error) {
	name := id
	if other, ok := aliases()[id]; ok {
		name = other
	}
	switch name {
	case "UTC", "UT", "Z":
		return time.UTC, nil
	case "", "Local":
	default:
		if l, err := time.LoadLocation(name); err == nil {
			return l, nil
		}
	}
	offset := id
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if rest, ok := strings.CutPrefix(id, prefix); ok {
			offset = rest
			break
		}
	}
	if !strings.HasPrefix(offset, "+") && !strings.HasPrefix(offset, "-") {
		return nil, fmt.Errorf("The datetime zone id '%s' is not recognised", id)
	}
	p := parser{text: offset}
	ms, ok := p.offset()
	if !ok || p.rest() != "" {
		return nil, p.malformed()
	}
	if ms == 0 {
		return time.UTC, nil
	}
	return time.FixedZone(offsetText(ms/1000, true), int(ms/1000)), nil
}

// clockText returns an offset as +02:00 or +0200. Seconds are cut off.
func clockText(seconds int64, colon bool) string { return offsetText(seconds/60*60, colon) }

// offsetText returns an offset as +02:00 or +0200, with seconds where there are any.
func offsetText(seconds int64, colon bool) string {
	sign, separator := '+', ""
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	if colon {
		separator = ":"
	}
	text := fmt.Sprintf("%c%02d%s%02d", sign, seconds/3600, separator, seconds/60%60)
	if s := seconds % 60; s != 0 {
		text += fmt.Sprintf("%s%02d", separator, s)
	}
	return text
}

// offsetAt returns the zone's offset from UTC at an instant, in milliseconds.
func offsetAt(z *time.Location, ms int64) int64 {
	_, seconds := time.UnixMilli(ms).In(z).Zone()
	return int64(seconds) * 1000
}

// Offset returns the zone's offset from UTC at an instant, and the instants from which and before which it is the same.
func Offset(ms int64, z *time.Location) (offset, from, to int64) {
	t := time.UnixMilli(ms).In(z)
	start, end := t.ZoneBounds()
	from, to = math.MinInt64, math.MaxInt64
	if !start.IsZero() {
		from = start.UnixMilli()
	}
	if !end.IsZero() {
		to = end.UnixMilli()
	}
	return offsetAt(z, ms), from, to
}

// Floor rounds an instant to a multiple of period in the zone's local time, toward 1970, as Connect's TimeBasedPartitioner
// does: the rest of an integer division is what is cut off. All are milliseconds; period is positive.
func Floor(ms, period int64, z *time.Location) int64 {
	local := ms + offsetAt(z, ms)
	return toUTC(local/period*period, z)
}

// toUTC returns the instant of a local time. In a gap, where clocks were put forward, and in an overlap, it decides as
// Joda's lenient convertLocalToUTC does.
func toUTC(local int64, z *time.Location) int64 {
	guess := offsetAt(z, local)
	offset := offsetAt(z, local-guess)
	// East of Greenwich the second offset is right in any case.
	if guess != offset && guess < 0 && transition(z, local-guess) != transition(z, local-offset) {
		offset = guess
	}
	return local - offset
}

// transition returns the zone's next change of offset behind an instant, or the largest number.
func transition(z *time.Location, ms int64) int64 {
	t := time.UnixMilli(ms).In(z)
	for range 8 { // a change of the name alone is none
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		_, before := t.Zone()
		if _, after := end.Zone(); before != after {
			return end.UnixMilli()
		}
		t = end
	}
	return math.MaxInt64
}
