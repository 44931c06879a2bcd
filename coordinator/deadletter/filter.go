package deadletter

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Filter chooses letters. Its zero value takes all.
type Filter struct {
	Connector, Stage, Class string
	// Origin is the topic of the record that failed.
	Origin string
	// Message is searched for in the exception's message and in its causes.
	Message *regexp.Regexp
	// Since and Until bound the time of the record that failed: [Since, Until).
	Since, Until time.Time
	// Partition of the dead letter topic; nil for all. Offsets bound the place there.
	Partition *int32
	Offsets   Offsets
}

// Offsets is [From, To); To 0 is no bound.
type Offsets struct{ From, To int64 }

// ParseOffsets reads A-B, A- (from A), -B (up to B) or A (that one); both ends are meant.
func ParseOffsets(text string) (o Offsets, err error) {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	if from != "" {
		o.From, err = strconv.ParseInt(from, 10, 64)
	}
	if to != "" && err == nil {
		o.To, err = strconv.ParseInt(to, 10, 64)
		o.To++
	}
	if err != nil || o.From < 0 || o.To < 0 || to != "" && o.To <= o.From || from == "" && to == "" {
		return o, fmt.Errorf("offsets cannot be %q: use A-B, A-, -B or A", text)
	}
	return o, nil
}

// Takes reports whether l is chosen.
func (f *Filter) Takes(l *Letter) bool {
	c := &l.Context
	is := func(want, have string) bool { return want == "" || want == have }
	switch {
	case !is(f.Connector, c.Connector), !is(f.Stage, c.Stage), !is(f.Class, c.Class), !is(f.Origin, c.Origin.Topic):
		return false
	case f.Message != nil && !f.Message.MatchString(c.Message) && !slices.ContainsFunc(c.Reasons(), f.Message.MatchString):
		return false
	case !f.Since.IsZero() && l.Time.Before(f.Since), !f.Until.IsZero() && !l.Time.Before(f.Until):
		return false
	case f.Partition != nil && *f.Partition != l.Partition:
		return false
	}
	return l.Offset >= f.Offsets.From && (f.Offsets.To == 0 || l.Offset < f.Offsets.To)
}
