package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Load describes what comes into a topic: phases one after the other, as often as Repeat says.
type Load struct {
	Topic       string `json:"topic,omitempty"`
	Partitions  int    `json:"partitions"`
	RecordBytes int64  `json:"recordBytes"`
	// Weights are the partitions' shares of the records, in any unit; without them all have the same.
	Weights []float64 `json:"weights,omitempty"`
	Phases  []Phase   `json:"phases"`
	Repeat  int       `json:"repeat,omitempty"`
}

// Phase is a time in which records come evenly.
type Phase struct {
	For              Duration `json:"for"`
	RecordsPerSecond float64  `json:"recordsPerSecond"`
}

// Duration is a time.Duration that JSON has as text, such as "1h30m".
type Duration time.Duration

// UnmarshalJSON reads a duration as time.ParseDuration takes it.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf(`a duration is a text such as "90s", not %s`, b)
	}
	v, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("duration %q: give a number and a unit, such as 90s, 15m or 24h", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalJSON writes the duration as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// longest bounds a load, so that a misplaced zero does not run for hours.
const longest = 31 * 24 * time.Hour

// ReadLoad reads a load description, JSON. Its errors name the field that cannot be right.
func ReadLoad(r io.Reader) (*Load, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	l := &Load{Topic: "load", RecordBytes: 1024, Partitions: 1, Repeat: 1}
	if err := dec.Decode(l); err != nil {
		return nil, fmt.Errorf("load description: %w", err)
	}
	return l, l.check()
}

func (l *Load) check() error {
	bad := func(field string, v any, want string) error {
		return fmt.Errorf("load description: %s cannot be %v: give %s", field, v, want)
	}
	switch {
	case l.Partitions < 1 || l.Partitions > 100_000:
		return bad("partitions", l.Partitions, "1 to 100000")
	case l.RecordBytes < 1:
		return bad("recordBytes", l.RecordBytes, "the average size of a record, key and value, in bytes")
	case l.Repeat < 1:
		return bad("repeat", l.Repeat, "1 or more")
	case l.Weights != nil && len(l.Weights) != l.Partitions:
		return bad("weights", fmt.Sprintf("%d numbers", len(l.Weights)), fmt.Sprintf("one for each of the %d partitions", l.Partitions))
	case len(l.Phases) == 0:
		return errors.New("load description: phases are missing: give at least one")
	}
	total := 0.0
	for _, w := range l.Weights {
		if w < 0 {
			return bad("weights", w, "numbers from 0 up")
		}
		total += w
	}
	if l.Weights != nil && total <= 0 {
		return bad("weights", "all 0", "one above 0")
	}
	for i, p := range l.Phases {
		if p.For <= 0 {
			return bad(fmt.Sprintf("phases[%d].for", i), time.Duration(p.For), "a time above 0")
		}
		if p.RecordsPerSecond < 0 {
			return bad(fmt.Sprintf("phases[%d].recordsPerSecond", i), p.RecordsPerSecond, "0 or more")
		}
	}
	if d := l.length(); d > longest {
		return bad("the length of all phases", d, "31 days at the most")
	}
	return nil
}

// length is how long records come; more than longest when it is that.
func (l *Load) length() time.Duration {
	var once time.Duration
	for _, p := range l.Phases {
		if once += time.Duration(p.For); once > longest || once < 0 {
			return longest + 1
		}
	}
	if once > longest/time.Duration(l.Repeat) {
		return longest + 1
	}
	return once * time.Duration(l.Repeat)
}

// Arrivals returns what comes into each partition.
func (l *Load) Arrivals() []Arrivals {
	total := float64(l.Partitions)
	if l.Weights != nil {
		total = 0
		for _, w := range l.Weights {
			total += w
		}
	}
	out := make([]Arrivals, l.Partitions)
	for p := range out {
		share := 1 / total
		if l.Weights != nil {
			share = l.Weights[p] / total
		}
		a := Arrivals{Topic: l.Topic, Partition: int32(p)}
		a.add(0, 0)
		at, end := time.Duration(0), 0.0
		for range l.Repeat {
			for _, ph := range l.Phases {
				at += time.Duration(ph.For)
				end += ph.RecordsPerSecond * share * time.Duration(ph.For).Seconds()
				a.add(at, end)
			}
		}
		out[p] = a
	}
	return out
}
