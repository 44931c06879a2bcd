package plan

import (
	"testing"
	"time"
)

func TestSlotAfter(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := func(zone *time.Location, month time.Month, d, h, m int) time.Time {
		return time.Date(2026, month, d, h, m, 0, 0, zone)
	}
	for _, tc := range []struct {
		name  string
		at    time.Time
		every time.Duration
		zone  *time.Location
		want  time.Time
	}{
		{"within", day(time.UTC, 3, 1, 12, 1), 10 * time.Minute, nil, day(time.UTC, 3, 1, 12, 10)},
		{"on a boundary: the next one", day(time.UTC, 3, 1, 12, 10), 10 * time.Minute, nil, day(time.UTC, 3, 1, 12, 20)},
		{"the last of a day is cut", day(time.UTC, 3, 1, 22, 0), 7 * time.Hour, nil, day(time.UTC, 3, 2, 0, 0)},
		{"the short day of spring", day(berlin, 3, 29, 22, 30), 8 * time.Hour, berlin, day(berlin, 3, 30, 0, 0)},
		{"after the spring hour, counted from midnight", day(berlin, 3, 29, 5, 0), 8 * time.Hour, berlin, day(berlin, 3, 29, 9, 0)},
		{"longer than a day: daily", day(time.UTC, 3, 1, 1, 0), 48 * time.Hour, nil, day(time.UTC, 3, 2, 0, 0)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := slotAfter(tc.at, tc.every, tc.zone); !got.Equal(tc.want) {
				t.Errorf("slotAfter(%v, %v) = %v, want %v", tc.at, tc.every, got, tc.want)
			}
		})
	}
}
