package convert

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

// maxMembers is the number of an object's members up to which the search for a repeated name stays cheap.
const maxMembers = 256

// member is one of an object's: its name, and where it stands in the text that is written.
type member struct {
	name       []byte
	begin, end int
}

// written is how long the text is that is written of what was read.
func (t *transcoder) written() int { return len(t.out) + t.i - t.copied }

// arrange brings the members of the object that was read last into the order of the HashMap that decoding makes of them. It
// gives up on a repeated name.
func (t *transcoder) arrange(list []member) bool {
	if len(list) == 1 {
		return true
	}
	if len(list) > maxMembers {
		return false
	}
	s := &t.shapes[(len(list)+4*t.depth)%len(t.shapes)]
	if !s.of(list) {
		s.set(list)
	}
	if s.sorted || s.repeats {
		return !s.repeats
	}
	t.flush(t.i, t.i)
	first := list[0].begin
	t.scratch = append(t.scratch[:0], t.out[first:list[len(list)-1].end]...)
	out := t.out[:first]
	for i, at := range s.places {
		if i > 0 {
			out = append(out, ',')
		}
		m := &list[uint32(at)]
		out = append(out, t.scratch[m.begin-first:m.end-first]...)
	}
	return true
}

// shape is what the names of an object's members decide. As the records of a stream mostly have the same names, it is kept.
type shape struct {
	names   [][]byte
	text    []byte   // of names
	places  []uint64 // pairs of a bucket and a member's index, sorted
	sorted  bool     // the members stand in that order
	repeats bool     // two have one name
}

// of reports whether the shape is that of the members.
func (s *shape) of(list []member) bool {
	if len(s.names) != len(list) {
		return false
	}
	for i := range list {
		if string(s.names[i]) != string(list[i].name) {
			return false
		}
	}
	return true
}

func (s *shape) set(list []member) {
	s.names, s.text, s.places, s.sorted, s.repeats = s.names[:0], s.text[:0], s.places[:0], true, false
	table := javahash.Grown(javahash.DefaultTable, len(list))
	for i := range list {
		s.text = append(s.text, list[i].name...)
		place := uint64(javahash.Bucket(javahash.String(list[i].name), table))<<32 | uint64(i)
		s.sorted = s.sorted && (i == 0 || place > s.places[i-1])
		s.places = append(s.places, place)
	}
	rest := s.text
	for i := range list {
		n := len(list[i].name)
		s.names, rest = append(s.names, rest[:n]), rest[n:]
	}
	slices.Sort(s.places)
	for i := range s.places {
		s.repeats = s.repeats || s.repeated(i)
	}
}

// repeated reports whether the member at a place has the name of one before it, which is in the same bucket.
func (s *shape) repeated(i int) bool {
	name := s.names[uint32(s.places[i])]
	for j := i - 1; j >= 0 && s.places[j]>>32 == s.places[i]>>32; j-- {
		if string(s.names[uint32(s.places[j])]) == string(name) {
			return true
		}
	}
	return false
}
