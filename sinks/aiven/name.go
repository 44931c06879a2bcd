package aiven

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// Names makes the names of objects. It is a value that many writers share.
type Names struct {
	prefix   string
	template *template
	grouping grouping
	zone     *time.Location
	// event takes the time in names from records; else it is the plan time.
	event bool
	// atHead takes it from the first record of a file; else each record's own time decides which file it belongs to.
	atHead bool
}

// keyText returns a record's key as it stands in names.
func keyText(r *tasks.Record) string {
	if r.Key.Kind() == tasks.KindString {
		return string(r.Key.Bytes())
	}
	return string(convert.AppendJava(nil, r.Key))
}

// moment returns the time of a record that names show.
func (n *Names) moment(r *tasks.Record, plan time.Time) (time.Time, error) {
	switch {
	case !n.event:
		return plan.In(n.zone), nil
	case r.Timestamp == tasks.NoTimestamp:
		return time.Time{}, tasks.DataException("the record has no timestamp, which file.name.timestamp.source=event needs for the name of its object")
	}
	return time.UnixMilli(r.Timestamp).In(n.zone), nil
}

// timed reports whether the time of a record is part of names.
func (n *Names) timed() bool {
	return n.template.has(varTimestamp) && slices.Contains(n.grouping.bound, varTimestamp)
}

// append writes the name of the file that began with the record at offset start.
func (n *Names) append(dst []byte, r *tasks.Record, key string, start int64, at, plan time.Time) []byte {
	dst = append(dst, n.prefix...)
	for _, p := range n.template.parts {
		if p.variable == "" || !slices.Contains(n.grouping.bound, p.variable) {
			dst = append(dst, p.text...)
			continue
		}
		switch p.variable {
		case varTopic:
			dst = append(dst, r.Topic...)
		case varPartition:
			dst = appendNumber(dst, int64(r.Partition), p, 10)
		case varStartOffset:
			dst = appendNumber(dst, start, p, 20)
		case varKey:
			dst = append(dst, key...)
		case varTimestamp:
			dst = appendUnit(dst, at, p.value)
		case varUTCDate, varLocalDate:
			dst = plan.UTC().AppendFormat(dst, time.DateOnly)
		}
	}
	return dst
}

func appendNumber(dst []byte, n int64, p part, width int) []byte {
	if p.value == "true" {
		return fmt.Appendf(dst, "%0*d", width, n)
	}
	return strconv.AppendInt(dst, n, 10)
}

// appendUnit writes a part of a time as Java's DateTimeFormatter does.
func appendUnit(dst []byte, at time.Time, unit string) []byte {
	switch unit {
	case "MM":
		return fmt.Appendf(dst, "%02d", int(at.Month()))
	case "dd":
		return fmt.Appendf(dst, "%02d", at.Day())
	case "HH":
		return fmt.Appendf(dst, "%02d", at.Hour())
	}
	year := at.Year()
	if year <= 0 { // of the era before
		year = 1 - year
	}
	if year > 9999 {
		dst = append(dst, '+')
	}
	return fmt.Appendf(dst, "%04d", year)
}
