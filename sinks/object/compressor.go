package object

import (
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Compressor compresses object after object. It is pure (I6): what was written decides.
type Compressor interface {
	io.Writer
	// Close writes all that is left.
	Close() error
	// Reset begins another object, which goes to out.
	Reset(out io.Writer)
}

// Gzip returns what makes gzip compressors of a level, -1 (default) to 9.
func Gzip(level int) func(out io.Writer) (Compressor, error) {
	return func(out io.Writer) (Compressor, error) {
		w, err := gzip.NewWriterLevel(out, level)
		if err != nil {
			return nil, err
		}
		return &gzipped{w}, nil
	}
}

type gzipped struct{ *gzip.Writer }

func (g *gzipped) Reset(out io.Writer) {
	g.Writer.Reset(out)
	g.ModTime = time.Unix(0, 0) // I6: gzip's word for no time stamp
}
