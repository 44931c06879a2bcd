package javatime

import "math"

// field is a calendar field as a text sets it.
type field uint8

const (
	era field = iota // 0 for BC
	year
	month // 0 for January
	weekOfYear
	weekOfMonth
	dayOfMonth
	dayOfYear
	dayOfWeek // 1 for Sunday
	dayOfWeekInMonth
	amPM
	hour
	hourOfDay
	minute
	second
	millisecond
	zone // ms east of Greenwich
	weekYear
	fieldCount
)

// fields are the values that a text set, and when: of contradicting fields the last ones count.
type fields struct {
	value [fieldCount]int64
	stamp [fieldCount]int
	last  int
}

func (f *fields) set(x field, v int64) {
	f.last++
	f.value[x], f.stamp[x] = v, f.last
}

func (f *fields) has(x field) bool { return f.stamp[x] > 0 }

// both is the stamp of two fields that only say something together.
func (f *fields) both(x, y field) int {
	if !f.has(x) || !f.has(y) {
		return 0
	}
	return max(f.stamp[x], f.stamp[y])
}

// millis resolves the fields to milliseconds since the epoch, as Java's lenient GregorianCalendar does; false when it
// refuses them.
func (f *fields) millis() (int64, bool) {
	y := int64(1970)
	if f.has(year) {
		y = f.value[year]
	}
	if f.stamp[weekYear] > f.stamp[year] {
		if ok := f.fromWeekYear(); !ok {
			return 0, false
		}
		y = f.value[year]
	}
	if f.has(era) && f.value[era] == 0 {
		y = 1 - y
	}
	ms := f.timeOfDay()
	carried := floorDiv(ms, dayMillis)
	return (f.day(y, carried)+carried)*dayMillis + floorMod(ms, dayMillis) - f.value[zone], true
}

// fromWeekYear replaces a week date by the date it means.
func (f *fields) fromWeekYear() bool {
	week, dow := int64(1), int64(1)
	if f.has(weekOfYear) {
		week = f.value[weekOfYear]
	}
	if f.has(dayOfWeek) {
		dow = f.value[dayOfWeek]
	}
	if dow >= 8 {
		week, dow = week+(dow-1)/7, (dow-1)%7+1
		dow = calendarDay(dow)
	} else if dow <= 0 {
		weeks := -floorDiv(dow-1, 7)
		week, dow = week-weeks, calendarDay(dow+7*weeks)
	}
	var first fields
	first.set(weekOfYear, 1)
	first.set(dayOfWeek, 1)
	days := first.day(f.value[weekYear], 0) + dow - 1 + 7*(week-1)
	y, m, d := Date(days)
	f.stamp[era] = 0
	f.set(year, y)
	f.set(month, m-1)
	f.set(dayOfMonth, d)
	return true
}

// calendarDay turns Monday's 1 into Sunday's 1; what is no day of a week stays.
func calendarDay(iso int64) int64 {
	if iso < 1 || iso > 7 {
		return iso
	}
	return iso%7 + 1
}

func (f *fields) timeOfDay() int64 {
	h := f.value[hourOfDay]
	if both := f.both(hour, amPM); both > f.stamp[hourOfDay] || both == 0 && !f.has(hourOfDay) {
		h = f.value[hour] + 12*f.value[amPM]
	}
	return ((h*60+f.value[minute])*60+f.value[second])*1000 + f.value[millisecond]
}

// rule says which fields tell the day.
type rule struct {
	month bool // with its month; else in its year
	by    field
	dow   bool // together with the day of the week
}

func (f *fields) rule() rule {
	wom, dowim := f.both(weekOfMonth, dayOfWeek), f.both(dayOfWeekInMonth, dayOfWeek)
	woy, dom, doy := f.both(weekOfYear, dayOfWeek), f.stamp[dayOfMonth], f.stamp[dayOfYear]
	best := max(dom, wom, dowim, doy, woy)
	if best == 0 { // No fields that say something together; one of them alone, or the day of the week alone.
		wom, dowim, woy = f.stamp[weekOfMonth], max(f.stamp[dayOfWeekInMonth], f.stamp[dayOfWeek]), f.stamp[weekOfYear]
		best = max(wom, dowim, woy)
		if best == 0 {
			return rule{month: true, by: dayOfMonth}
		}
	}
	dow := f.has(dayOfWeek)
	switch {
	case best == dom:
		return rule{month: true, by: dayOfMonth}
	case best == wom && f.stamp[weekOfMonth] >= f.stamp[weekOfYear], best == dowim && f.stamp[dayOfWeekInMonth] >= f.stamp[weekOfYear]:
		if wom == dowim && f.stamp[weekOfMonth] >= f.stamp[dayOfWeekInMonth] || wom != dowim && best == wom {
			return rule{true, weekOfMonth, dow}
		}
		return rule{true, dayOfWeekInMonth, dow}
	case best == doy:
		return rule{by: dayOfYear}
	}
	return rule{false, weekOfYear, dow}
}

// day returns the day that the fields tell in a year, in the calendar that is right for it. carried days are about to be
// added to it.
func (f *fields) day(y, carried int64) int64 {
	r := f.rule()
	g := f.dayIn(gregorian, y, r)
	j := f.dayIn(julian, y, r)
	switch {
	case y > cutoverYear && g+carried >= cutover:
		return g
	case y < cutoverYear && j+carried < cutover:
		return j
	case !r.month: // Counted from the beginning of the year, which is Julian in the year of the change.
		return j
	case g+carried >= cutover && j+carried >= cutover:
		return g
	case g+carried >= cutover: // Both calendars have the day.
		return g
	}
	return j
}

func (f *fields) dayIn(days func(y, m, d int64) int64, y int64, r rule) int64 {
	m := int64(0)
	if r.month {
		m = f.value[month]
	}
	first := days(y, m+1, 1)
	switch r.by {
	case dayOfMonth:
		if f.has(dayOfMonth) {
			return first + f.value[dayOfMonth] - 1
		}
		return first
	case dayOfYear:
		return first + f.value[dayOfYear] - 1
	case dayOfWeekInMonth:
		dow, n := int64(1), int64(1)
		if r.dow {
			dow = f.value[dayOfWeek]
		}
		if f.has(dayOfWeekInMonth) {
			n = f.value[dayOfWeekInMonth]
		}
		if n >= 0 {
			return onOrBefore(first+7*n-1, dow)
		}
		return onOrBefore(days(y, m+2, 1)+7*(n+1)-1, dow)
	}
	// The week that holds the first day is the first; it begins on a Sunday.
	week := onOrBefore(first, 1)
	if r.dow {
		week = onOrBefore(week+6, f.value[dayOfWeek])
	}
	return week + 7*(f.value[r.by]-1)
}

// onOrBefore returns the last day of that weekday which is not after days.
func onOrBefore(days, dow int64) int64 { return days - floorMod(days+4-(dow-1), 7) }

// int32Of is Java's Number.intValue of what DecimalFormat parses: whole numbers are cut to 32 bits, larger ones saturate.
func int32Of(n int64, overflow, negative bool) int64 {
	switch {
	case overflow && negative:
		return math.MinInt32
	case overflow:
		return math.MaxInt32
	}
	return int64(int32(n))
}
