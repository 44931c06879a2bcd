package protobuf

import "encoding/binary"

// reader reads the wire format. After an error it returns zeroes.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

// tag reads a field's number and wire type, which it checks.
func (r *reader) tag() (number int32, wire int) {
	v := uint32(r.varint())
	number, wire = int32(v>>3), int(v&7)
	switch {
	case r.err != nil:
	case number == 0:
		r.fail(malformed("Protocol message contained an invalid tag (zero)."))
	case wire == wireEnd:
		r.fail(malformed("Protocol message end-group tag did not match expected tag."))
	case wire > wireI32:
		r.fail(invalidWireType())
	}
	return number, wire
}

func invalidWireType() error { return malformed("Protocol message tag had invalid wire type.") }

func (r *reader) varint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		v := uint64(r.b[0])
		r.b = r.b[1:]
		return v
	}
	var v uint64
	for i, c := range r.b {
		if i == 10 {
			break
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.b = r.b[i+1:]
			return v
		}
	}
	if len(r.b) >= 10 {
		r.fail(malformed("CodedInputStream encountered a malformed varint."))
	} else {
		r.fail(truncated())
	}
	return 0
}

func (r *reader) fixed32() uint32 {
	if len(r.b) < 4 {
		r.fail(truncated())
		return 0
	}
	v := binary.LittleEndian.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

func (r *reader) fixed64() uint64 {
	if len(r.b) < 8 {
		r.fail(truncated())
		return 0
	}
	v := binary.LittleEndian.Uint64(r.b)
	r.b = r.b[8:]
	return v
}

func (r *reader) bytes() []byte {
	n := int32(r.varint())
	switch {
	case r.err != nil:
		return nil
	case n < 0:
		r.fail(malformed("CodedInputStream encountered an embedded string or message which claimed to have negative size."))
		return nil
	case int(n) > len(r.b):
		r.fail(truncated())
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// integer reads a number of one of the integer kinds.
func (r *reader) integer(k kind) int64 {
	switch k {
	case kindFixed32, kindSfixed32:
		return int64(int32(r.fixed32()))
	case kindFixed64, kindSfixed64:
		return int64(r.fixed64())
	case kindSint32:
		v := uint32(r.varint())
		return int64(int32(v>>1) ^ -int32(v&1))
	case kindSint64:
		v := r.varint()
		return int64(v>>1) ^ -int64(v&1)
	case kindInt32, kindUint32:
		return int64(int32(r.varint()))
	}
	return int64(r.varint())
}

// whole checks that a part of a message is one by itself.
func (r *reader) whole(part []byte) {
	one := reader{b: part}
	for len(one.b) > 0 && one.err == nil {
		one.skip(one.tag())
	}
	if one.err != nil {
		r.fail(one.err)
	}
}

// skip passes over a value; of a group, over all that is in it.
func (r *reader) skip(number int32, wire int) {
	switch wire {
	case wireVarint:
		r.varint()
	case wireI64:
		r.fixed64()
	case wireLen:
		r.bytes()
	case wireI32:
		r.fixed32()
	case wireStart:
		r.group(number)
	}
}

// group passes over a group, and the groups inside of it.
func (r *reader) group(number int32) {
	open := []int32{number}
	for len(open) > 0 && r.err == nil {
		if len(r.b) == 0 {
			r.fail(truncated())
			return
		}
		v := uint32(r.varint())
		n, wire := int32(v>>3), int(v&7)
		switch {
		case r.err != nil:
		case n == 0:
			r.fail(malformed("Protocol message contained an invalid tag (zero)."))
		case wire == wireEnd:
			if n != open[len(open)-1] {
				r.fail(malformed("Protocol message end-group tag did not match expected tag."))
			}
			open = open[:len(open)-1]
		case wire == wireStart:
			if open = append(open, n); len(open) > maxMessages {
				r.fail(malformed("Protocol message had too many levels of nesting.  May be malicious.  Use setRecursionLimit() to increase the recursion depth limit."))
			}
		case wire > wireI32:
			r.fail(invalidWireType())
		default:
			r.skip(n, wire)
		}
	}
}
