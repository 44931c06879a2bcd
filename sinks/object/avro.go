package object

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/dsnet/compress/bzip2"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/s2"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// Avro is Connect's AvroFormat: object container files.
type Avro struct {
	Options avro.Options
	// Codec is null, deflate, snappy or bzip2.
	Codec string
}

var _ Format = Avro{}

// Ext is .avro, whatever the codec.
func (Avro) Ext() string { return ".avro" }

// Encoding is Avro: bodies of an accepted schema are written as they are.
func (Avro) Encoding() tasks.Encoding { return tasks.EncodingAvro }

// Accept reports whether bodies of the writer schema are what this format writes for s.
func (a Avro) Accept(writer string, s *tasks.Schema) bool { return avro.SameBody(writer, s, a.Options) }

// New returns an encoder.
func (a Avro) New(of Side) Encoder { return &container{format: a, side: of} }

const (
	containerMagic = "Obj\x01"
	// blockSize is the number of bytes from which on a block is closed, before compression; as Avro's Java library has it.
	blockSize = 64000
)

// container makes Avro object container files: a header with the schema, then blocks of records.
type container struct {
	format Avro
	side   Side
	// The schema in use and what was compiled for it; it outlives a file, since the next one mostly has the same.
	compiled bool
	schema   *tasks.Schema
	text     string
	encode   func(dst []byte, v tasks.Value) ([]byte, error)

	sync    [16]byte
	block   []byte // encoded records of the open block
	before  int    // length of block before the last record
	count   int64
	pending []byte // header and closed blocks
	deflate *flate.Writer
	packed  []byte
}

// Begin writes the header. Its sync marker, which must be unlikely to occur in the data, comes from the object's name (I6).
func (c *container) Begin(name string, r *tasks.Record) error {
	s, _, err := side(c.side, r)
	if err != nil {
		return err
	}
	if !c.compiled || !c.schema.Equal(s) {
		text, encode, err := avro.Format(s, c.format.Options)
		if err != nil {
			return err
		}
		c.compiled, c.schema, c.text, c.encode = true, s, text, encode
	}
	digest := sha256.Sum256([]byte(name))
	copy(c.sync[:], digest[:])
	c.block, c.count = c.block[:0], 0
	p := append(c.pending[:0], containerMagic...)
	p = binary.AppendVarint(p, 2)
	p = appendText(appendText(p, "avro.schema"), c.text)
	p = appendText(appendText(p, "avro.codec"), c.format.Codec)
	p = binary.AppendVarint(p, 0)
	c.pending = append(p, c.sync[:]...)
	return nil
}

// appendText appends a length and the bytes, which is Avro's string and bytes alike. Avro's long is the zigzag varint of
// encoding/binary.
func appendText(dst []byte, s string) []byte {
	return append(binary.AppendVarint(dst, int64(len(s))), s...)
}

// Add encodes a record into the open block.
func (c *container) Add(r *tasks.Record) error {
	c.before = len(c.block)
	if c.side == Values && r.Encoded != nil {
		c.block = append(c.block, r.Encoded...)
		c.count++
		return nil
	}
	_, v, err := side(c.side, r)
	if err != nil {
		return err
	}
	grown, err := c.encode(c.block, v)
	if err != nil {
		return err
	}
	c.block = grown
	c.count++
	return nil
}

// Drop takes the last record out of the open block, which is closed by Spill alone.
func (c *container) Drop() {
	c.block = c.block[:c.before]
	c.count--
}

// Spill closes the block when it is full, and hands over closed ones.
func (c *container) Spill(out io.Writer, end bool) error {
	if len(c.block) >= blockSize || end && c.count > 0 {
		if err := c.closeBlock(); err != nil {
			return err
		}
	}
	if len(c.pending) < spillSize && !end {
		return nil
	}
	_, err := out.Write(c.pending)
	c.pending = c.pending[:0]
	return err
}

func (c *container) closeBlock() error {
	data, err := c.pack()
	if err != nil {
		return err
	}
	p := binary.AppendVarint(c.pending, c.count)
	p = binary.AppendVarint(p, int64(len(data)))
	p = append(p, data...)
	c.pending = append(p, c.sync[:]...)
	c.block, c.count = c.block[:0], 0
	return nil
}

// pack compresses the open block.
func (c *container) pack() ([]byte, error) {
	switch c.format.Codec {
	case "deflate":
		return c.deflated()
	case "snappy": // one block of Snappy, and behind it the checksum of what went in
		c.packed = s2.EncodeSnappy(c.packed[:cap(c.packed)], c.block)
		c.packed = binary.BigEndian.AppendUint32(c.packed, crc32.ChecksumIEEE(c.block))
		return c.packed, nil
	case "bzip2":
		return c.bzipped()
	}
	return c.block, nil
}

func (c *container) bzipped() ([]byte, error) {
	out := appender{c.packed[:0]}
	w, err := bzip2.NewWriter(&out, &bzip2.WriterConfig{Level: bzip2.BestCompression})
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(c.block); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	c.packed = out.b
	return c.packed, nil
}

func (c *container) deflated() ([]byte, error) {
	out := appender{c.packed[:0]}
	if c.deflate == nil {
		w, err := flate.NewWriter(&out, flate.DefaultCompression)
		if err != nil {
			return nil, err
		}
		c.deflate = w
	} else {
		c.deflate.Reset(&out)
	}
	if _, err := c.deflate.Write(c.block); err != nil {
		return nil, err
	}
	if err := c.deflate.Close(); err != nil {
		return nil, err
	}
	c.packed = out.b
	return c.packed, nil
}

// appender is an io.Writer into memory.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}
