package object

import (
	"io"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Format is how records become an object's bytes. It is a value that many writers share.
type Format interface {
	// Ext is the end of an object's name, compression not counted.
	Ext() string
	// Encoding is what the format takes from [tasks.Record.Encoded].
	Encoding() tasks.Encoding
	// Accept is [tasks.EncodedSink]'s AcceptSchema.
	Accept(writer string, s *tasks.Schema) bool
	// New returns an encoder for one writer, which makes object after object.
	New() Encoder
}

// Encoder makes the bytes of objects, one after the other. It is pure (I6): name, schema and records decide.
type Encoder interface {
	// Begin starts an object. An error is the fault of the record that brought the schema.
	Begin(name string, s *tasks.Schema) error
	// Add encodes a record. After an error the object is as it was before.
	Add(r *tasks.Record) error
	// Spill hands over what is complete and worth a write; at the end, all that is left.
	Spill(out io.Writer, end bool) error
}

// spillSize is the number of encoded bytes that are worth a write.
const spillSize = 64 << 10

// lines is the encoder of formats whose object is its records one behind the other.
type lines struct {
	pending []byte
	encode  func(dst []byte, r *tasks.Record) ([]byte, error)
	// separator is what follows each record.
	separator string
}

func (l *lines) Begin(string, *tasks.Schema) error {
	l.pending = l.pending[:0]
	return nil
}

func (l *lines) Add(r *tasks.Record) error {
	before := len(l.pending)
	grown, err := l.encode(l.pending, r)
	if err != nil {
		l.pending = l.pending[:before]
		return err
	}
	l.pending = append(grown, l.separator...)
	return nil
}

func (l *lines) Spill(out io.Writer, end bool) error {
	if len(l.pending) < spillSize && !end {
		return nil
	}
	_, err := out.Write(l.pending)
	l.pending = l.pending[:0]
	return err
}
