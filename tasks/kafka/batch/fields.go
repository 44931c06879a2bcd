package batch

import "encoding/binary"

// varint reads a zigzag number from the front of b; rest is nil when there is none.
func varint(b []byte) (v int64, rest []byte) {
	if len(b) > 0 && b[0] < 0x80 { // nearly always
		return int64(b[0]>>1) ^ -int64(b[0]&1), b[1:]
	}
	if len(b) > 1 && b[1] < 0x80 { // offsets within a batch
		u := uint64(b[0]&0x7f) | uint64(b[1])<<7
		return int64(u>>1) ^ -int64(u&1), b[2:]
	}
	v, n := binary.Varint(b)
	if n <= 0 {
		return 0, nil
	}
	return v, b[n:]
}

// fields reads the fields of one record. bad is set by one that is not there; what is read after that is nothing.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) skip(n int) {
	if n > len(f.b) {
		f.bad, n = true, len(f.b)
	}
	f.b = f.b[n:]
}

// skipPrefix passes over what stands before a record's key: attributes, time and offset.
func (f *fields) skipPrefix() {
	f.skip(1)
	f.varint()
	f.varint()
}

func (f *fields) varint() int64 {
	v, rest := varint(f.b)
	if rest == nil {
		f.bad, f.b = true, nil
		return 0
	}
	f.b = rest
	return v
}

// bytes reads bytes with their length in front; nil is null.
func (f *fields) bytes() []byte {
	n := f.varint()
	if n < 0 || f.bad {
		return nil
	}
	if n > int64(len(f.b)) {
		f.bad, f.b = true, nil
		return nil
	}
	v := f.b[:n:n]
	f.b = f.b[n:]
	return v
}
