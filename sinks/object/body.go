package object

import "hash/crc32"

// body is the content of one object on its way: what is not yet uploaded, and length and checksum of all. It is the
// io.Writer at the end of an encoder; writing to it never blocks and never fails.
type body struct {
	buf  []byte
	most int // what buf mostly holds at most: a part
	size int64
	crc  uint32
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (b *body) Write(p []byte) (int, error) {
	b.buf = append(b.room(len(p)), p...)
	b.size += int64(len(p))
	b.crc = crc32.Update(b.crc, castagnoli, p)
	return len(p), nil
}

// room returns buf with room for n more bytes. One that grows beyond a small object's size is made as large as a part at once:
// memory that is let go of costs more than memory that is not used, which the system does not give.
func (b *body) room(n int) []byte {
	need := len(b.buf) + n
	if need <= cap(b.buf) {
		return b.buf
	}
	size := max(need, 2*cap(b.buf))
	if size > smallBody {
		size = max(need, b.most+spillSize)
	}
	return append(make([]byte, 0, size), b.buf...)
}

// smallBody is the size up to which a body's memory doubles as it grows.
const smallBody = 1 << 20

// reset empties b for the next object. It keeps the memory.
func (b *body) reset() { b.buf, b.size, b.crc = b.buf[:0], 0, 0 }

// same reports whether an object has this content.
func (b *body) same(i Info) bool { return i.Size == b.size && (i.Unchecked || i.CRC32C == b.crc) }
