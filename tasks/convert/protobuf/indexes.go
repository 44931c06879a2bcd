package protobuf

import (
	"encoding/binary"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// splitPath splits what follows an id into the path of message indexes, as it is written, and the rest.
func splitPath(b []byte) (path, rest []byte, err error) {
	if len(b) > 0 && b[0] == 0 {
		return b[:1], b[1:], nil
	}
	n, at, err := index(b)
	if err != nil {
		return nil, nil, err
	}
	if n < 0 {
		return nil, nil, tasks.NewException(illegalArgument, "Illegal Capacity: %d", n)
	}
	for ; n > 0; n-- {
		_, used, err := index(b[at:])
		if err != nil {
			return nil, nil, err
		}
		at += used
	}
	return b[:at], b[at:], nil
}

// index reads a number of zigzag form, of five bytes at most.
func index(b []byte) (n int32, used int, err error) {
	var v uint64
	for i, c := range b {
		if i == 5 {
			return 0, 0, tasks.NewException(illegalArgument, "Varint is too long, the most significant bit in the 5th byte is set")
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			u := uint32(v)
			return int32(u>>1) ^ -int32(u&1), i + 1, nil
		}
	}
	return 0, 0, registry.Underflow()
}

// indexes returns the numbers of a path that splitPath returned.
func indexes(path string) []int32 {
	b := []byte(path)
	n, at, err := index(b)
	if err != nil || n == 0 {
		return []int32{0}
	}
	out := make([]int32, 0, min(int(n), len(b)))
	for range n {
		i, used, _ := index(b[at:]) // splitPath has read it
		out, at = append(out, i), at+used
	}
	return out
}

// appendPath writes a path; none at all for a message that the schema does not have.
func appendPath(dst []byte, path []int32) []byte {
	switch {
	case len(path) == 0:
		return dst
	case len(path) == 1 && path[0] == 0:
		return append(dst, 0)
	}
	dst = binary.AppendVarint(dst, int64(len(path)))
	for _, i := range path {
		dst = binary.AppendVarint(dst, int64(i))
	}
	return dst
}
