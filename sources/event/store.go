package event

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Ref names one version of an object.
type Ref struct {
	Scheme, Bucket, Key string
	// Version is the version's id where the bucket has them; ETag (S3) what it must be else.
	Version, ETag string
}

// String is the object's URL.
func (r Ref) String() string { return r.Scheme + "://" + r.Bucket + "/" + r.Key }

// Store reads objects. Errors are of the kinds of tasks; [ErrGone] is one that tells that this version is not there any more.
type Store interface {
	// Size returns how many bytes an object has.
	Size(ctx context.Context, r Ref) (int64, error)
	// Read returns n bytes of an object from an offset on, or all that follow when n is below 0.
	Read(ctx context.Context, r Ref, from, n int64) (io.ReadCloser, error)
}

// ErrGone says that an object, or the version of it that an event tells of, is not there any more.
var ErrGone = errors.New("the object is gone, or was replaced since")

// readTries is how often a broken stream is taken up again where it broke.
const readTries = 4

// ranged is an object that is read mostly forward: what follows on the read before comes from one stream, anything else is asked for by
// itself. It keeps the context, which io.ReaderAt has no room for; the reader that it is made for lives no longer.
type ranged struct {
	ctx   context.Context //nolint:containedctx // see above
	store Store
	ref   Ref
	next  int64 // where the last read ended
	body  io.ReadCloser
}

func (o *ranged) ReadAt(p []byte, off int64) (n int, err error) {
	if o.body != nil && off != o.next {
		o.close()
	}
	for try := 1; ; try++ {
		var m int
		m, err = o.read(p[n:], off+int64(n))
		n += m
		o.next = off + int64(n)
		if n == len(p) {
			return n, nil
		}
		if err == io.EOF {
			return n, err
		}
		o.close()
		if m > 0 {
			try = 1
		}
		if try == readTries || o.ctx.Err() != nil || tasks.KindOf(err) != tasks.KindRetriable {
			return n, err
		}
	}
}

// read reads from the stream, or by itself where nothing was read just before.
func (o *ranged) read(p []byte, off int64) (int, error) {
	length := int64(len(p))
	if off == o.next && off > 0 {
		length = -1
	}
	if o.body == nil {
		body, err := o.store.Read(o.ctx, o.ref, off, length)
		if err != nil {
			return 0, err
		}
		o.body = body
		if length >= 0 {
			defer o.close()
		}
	}
	n, err := io.ReadFull(o.body, p)
	switch {
	case err == nil || err == io.EOF:
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF) && length < 0: // the end of the object, or of the connection: the next read tells
		return n, io.EOF
	}
	return n, tasks.Retriable(fmt.Errorf("read %s at byte %d: %w", o.ref, off+int64(n), err))
}

func (o *ranged) close() {
	if o.body != nil {
		_ = o.body.Close() // nothing was written
		o.body = nil
	}
}
