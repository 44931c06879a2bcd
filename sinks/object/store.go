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
	// Describe adds to the metadata of an object's generation, and sets its tags when there are any; a store without tags
	// passes over them. An object that has been replaced since is left alone. It blocks on the store.
	Describe(ctx context.Context, name, generation string, d Description) error
}

// Info is what a store knows of an object.
type Info struct {
	Exists bool
	Size   int64
	CRC32C uint32
	// Generation names this very content; a replaced object has another.
	Generation string
	Meta       map[string]string
	// Unchecked says that the store does not know the checksum.
	Unchecked bool
}

// Description is what is said of an object after it was made.
type Description struct{ Meta, Tags map[string]string }

// Options are what a new object is to be.
type Options struct {
	Meta        map[string]string
	ContentType string
	// Replace is the generation that the object must have; empty means that it must not exist.
	Replace string
	// Size is the object's size when it is known and given in one Write, else 0; then CRC32C is its checksum.
	Size   int64
	CRC32C uint32
}

// Upload is an object that is being written. One goroutine uses it.
type Upload interface {
	// Write sends the next bytes; they are the caller's again when it returns.
	Write(ctx context.Context, p []byte) error
	// Commit makes the object appear, whole, and returns its generation. sum is the CRC-32C of all that was written. It returns [ErrExists] when the object is not as
	// Options.Replace says. An attempt whose answer was lost may make it return that too: look at what is there.
	Commit(ctx context.Context, sum uint32) (generation string, err error)
	// Abort gives up what was not committed. It may be called at any time, also after Commit.
	Abort()
}
