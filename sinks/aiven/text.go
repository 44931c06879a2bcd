package aiven

import (
	"io"

	"github.com/mayfly-connect/mayfly/tasks"
)

// spillSize is the number of encoded bytes that are worth a write.
const spillSize = 64 << 10

// texts is the encoder of formats whose object is the texts of its records, with something before, between and behind
// them. What is between them is not behind the last one.
type texts struct {
	open, between, end string
	append             func(dst []byte, r *tasks.Record) ([]byte, error)

	pending []byte
	empty   bool
	// The state before the last record.
	before      int
	beforeEmpty bool
}

func (t *texts) Begin(string, *tasks.Record) error {
	t.pending, t.empty = append(t.pending[:0], t.open...), true
	return nil
}

func (t *texts) Add(r *tasks.Record) error {
	t.before, t.beforeEmpty = len(t.pending), t.empty
	p := t.pending
	if !t.empty {
		p = append(p, t.between...)
	}
	p, err := t.append(p, r)
	if err != nil {
		return err
	}
	t.pending, t.empty = p, false
	return nil
}

func (t *texts) Drop() { t.pending, t.empty = t.pending[:t.before], t.beforeEmpty }

func (t *texts) Spill(out io.Writer, end bool) error {
	if end {
		t.pending = append(t.pending, t.end...)
	}
	if len(t.pending) < spillSize && !end {
		return nil
	}
	_, err := out.Write(t.pending)
	t.pending = t.pending[:0]
	return err
}
