package plan

import "time"

// slotAfter returns the first slot boundary after t: slots of length every are counted from midnight in the zone, and the
// last one of a day is cut at the next midnight.
func slotAfter(t time.Time, every time.Duration, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := t.In(zone).Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, zone)
	next := time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	end := midnight.Add(t.Sub(midnight).Truncate(every) + every)
	if end.After(next) {
		return next
	}
	return end
}
