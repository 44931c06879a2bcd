package tasks

import "unsafe"

// Arena hands out the memory of a batch and takes it all back at once with Reset, so that a record costs no allocation
// once the arena has grown to the size of a batch. What it handed out is invalid after Reset. A nil *Arena allocates from
// the heap. Not safe for concurrent use.
type Arena struct {
	values  slab[Value]
	structs slab[Struct]
	maps    slab[Map]
	entries slab[Entry]
	bytes   slab[byte]
	decs    slab[Decimal]
}

// Values returns n null values.
func (a *Arena) Values(n int) []Value {
	if a == nil {
		return make([]Value, n)
	}
	return a.values.take(n, 4096)
}

// Struct returns a struct of the schema with null slots.
func (a *Arena) Struct(s *Schema) *Struct {
	if a == nil {
		return &Struct{Schema: s, Slots: make([]Value, len(s.Fields))}
	}
	st := &a.structs.take(1, 256)[0]
	st.Schema, st.Slots = s, a.values.take(len(s.Fields), 4096)
	return st
}

// Map returns an empty map with room for n entries (it may grow beyond).
func (a *Arena) Map(n int) *Map {
	if a == nil {
		return &Map{Entries: make([]Entry, 0, n)}
	}
	m := &a.maps.take(1, 256)[0]
	m.Entries = a.entries.take(n, 4096)[:0]
	return m
}

// Decimal returns a zero decimal.
func (a *Arena) Decimal() *Decimal {
	if a == nil {
		return &Decimal{}
	}
	return &a.decs.take(1, 64)[0]
}

// Bytes returns n zero bytes.
func (a *Arena) Bytes(n int) []byte {
	if a == nil {
		return make([]byte, n)
	}
	return a.bytes.take(n, 64<<10)
}

// Text copies b and returns it as a string of the batch.
func (a *Arena) Text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	c := a.Bytes(len(b))
	copy(c, b)
	return unsafe.String(unsafe.SliceData(c), len(c))
}

// Reset takes everything back.
func (a *Arena) Reset() {
	a.values.reset()
	a.structs.reset()
	a.maps.reset()
	a.entries.reset()
	a.bytes.reset()
	a.decs.reset()
}

// slab is a list of chunks of T; the chunk in use is chunks[i], of which used are taken.
type slab[T any] struct {
	chunks [][]T
	i      int
	used   int
}

// take returns n zero elements with no room behind them. A new chunk is the larger of n, the least size, and twice the
// last one, so that the number of chunks stays small.
func (s *slab[T]) take(n, least int) []T {
	for s.i < len(s.chunks) {
		if c := s.chunks[s.i]; s.used+n <= len(c) {
			out := c[s.used : s.used+n : s.used+n]
			s.used += n
			return out
		}
		s.i, s.used = s.i+1, 0
	}
	size := max(n, least)
	if k := len(s.chunks); k > 0 {
		size = max(n, 2*len(s.chunks[k-1]))
	}
	c := make([]T, size)
	s.chunks, s.used = append(s.chunks, c), n
	return c[:n:n]
}

// reset clears what was taken: the chunks' pointers would keep a whole batch alive, and take promises zeroes.
func (s *slab[T]) reset() {
	for i, c := range s.chunks {
		if i == s.i {
			clear(c[:s.used])
			break
		}
		clear(c)
	}
	s.i, s.used = 0, 0
}
