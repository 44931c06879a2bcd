package javatime

// Days are counted from the epoch, 1970-01-01; months and days of the month from 1; the year 0 is 1 BC.

const (
	dayMillis = 24 * 60 * 60 * 1000
	// Cutover is the first day of the calendar in use, 1582-10-15. Days before are Julian.
	cutover     = -141427
	cutoverYear = 1582
)

// Date returns the date of a day in Java's calendar.
func Date(days int64) (year, month, day int64) {
	var y, n int64
	if days >= cutover {
		// Count from 0000-03-01, in which the leap day ends a year, by cycles of 400 years.
		n = days + 719468
		cycle := floorDiv(n, 146097)
		n -= cycle * 146097
		y = (n - n/1460 + n/36524 - n/146096) / 365
		n -= 365*y + y/4 - y/100
		y += 400 * cycle
	} else {
		n = days + 719470
		y = floorDiv(4*n+3, 1461)
		n -= floorDiv(1461*y, 4)
	}
	m := (5*n + 2) / 153
	day = n - (153*m+2)/5 + 1
	if m += 3; m > 12 {
		m, y = m-12, y+1
	}
	return y, m, day
}

// Days returns the day of a date in Java's calendar. Months and days out of their range count on into the next years and
// months, or back.
func Days(year, month, day int64) int64 {
	if d := gregorian(year, month, day); d >= cutover {
		return d
	}
	return julian(year, month, day)
}

func gregorian(year, month, day int64) int64 {
	year, month = carry(year, month)
	return 365*year + floorDiv(year, 4) - floorDiv(year, 100) + floorDiv(year, 400) + (153*(month-3)+2)/5 + day - 1 - 719468
}

func julian(year, month, day int64) int64 {
	year, month = carry(year, month)
	return 365*year + floorDiv(year, 4) + (153*(month-3)+2)/5 + day - 1 - 719470
}

// carry brings the month into March to February, the months 3 to 14 of a year.
func carry(year, month int64) (int64, int64) {
	n := floorDiv(month-3, 12)
	return year + n, month - 12*n
}

// weekday returns the day of the week, 1 for Sunday.
func weekday(days int64) int64 { return floorMod(days+4, 7) + 1 }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
