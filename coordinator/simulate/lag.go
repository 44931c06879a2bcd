package simulate

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// lagHeader is the first line of a recorded lag: times in ms since the epoch, end offsets, and the group's committed ones, which
// may be empty.
var lagHeader = []string{"time", "topic", "partition", "end", "committed"}

// Sample is what was seen of a partition at a moment. Committed is -1 when nothing is.
type Sample struct {
	Time           time.Time
	Topic          string
	Partition      int32
	End, Committed int64
}

// LagWriter writes a recorded lag as CSV.
type LagWriter struct{ w *csv.Writer }

// NewLagWriter writes the header.
func NewLagWriter(w io.Writer) (*LagWriter, error) {
	l := &LagWriter{csv.NewWriter(w)}
	return l, l.w.Write(lagHeader)
}

// Write writes samples, and flushes them.
func (l *LagWriter) Write(samples []Sample) error {
	for _, s := range samples {
		committed := ""
		if s.Committed >= 0 {
			committed = strconv.FormatInt(s.Committed, 10)
		}
		if err := l.w.Write([]string{strconv.FormatInt(s.Time.UnixMilli(), 10), s.Topic, strconv.Itoa(int(s.Partition)), strconv.FormatInt(s.End, 10), committed}); err != nil {
			return err
		}
	}
	l.w.Flush()
	return l.w.Error()
}

// ReadLag reads a recorded lag. What was committed at the first sample of a partition is where the run begins; without it, the
// first end is.
func ReadLag(r io.Reader) ([]Arrivals, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = len(lagHeader)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("recorded lag: %w", err)
	}
	if !slices.Equal(head, lagHeader) {
		return nil, fmt.Errorf("recorded lag: the first line is %q and should be %q, as `mayfly simulate -record` writes it", head, lagHeader)
	}
	found := map[tasks.Stream]*Arrivals{}
	begin := int64(-1)
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("recorded lag: %w", err)
		}
		s, err := parseSample(row)
		if err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("recorded lag, line %d: %w", line, err)
		}
		at := s.Time.UnixMilli()
		if begin < 0 {
			begin = at
		}
		if d := at - begin; d > longest.Milliseconds() {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("recorded lag, line %d: it is more than 31 days after the first", line)
		}
		id := tasks.Stream{Topic: s.Topic, Partition: s.Partition}
		a := found[id]
		if a == nil {
			a = &Arrivals{Topic: s.Topic, Partition: s.Partition, Committed: s.End}
			if s.Committed >= 0 {
				a.Committed = min(s.Committed, s.End)
			}
			found[id] = a
		}
		a.add(time.Duration(at-begin)*time.Millisecond, float64(s.End))
	}
	if len(found) == 0 {
		return nil, errors.New("recorded lag: there are no samples")
	}
	out := make([]Arrivals, 0, len(found))
	for _, id := range slices.SortedFunc(maps.Keys(found), func(a, b tasks.Stream) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	}) {
		out = append(out, *found[id])
	}
	return out, nil
}

func parseSample(row []string) (Sample, error) {
	s := Sample{Topic: row[1], Committed: -1}
	at, err := strconv.ParseInt(row[0], 10, 64)
	if err != nil {
		return s, fmt.Errorf("time %q is not a number of milliseconds", row[0])
	}
	s.Time = time.UnixMilli(at)
	partition, err := strconv.ParseInt(row[2], 10, 32)
	if err != nil || partition < 0 {
		return s, fmt.Errorf("partition %q is not a number from 0 up", row[2])
	}
	s.Partition = int32(partition)
	if s.End, err = strconv.ParseInt(row[3], 10, 64); err != nil || s.End < 0 {
		return s, fmt.Errorf("end %q is not an offset", row[3])
	}
	if row[4] != "" {
		if s.Committed, err = strconv.ParseInt(row[4], 10, 64); err != nil || s.Committed < 0 {
			return s, fmt.Errorf("committed %q is not an offset", row[4])
		}
	}
	return s, nil
}
