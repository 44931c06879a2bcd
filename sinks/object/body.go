package object

import "hash/crc32"

// body is the content of one object on its way: what is not yet uploaded, and length and checksum of all. It is the
// io.Writer at the end of an encoder; writing to it never blocks and never fails.
type body struct {
	buf  []byte
	size int64
	crc  uint32
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (b *body) Write(p []byte) (int, error) {
	b.buf = append(b.buf, p...)
	b.size += int64(len(p))
	b.crc = crc32.Update(b.crc, castagnoli, p)
	return len(p), nil
}

// reset empties b for the next object. It keeps the memory.
func (b *body) reset() { b.buf, b.size, b.crc = b.buf[:0], 0, 0 }

// same reports whether an object has this content.
func (b *body) same(i Info) bool { return i.Size == b.size && (i.Unchecked || i.CRC32C == b.crc) }
