package convert

import (
	"cmp"
	"math"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javahash"
)

// HashOrder returns a map's entries in the order of java.util.HashMap, to which they were added one by one as they stand: by
// the bucket of the key's hash, and as added within a bucket. Keys whose hash is an identity or that are composed keep the
// entries as they are.
func HashOrder(entries []tasks.Entry) []tasks.Entry {
	if len(entries) < 2 {
		return entries
	}
	size := javahash.Size(len(entries))
	type placed struct {
		bucket int
		entry  tasks.Entry
	}
	in := make([]placed, len(entries))
	for i, e := range entries {
		h, ok := hashCode(e.Key)
		if !ok {
			return entries
		}
		in[i] = placed{javahash.Bucket(h, size), e}
	}
	slices.SortStableFunc(in, func(a, b placed) int { return cmp.Compare(a.bucket, b.bucket) })
	out := make([]tasks.Entry, len(in))
	for i := range in {
		out[i] = in[i].entry
	}
	return out
}

// hashCode is Java's hashCode of a scalar.
func hashCode(v tasks.Value) (h uint32, ok bool) {
	long := func(n int64) uint32 { return uint32(n ^ int64(uint64(n)>>32)) }
	switch v.Kind() {
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
	case tasks.KindString:
		return javahash.String(v.Bytes()), true
	}
	return 0, false
}
