package object

import (
	"fmt"
	"io"

	"github.com/mayfly-connect/mayfly/tasks"
)

// content is the bytes of one object on their way: encoder, compression, what is not yet uploaded. It is used again for
// object after object.
type content struct {
	side   Side
	format Format
	enc    Encoder
	zip    Compressor
	body   body
	// hoarder is the encoder if it is one. It held so much, and the body so much, after the last record.
	hoarder       Hoarder
	held, waiting int

	name string
	// upload is set once the object no longer fits in memory; verify instead when one of that name exists, which can only
	// be compared at the end.
	upload Upload
	verify bool
}

func (s *Settings) newContent(f sideFormat) (*content, error) {
	c := &content{side: f.side, format: f.format, enc: f.format.New(f.side), body: body{most: s.PartSize}}
	c.hoarder, _ = c.enc.(Hoarder)
	compress := s.Compress
	if s.Gzip {
		compress = Gzip(s.Level)
	}
	if compress == nil {
		return c, nil
	}
	zip, err := compress(&c.body)
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("set up the compression of objects: %w", err))
	}
	c.zip = zip
	return c, nil
}

// begin starts an object with its first record. An error is the fault of the record.
func (c *content) begin(name string, r *tasks.Record) error {
	if err := c.enc.Begin(name, r); err != nil {
		return err
	}
	c.name, c.upload, c.verify, c.held, c.waiting = name, nil, false, 0, 0
	c.body.reset()
	if c.zip != nil {
		c.zip.Reset(&c.body)
	}
	return nil
}

func (c *content) out() io.Writer {
	if c.zip != nil {
		return c.zip
	}
	return &c.body
}

// end moves all that is left into the body.
func (c *content) end() error {
	if err := c.enc.Spill(c.out(), true); err != nil {
		return fmt.Errorf("encode object %s: %w", c.name, err)
	}
	if c.zip != nil {
		if err := c.zip.Close(); err != nil {
			return fmt.Errorf("compress object %s: %w", c.name, err)
		}
	}
	return nil
}

func (c *content) abort() {
	if c.upload != nil {
		c.upload.Abort()
		c.upload = nil
	}
}
