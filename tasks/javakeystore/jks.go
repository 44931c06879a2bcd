package javakeystore

import (
	"bytes"
	"encoding/binary"
	"errors"

	jks "github.com/pavlo-v-chernykh/keystore-go/v4"
)

// jks loads a store of Java's own format, whose library takes memory for whatever length an entry declares: so these are checked
// before.
func (s *store) jks() (jks.KeyStore, error) {
	ks := jks.New()
	if l := (lengths{b: s.data}); !l.store() {
		return ks, errors.New("it is cut short or damaged")
	}
	return ks, ks.Load(bytes.NewReader(s.data), []byte(s.password))
}

// lengths walks through a store without a look at the contents. bad says that something declared is longer than what is left.
type lengths struct {
	b   []byte
	bad bool
}

// store reports whether all that is declared is there.
func (l *lengths) store() bool {
	l.skip(4) // the magic number
	version := l.number(4)
	for n := l.number(4); n > 0 && !l.bad; n-- {
		kind := l.number(4)
		l.skip(l.number(2)) // alias
		l.skip(8)           // time
		certificates := uint64(1)
		if kind == 1 { // a private key
			l.skip(l.number(4))
			certificates = l.number(4)
		}
		if certificates > uint64(len(l.b)) { // room is made for as many at once
			return false
		}
		for ; certificates > 0 && !l.bad; certificates-- {
			if version == 2 {
				l.skip(l.number(2)) // type
			}
			l.skip(l.number(4))
		}
	}
	return !l.bad
}

func (l *lengths) skip(n uint64) []byte {
	if l.bad = l.bad || n > uint64(len(l.b)); l.bad {
		return nil
	}
	head := l.b[:n]
	l.b = l.b[n:]
	return head
}

// number reads an unsigned number of so many bytes, at most 8.
func (l *lengths) number(size int) uint64 {
	var whole [8]byte
	copy(whole[8-size:], l.skip(uint64(size)))
	return binary.BigEndian.Uint64(whole[:])
}
