package object

import (
	"context"
	"errors"
)

// ErrExists says that an object is not in the state that [Options] ask for: it exists, or has another generation.
var ErrExists = errors.New("the object exists")

// Store is a bucket. Its errors are of the kinds of package tasks. Safe for use by several goroutines.
type Store interface {
	// Stat looks an object up; one that is not there is no error. It blocks on the store.
	Stat(ctx context.Context, name string) (Info, error)
	// Create starts an object, which comes to be at [Upload.Commit]. It may block on the store.
	Create(ctx context.Context, name string, o Options) (Upload, error)
	// Describe adds to the metadata of an object's generation. It blocks on the store.
	Describe(ctx context.Context, name string, generation int64, meta map[string]string) error
}

// Info is what a store knows of an object.
type Info struct {
	Exists bool
	Size   int64
	CRC32C uint32
	// Generation names this very content; a replaced object has another.
	Generation int64
	Meta       map[string]string
}

// Options are what a new object is to be.
type Options struct {
	Meta        map[string]string
	ContentType string
	// Replace is the generation that the object must have; 0 means that it must not exist.
	Replace int64
	// Size is the object's size when it is known and given in one Write, else 0.
	Size int64
}

// Upload is an object that is being written. One goroutine uses it.
type Upload interface {
	// Write sends the next bytes; they are the caller's again when it returns.
	Write(ctx context.Context, p []byte) error
	// Commit makes the object appear, whole, and returns its generation. It returns [ErrExists] when the object is not as
	// Options.Replace says. An attempt whose answer was lost may make it return that too: look at what is there.
	Commit(ctx context.Context) (generation int64, err error)
	// Abort gives up what was not committed. It may be called at any time, also after Commit.
	Abort()
}
