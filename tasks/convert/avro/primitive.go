package avro

import (
	"math"
	"unicode/utf8"

	"github.com/mayfly-connect/mayfly/tasks"
)

// take returns the next n bytes, or nil and fails.
func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.fail(eof())
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) bytes() []byte {
	n := r.long()
	switch {
	case n < 0:
		r.fail(malformed("Length is negative: %d", n))
		return nil
	case n > math.MaxInt32-8:
		r.fail(tasks.NewException("java.lang.UnsupportedOperationException", "Cannot read strings longer than %d bytes", math.MaxInt32-8))
		return nil
	}
	return r.take(int(n))
}

// string aliases the data when it is UTF-8; else each bad byte becomes U+FFFD, as Java decodes it.
func (r *reader) string() tasks.Value {
	b := r.bytes()
	if utf8.Valid(b) {
		return tasks.NewStringBytes(b)
	}
	return tasks.NewString(repair(b))
}

func repair(b []byte) string {
	out := make([]byte, 0, len(b)+8)
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		if c == utf8.RuneError && n == 1 {
			n = badPrefix(b)
		}
		out = utf8.AppendRune(out, c)
		b = b[n:]
	}
	return string(out)
}

// badPrefix returns how many bytes of a broken sequence Java replaces by one U+FFFD: the longest part of a valid one.
func badPrefix(b []byte) int {
	tails, low, high := 0, byte(0x80), byte(0xBF)
	switch c := b[0]; {
	case c >= 0xC2 && c <= 0xDF:
		tails = 1
	case c == 0xE0:
		tails, low = 2, 0xA0
	case c == 0xED:
		tails, high = 2, 0x9F
	case c >= 0xE1 && c <= 0xEF:
		tails = 2
	case c == 0xF0:
		tails, low = 3, 0x90
	case c == 0xF4:
		tails, high = 3, 0x8F
	case c >= 0xF1 && c <= 0xF3:
		tails = 3
	}
	n := 1
	for n < len(b) && n <= tails && b[n] >= low && b[n] <= high {
		n, low, high = n+1, 0x80, 0xBF
	}
	return n
}

func (r *reader) long() int64 {
	if len(r.b) > 0 && r.b[0] < 0x80 { // most are
		u := r.b[0]
		r.b = r.b[1:]
		return int64(u>>1) ^ -int64(u&1)
	}
	var u uint64
	for i, c := range r.b {
		if i == 10 {
			break
		}
		u |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.b = r.b[i+1:]
			return int64(u>>1) ^ -int64(u&1)
		}
	}
	if len(r.b) >= 10 {
		r.fail(tasks.NewException("java.io.IOException", "Invalid long encoding"))
	} else {
		r.fail(eof())
	}
	return 0
}

func (r *reader) int() int32 {
	var u uint32
	for i, c := range r.b {
		if i == 5 {
			break
		}
		u |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.b = r.b[i+1:]
			return int32(u>>1) ^ -int32(u&1)
		}
	}
	if len(r.b) >= 5 {
		r.fail(tasks.NewException("java.io.IOException", "Invalid int encoding"))
	} else {
		r.fail(eof())
	}
	return 0
}
