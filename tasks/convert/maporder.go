package convert

import (
	"iter"
	"math"
	"math/bits"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

// Ordered yields a map's entries, counted from 0, in the order in which Java hands them out: by the bucket of the key's hash,
// and as they were put within a bucket. A map with keys whose hash is an identity, or is composed of parts, is taken as it
// stands; so are nine keys and more in one bucket, of which Java makes a tree. It allocates nothing for maps of usual size.
func Ordered(m *tasks.Map) iter.Seq2[int, *tasks.Entry] {
	return func(yield func(int, *tasks.Entry) bool) {
		var buf [small]uint32
		for i, at := range order(buf[:0], m) {
			if !yield(i, &m.Entries[at]) {
				return
			}
		}
	}
}

// small is up to how many entries and buckets a map is ordered without sorting.
const small = 64

// order appends to dst the indices of the entries.
func order(dst []uint32, m *tasks.Map) []uint32 {
	n, ok := len(m.Entries), false
	if m.Table != tasks.Linked && n > 1 {
		if table := tableOf(m); n <= small && table <= small {
			dst, ok = chained(dst, m.Entries, table)
		} else {
			dst, ok = sorted(dst, m.Entries, table)
		}
	}
	if ok {
		return dst
	}
	for i := range n {
		dst = append(dst, uint32(i))
	}
	return dst
}

// chained builds the chains of the table's buckets, from their ends, and follows them.
func chained(dst []uint32, entries []tasks.Entry, table int) ([]uint32, bool) {
	var head, next [small]uint8 // indices from 1 on, 0 for none
	var taken uint64            // buckets
	for i := len(entries) - 1; i >= 0; i-- {
		h, ok := hashCode(&entries[i].Key)
		if !ok {
			return dst, false
		}
		b := javahash.Bucket(h, table) % small
		next[i], head[b] = head[b], uint8(i+1)
		taken |= 1 << b
	}
	for ; taken != 0; taken &= taken - 1 {
		for at := head[bits.TrailingZeros64(taken)]; at != 0; at = next[at-1] {
			dst = append(dst, uint32(at-1))
		}
	}
	return dst, true
}

// sorted sorts pairs of a bucket and an index.
func sorted(dst []uint32, entries []tasks.Entry, table int) ([]uint32, bool) {
	pairs := make([]uint64, len(entries))
	for i := range entries {
		h, ok := hashCode(&entries[i].Key)
		if !ok {
			return dst, false
		}
		pairs[i] = uint64(javahash.Bucket(h, table))<<32 | uint64(i)
	}
	slices.Sort(pairs)
	for _, p := range pairs {
		dst = append(dst, uint32(p))
	}
	return dst, true
}

// tableOf is the size of the table that a HashMap has by now.
func tableOf(m *tasks.Map) int {
	if m.Table == 0 {
		return javahash.Grown(javahash.DefaultTable, len(m.Entries))
	}
	return javahash.Grown(int(m.Table), len(m.Entries))
}

// CopyMap is Java's new HashMap(m), with room for more entries.
func CopyMap(a *tasks.Arena, m *tasks.Map, more int) *tasks.Map {
	c := a.Map(len(m.Entries) + more)
	c.Table = int32(javahash.CopyTable(len(m.Entries)))
	if refines(c.Table, m) {
		c.Entries = append(c.Entries, m.Entries...)
		return c
	}
	for _, e := range Ordered(m) {
		c.Entries = append(c.Entries, *e)
	}
	return c
}

// Rehashed is m with its entries put anew, as Java hands them out, into a HashMap that is made without a size.
func Rehashed(m *tasks.Map) tasks.Map {
	out := tasks.Map{Entries: m.Entries}
	if m.Table != 0 && !refines(int32(tableOf(&out)), m) {
		out.Entries = make([]tasks.Entry, 0, len(m.Entries))
		for _, e := range Ordered(m) {
			out.Entries = append(out.Entries, *e)
		}
	}
	return out
}

// refines reports whether what lies in one bucket of a table lay in one of m's as well, so that it is in the same order
// whether it is put as m hands it out or as it was put into m.
func refines(table int32, m *tasks.Map) bool {
	return m.Table == tasks.Linked || tableOf(m) <= int(table)
}

// hashCode is Java's hashCode of a scalar.
func hashCode(v *tasks.Value) (h uint32, ok bool) {
	long := func(n int64) uint32 { return uint32(n ^ int64(uint64(n)>>32)) }
	switch v.Kind() {
	case tasks.KindString:
		return javahash.String(v.Str()), true
	case tasks.KindNull:
		return 0, true
	case tasks.KindInt8, tasks.KindInt16, tasks.KindInt32:
		return uint32(int32(v.Int())), true
	case tasks.KindInt64:
		return long(v.Int()), true
	case tasks.KindTime:
		return long(v.Time().UnixMilli()), true
	case tasks.KindFloat32:
		return math.Float32bits(float32(v.Float())), true
	case tasks.KindFloat64:
		return long(int64(math.Float64bits(v.Float()))), true
	case tasks.KindBoolean:
		if v.Bool() {
			return 1231, true
		}
		return 1237, true
	}
	return 0, false
}
