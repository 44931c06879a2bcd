package javatime

import "strconv"

var (
	months = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
		"November", "December"}
	weekdays = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
)

// moment is a time taken apart.
type moment struct {
	days, millis     int64 // since the epoch, and since midnight
	year, month, day int64
}

// AppendMillis appends the time of ms milliseconds since the epoch to b.
func (l *Layout) AppendMillis(b []byte, ms int64) []byte {
	t := moment{days: floorDiv(ms, dayMillis), millis: floorMod(ms, dayMillis)}
	t.year, t.month, t.day = Date(t.days)
	for _, p := range l.parts {
		b = p.append(b, t)
	}
	return b
}

func (p part) append(b []byte, t moment) []byte {
	switch p.letter {
	case 0:
		return append(b, p.text...)
	case 'G':
		if t.year <= 0 {
			return append(b, "BC"...)
		}
		return append(b, "AD"...)
	case 'y':
		return p.year(b, t.eraYear())
	case 'Y':
		return p.year(b, t.weekYear())
	case 'M', 'L':
		name := months[t.month-1]
		switch {
		case p.n >= 4:
			return append(b, name...)
		case p.n == 3:
			return append(b, name[:3]...)
		}
		return pad(b, t.month, p.n)
	case 'E':
		name := weekdays[weekday(t.days)-1]
		if p.n < 4 {
			name = name[:3]
		}
		return append(b, name...)
	case 'a':
		if t.hour() < 12 {
			return append(b, "AM"...)
		}
		return append(b, "PM"...)
	case 'z':
		if p.n >= 4 {
			return append(b, "Coordinated Universal Time"...)
		}
		return append(b, "UTC"...)
	case 'Z':
		return append(b, "+0000"...)
	case 'X':
		return append(b, 'Z')
	}
	return pad(b, p.number(t), p.n)
}

func (p part) year(b []byte, year int64) []byte {
	if p.n == 2 {
		return pad(b, year%100, 2)
	}
	return pad(b, year, p.n)
}

func (p part) number(t moment) int64 {
	switch p.letter {
	case 'w':
		return t.week()
	case 'W':
		first := Days(t.year, t.month, 1)
		return (t.days-first+weekday(first)-1)/7 + 1
	case 'D':
		return t.days - Days(t.year, 1, 1) + 1
	case 'd':
		return t.day
	case 'F':
		return (t.days-Days(t.year, t.month, 1))/7 + 1 // Not of t.day: ten days of October 1582 were left out.
	case 'u':
		return (weekday(t.days)+5)%7 + 1
	case 'H':
		return t.hour()
	case 'k':
		return (t.hour()+23)%24 + 1
	case 'K':
		return t.hour() % 12
	case 'h':
		return (t.hour()+11)%12 + 1
	case 'm':
		return t.millis / 60_000 % 60
	case 's':
		return t.millis / 1000 % 60
	}
	return t.millis % 1000
}

func (t moment) hour() int64 { return t.millis / 3_600_000 }

// eraYear counts the years before Christ upwards.
func (t moment) eraYear() int64 {
	if t.year <= 0 {
		return 1 - t.year
	}
	return t.year
}

// weekYear and week follow the rules of the US locale: weeks begin on Sunday, the first one holds January 1.
func (t moment) weekYear() int64 {
	year, _, _ := Date(t.saturday())
	return year
}

func (t moment) week() int64 {
	year, _, _ := Date(t.saturday())
	return (t.saturday()-Days(year, 1, 1))/7 + 1
}

func (t moment) saturday() int64 { return t.days + 7 - weekday(t.days) }

func pad(b []byte, v int64, width int) []byte {
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	limit := int64(10)
	for range width - 1 {
		if v < limit {
			b = append(b, '0')
		}
		if limit < 1e17 {
			limit *= 10
		}
	}
	return strconv.AppendInt(b, v, 10)
}
