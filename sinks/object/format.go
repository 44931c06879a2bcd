package object

import (
	"io"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Side is the part of a record that an object holds. Its text is the mark in the object's name.
type Side string

// The sides.
const (
	Values  Side = ""
	Keys    Side = ".keys"
	Headers Side = ".headers"
)

// Format is how records become an object's bytes. It is a value that many writers share.
type Format interface {
	// Ext is the end of an object's name, compression of whole objects not counted.
	Ext() string
	// Encoding is what the format takes from [tasks.Record.Encoded].
	Encoding() tasks.Encoding
	// Accept is [tasks.EncodedSink]'s AcceptSchema.
	Accept(writer string, s *tasks.Schema) bool
	// New returns an encoder of one side of records, which makes object after object.
	New(side Side) Encoder
}

// Encoder makes the bytes of objects, one after the other. It is pure (I6): name and records decide.
type Encoder interface {
	// Begin starts an object with its first record, which is then added. An error is the fault of the record.
	Begin(name string, r *tasks.Record) error
	// Add encodes a record. After an error the object is as it was before.
	Add(r *tasks.Record) error
	// Drop takes back the record that was added last, before it is spilled.
	Drop()
	// Spill hands over what is complete and worth a write; at the end, all that is left.
	Spill(out io.Writer, end bool) error
}

// Hoarder is an [Encoder] that holds many records before it spills. What the open files of a stream hold together is bounded by
// [heldLimit].
type Hoarder interface {
	// Held is about how many bytes are held: a function of the object's records since the last Flush or Spill (I6).
	Held() int
	// Flush hands over all that is held, as far as an object that goes on can, and gives back memory.
	Flush(out io.Writer) error
	// Free gives back memory when nothing is held.
	Free()
}

// heldLimit is how many bytes the open files of a stream may hold together: two of the largest row groups.
const heldLimit = 32 << 20

// spillSize is the number of encoded bytes that are worth a write.
const spillSize = 64 << 10

// lines is the encoder of formats whose object is its records one behind the other.
type lines struct {
	pending []byte
	before  int // length of pending before the last record
	encode  func(dst []byte, r *tasks.Record) ([]byte, error)
	// separator is what follows each record.
	separator string
}

func (l *lines) Begin(string, *tasks.Record) error {
	l.pending = l.pending[:0]
	return nil
}

func (l *lines) Add(r *tasks.Record) error {
	l.before = len(l.pending)
	grown, err := l.encode(l.pending, r)
	if err != nil {
		return err
	}
	l.pending = append(grown, l.separator...)
	return nil
}

func (l *lines) Drop() { l.pending = l.pending[:l.before] }

func (l *lines) Spill(out io.Writer, end bool) error {
	if len(l.pending) < spillSize && !end {
		return nil
	}
	_, err := out.Write(l.pending)
	l.pending = l.pending[:0]
	return err
}
