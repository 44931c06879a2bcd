package javacharset

import (
	_ "embed"
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// tables holds for each character set: its names behind their length, the characters of single bytes, the rows of pairs
// behind their number, each behind its lead byte, the rows of triples in the same way, and the number of characters that Java writes otherwise than it reads them,
// each with its bytes behind their number; all big-endian.
//
//go:embed charsets.bin.zst
var tables []byte

// Find finds a character set by one of its names in Java, upper or lower case; nil when there is none. It knows those of
// one byte and the national ones of several, but not Unicode's own.
func Find(name string) *Charset {
	name = strings.ToLower(strings.TrimSpace(name))
	all := charsets()
	if i := slices.IndexFunc(all, func(c *Charset) bool { return slices.Contains(c.names, name) }); i >= 0 {
		return all[i]
	}
	return nil
}

var charsets = sync.OnceValue(func() []*Charset {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil
	}
	defer z.Close()
	b, err := z.DecodeAll(tables, nil)
	if err != nil {
		return nil
	}
	r := reader(b)
	var out []*Charset
	for len(r) > 0 {
		c := &Charset{names: strings.Fields(string(r.take(int(binary.BigEndian.Uint16(r.take(2))))))}
		r.characters(c.single[:])
		r.rows(&c.pairs)
		r.rows(&c.triples)
		for range binary.BigEndian.Uint16(r.take(2)) {
			odd := oddity{r: rune(binary.BigEndian.Uint16(r.take(2)))}
			odd.bytes = r.take(int(r.take(1)[0]))
			c.odd = append(c.odd, odd)
		}
		c.reverse = sync.OnceValue(c.inverse)
		c.fours = sync.OnceValue(c.unpaired)
		out = append(out, c)
	}
	return out
})

// reader is what is left of the tables.
type reader []byte

func (r *reader) take(n int) []byte {
	head := (*r)[:n]
	*r = (*r)[n:]
	return head
}

func (r *reader) characters(to []uint16) {
	for i := range to {
		to[i] = binary.BigEndian.Uint16(r.take(2))
	}
}

func (r *reader) rows(to *[256]*row) {
	for range r.take(1)[0] {
		lead := r.take(1)[0]
		to[lead] = new(row)
		r.characters(to[lead][:])
	}
}
