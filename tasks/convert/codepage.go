package convert

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// codepage is a character encoding of one or two bytes, as Java has it: other libraries map a few hundred characters
// otherwise and split malformed bytes in other places.
type codepage struct {
	names  []string
	single [256]uint16
	// double holds, for the bytes that lead a pair, the characters by the second byte, from 0x40 on.
	double  [256]*[192]uint16
	reverse func() map[rune][]byte
}

// unmappable marks bytes without a character.
const unmappable = 0xfffd

// codepageTables holds for each encoding: its names behind their length, the characters of single bytes, the number of
// lead bytes, and behind each of them the characters of its pairs; all big-endian.
//
//go:embed charsets.bin.gz
var codepageTables []byte

var codepages = sync.OnceValue(func() []*codepage {
	z, err := gzip.NewReader(bytes.NewReader(codepageTables))
	if err != nil {
		return nil
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil
	}
	var out []*codepage
	take := func(n int) []byte {
		head := b[:n]
		b = b[n:]
		return head
	}
	characters := func(to []uint16) {
		for i := range to {
			to[i] = binary.BigEndian.Uint16(take(2))
		}
	}
	for len(b) > 0 {
		p := &codepage{names: strings.Fields(string(take(int(take(1)[0]))))}
		characters(p.single[:])
		for range take(1)[0] {
			row := new([192]uint16)
			lead := take(1)[0]
			characters(row[:])
			p.double[lead] = row
		}
		p.reverse = sync.OnceValue(p.inverse)
		out = append(out, p)
	}
	return out
})

// findCodepage finds an encoding by a name in lower case.
func findCodepage(name string) *codepage {
	i := slices.IndexFunc(codepages(), func(p *codepage) bool { return slices.Contains(p.names, name) })
	if i < 0 {
		return nil
	}
	return codepages()[i]
}

// decode appends the text of b in UTF-8.
func (p *codepage) decode(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		r := p.single[b[i]]
		if r == unmappable && i+1 < len(b) {
			if r = p.pair(b[i], b[i+1]); r != unmappable || !p.malformed(b[i], b[i+1]) {
				i++
			}
		}
		dst = utf8.AppendRune(dst, rune(r))
	}
	return dst
}

func (p *codepage) pair(b1, b2 byte) uint16 {
	if row := p.double[b1]; row != nil && b2 >= 0x40 {
		return row[b2-0x40]
	}
	return unmappable
}

// malformed reports whether a pair without a character is one malformed byte and something else, not two bytes of an
// unknown character.
func (p *codepage) malformed(b1, b2 byte) bool {
	return p.double[b1] == nil || p.double[b2] != nil || p.single[b2] != unmappable
}

// inverse maps characters to their first bytes.
func (p *codepage) inverse() map[rune][]byte {
	m := map[rune][]byte{}
	put := func(r uint16, b ...byte) {
		if _, ok := m[rune(r)]; !ok && r != unmappable {
			m[rune(r)] = b
		}
	}
	for i, r := range p.single {
		put(r, byte(i))
	}
	for lead, row := range p.double {
		if row == nil {
			continue
		}
		for i, r := range row {
			put(r, byte(lead), byte(i+0x40))
		}
	}
	switch p.names[0] { // Java writes a few characters otherwise than it reads them.
	case "shift_jis":
		m['¥'], m['‾'] = []byte{0x5c}, []byte{0x7e}
	case "big5":
		m['╱'], m['╲'], m['＿'] = []byte{0xa2, 0xac}, []byte{0xa2, 0xad}, []byte{0xa1, 0xc4}
		m['十'], m['卅'] = []byte{0xa4, 0x51}, []byte{0xa4, 0xca}
	}
	return m
}

// encode appends the bytes of a character; false when it has none.
func (p *codepage) encode(dst []byte, r rune) ([]byte, bool) {
	b, ok := p.reverse()[r]
	return append(dst, b...), ok
}
