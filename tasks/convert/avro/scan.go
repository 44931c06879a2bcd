package avro

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

// scanner walks over a body.
type scanner struct {
	b     []byte
	depth int
}

// value reports whether the next datum is in the one form that the encoder writes.
func (s *scanner) value(p *scanPlan) bool {
	switch p.step {
	case scanNull:
		return true
	case scanBoolean:
		b := s.take(1)
		return b != nil && b[0] <= 1
	case scanInteger:
		n, ok := s.long()
		return ok && n >= p.low && n <= p.high
	case scanFloat:
		// A float's NaN may lose its payload on the way through a double.
		b := s.take(4)
		return b != nil && binary.LittleEndian.Uint32(b)&0x7fffffff <= 0x7f800000
	case scanFixed:
		return p.size == 0 || s.take(p.size) != nil
	case scanString:
		b, ok := s.bytes()
		return ok && valid(b)
	case scanBytes:
		_, ok := s.bytes()
		return ok
	case scanNever:
		return false
	}
	if s.depth++; s.depth > maxDepth {
		return false
	}
	ok := s.nested(p)
	s.depth--
	return ok
}

// record walks over the fields of a record. Short strings and small numbers, also those that may be null, are most of what there
// is: they need no call.
func (s *scanner) record(fields []*scanPlan) bool {
	b := s.b
	for _, p := range fields {
		if p.step == scanUnion && len(b) > 0 && int(b[0]) < 2*len(p.parts) && b[0]&1 == 0 && int(b[0]/2) != p.null {
			if branch := p.parts[b[0]/2]; branch.step < scanArray {
				p, b = branch, b[1:]
			}
		}
		switch {
		case p.step == scanNull:
			continue
		case len(b) == 0 || b[0] >= 0x80: // the long way
		case p.step == scanInteger:
			if n := int64(b[0]>>1) ^ -int64(b[0]&1); n < p.low || n > p.high {
				return false
			}
			b = b[1:]
			continue
		case p.step == scanString && b[0]&1 == 0:
			end := 1 + int(b[0]/2)
			if end > len(b) || !valid(b[1:end]) {
				return false
			}
			b = b[end:]
			continue
		}
		s.b = b
		if !s.value(p) {
			return false
		}
		b = s.b
	}
	s.b = b
	return true
}

// valid reports whether b is UTF-8, which nearly always is ASCII.
func valid(b []byte) bool {
	const highs = 0x8080808080808080
	n := len(b)
	if n < 8 {
		var all byte
		for _, c := range b {
			all |= c
		}
		return all < 0x80 || utf8.Valid(b)
	}
	all := binary.LittleEndian.Uint64(b[n-8:])
	for i := 0; i+8 <= n; i += 8 {
		all |= binary.LittleEndian.Uint64(b[i:])
	}
	return all&highs == 0 || utf8.Valid(b)
}

func (s *scanner) nested(p *scanPlan) bool {
	switch p.step {
	case scanRecord:
		return s.record(p.parts)
	case scanUnion:
		i, ok := s.long()
		return ok && i >= 0 && i < int64(len(p.parts)) && int(i) != p.null && s.value(p.parts[i])
	}
	n, ok := s.long()
	if !ok || n < 0 || n > int64(maxItems+len(s.b)) {
		return false
	}
	if n == 0 {
		return true
	}
	if p.step == scanMap {
		if !s.entries(p, int(n)) {
			return false
		}
	} else {
		for range n {
			if !s.value(p.parts[0]) {
				return false
			}
		}
	}
	end, ok := s.long()
	return ok && end == 0
}

// maxScanKeys is up to how many keys of a map are looked at; a larger map is decoded.
const maxScanKeys = 1 << 16

// entries passes over a map whose entries stand in the order in which they would be written again.
func (s *scanner) entries(p *scanPlan, n int) bool {
	if n > maxScanKeys {
		return false
	}
	last := -1
	for range n {
		k, ok := s.bytes()
		if !ok || !valid(k) {
			return false
		}
		place := placeOf(k, n)
		if place <= last { // Equal keys have one place.
			return false
		}
		last = place
		if !s.value(p.parts[0]) {
			return false
		}
	}
	return true
}

// placeOf is by what the entries of a map of n keys are ordered when it is read and written: by their bucket in the HashMap that is
// written; within one, as in the map of the record, which was filled in the order of the one that Avro's library read.
func placeOf(key []byte, n int) int {
	h, table := javahash.String(key), javahash.Table(n)
	written := javahash.Bucket(h, javahash.Grown(javahash.DefaultTable, n))
	held := javahash.Bucket(h, javahash.Grown(table, n))
	read := javahash.Bucket(utf8Hash(key), javahash.Grown(table, n))
	return written<<40 | held<<20 | read
}

func (s *scanner) take(n int) []byte {
	if n > len(s.b) {
		return nil
	}
	b := s.b[:n]
	s.b = s.b[n:]
	return b
}

func (s *scanner) bytes() ([]byte, bool) {
	n, ok := s.long()
	if !ok || n < 0 || n > int64(len(s.b)) {
		return nil, false
	}
	b := s.b[:n]
	s.b = s.b[n:]
	return b, true
}

// long reads a number in its shortest form.
func (s *scanner) long() (int64, bool) {
	if len(s.b) > 0 && s.b[0] < 0x80 { // most are
		u := s.b[0]
		s.b = s.b[1:]
		return int64(u>>1) ^ -int64(u&1), true
	}
	u, n := binary.Uvarint(s.b)
	if n <= 0 || n > 1 && s.b[n-1] == 0 {
		return 0, false
	}
	s.b = s.b[n:]
	return int64(u>>1) ^ -int64(u&1), true
}
