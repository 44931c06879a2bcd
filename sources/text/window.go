// Package text is what the sources that read text files share: a bounded view of a file, and Java's way of decoding and
// quoting text, which the original connectors' records and offsets show.
package text

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// MaxRow bounds the bytes of one row or line, and so the memory of a [Window].
const MaxRow = 64 << 20

// ErrRowTooLong says that a row has more than [MaxRow] bytes.
var ErrRowTooLong = errors.New("row is longer than 64 MiB")

const firstBlock = 256 << 10

// Window is a view of the bytes [from, until) of a file that moves forward. Not safe for concurrent use.
type Window struct {
	r     io.ReaderAt
	buf   []byte // bytes that were read and are not yet skipped start at buf[start]
	start int
	at    int64 // file offset of buf[start]
	until int64
	open  bool // until is where r ends, wherever that is
}

// NewStream returns a window on all bytes of r from an offset on, for a text of which nobody knows the length.
func NewStream(r io.ReaderAt, from int64) *Window {
	return &Window{r: r, at: from, until: math.MaxInt64, open: true}
}

// NewWindow returns a window on the bytes [from, until) of r.
func NewWindow(r io.ReaderAt, from, until int64) *Window {
	return &Window{r: r, at: from, until: until}
}

// Offset is the file offset of the first byte of Bytes.
func (w *Window) Offset() int64 { return w.at }

// Bytes returns what was read and is not yet skipped; it is valid until the next call of More.
func (w *Window) Bytes() []byte { return w.buf[w.start:] }

// Skip moves past the first n bytes of Bytes.
func (w *Window) Skip(n int) {
	w.start += n
	w.at += int64(n)
}

// AtEnd reports whether Bytes reaches to the end of the view.
func (w *Window) AtEnd() bool { return w.at+int64(len(w.buf)-w.start) >= w.until }

// More reads further bytes behind those of Bytes; io.EOF when there are none in the view. A file that ends inside the view
// is io.ErrUnexpectedEOF: it was cut after the view was set.
func (w *Window) More() error {
	if w.AtEnd() {
		return io.EOF
	}
	have := len(w.buf) - w.start
	if have > MaxRow {
		return ErrRowTooLong
	}
	next := w.at + int64(have)
	n := int(min(int64(max(firstBlock, have)), w.until-next))
	if have+n > cap(w.buf) {
		grown := make([]byte, have, have+n)
		copy(grown, w.buf[w.start:])
		w.buf = grown
	} else {
		copy(w.buf[:have], w.buf[w.start:])
		w.buf = w.buf[:have]
	}
	w.start = 0
	got, err := w.r.ReadAt(w.buf[have:have+n], next)
	w.buf = w.buf[:have+got]
	switch {
	case got == n:
		return nil
	case err == io.EOF && w.open:
		if w.until = next + int64(got); got == 0 {
			return io.EOF
		}
		return nil
	case err == io.EOF:
		return fmt.Errorf("read at %d: %w", next, io.ErrUnexpectedEOF)
	default:
		return fmt.Errorf("read at %d: %w", next, err)
	}
}

// ScanBack reads [from, until) of r backwards in blocks, the first of them small since what is looked for is mostly near the
// end, and calls f with each block and its file offset, until f returns true or the beginning is reached.
func ScanBack(r io.ReaderAt, from, until int64, f func(block []byte, at int64) bool) error {
	var buf []byte
	for size := int64(1 << 10); until > from; size = min(2*size, 64<<10) {
		n := min(size, until-from)
		if int64(cap(buf)) < n {
			buf = make([]byte, n)
		}
		buf = buf[:n]
		if _, err := r.ReadAt(buf, until-n); err != nil {
			return fmt.Errorf("read at %d: %w", until-n, err)
		}
		until -= n
		if f(buf, until) {
			return nil
		}
	}
	return nil
}
