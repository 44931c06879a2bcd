package object

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/dsnet/compress/bzip2"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

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
func (a Avro) New(of Side) Encoder {
	return NewContainer(a.Codec, &sideRows{side: of, options: a.Options})
}

// Rows are what an Avro container file holds of records. One goroutine uses them.
type Rows interface {
	// Schema returns the schema of a file that begins with a record. An error is the fault of the record.
	Schema(r *tasks.Record) (text string, err error)
	// Append encodes a record into a file that began so. After an error dst is as it was before.
	Append(dst []byte, r *tasks.Record) ([]byte, error)
}

// sideRows are one side of records.
type sideRows struct {
	side    Side
	options avro.Options
	// records puts keys and headers into records of their own.
	records bool
	// The schema in use and what was compiled for it; it outlives a file, since the next one mostly has the same.
	compiled bool
	schema   *tasks.Schema
	text     string
	encode   func(dst []byte, v tasks.Value) ([]byte, error)
	// inner and outer are the schema of a side and of the record that holds it.
	inner, outer *tasks.Schema
}

func (s *sideRows) Schema(r *tasks.Record) (string, error) {
	schema, _, err := s.of(r)
	if err != nil {
		return "", err
	}
	if !s.compiled || !s.schema.Equal(schema) {
		text, encode, err := avro.Format(schema, s.options)
		if err != nil {
			return "", err
		}
		s.compiled, s.schema, s.text, s.encode = true, schema, text, encode
	}
	return s.text, nil
}

func (s *sideRows) Append(dst []byte, r *tasks.Record) ([]byte, error) {
	if s.side == Values && r.Encoded != nil {
		return append(dst, r.Encoded...), nil
	}
	_, v, err := s.of(r)
	if err != nil {
		return dst, err
	}
	return s.encode(dst, v)
}

// of returns the side's schema and value.
func (s *sideRows) of(r *tasks.Record) (*tasks.Schema, tasks.Value, error) {
	schema, v, err := side(s.side, r)
	if err != nil || !s.records || s.side == Values {
		return schema, v, err
	}
	if s.inner == nil || !s.inner.Equal(schema) {
		name, field := "RecordKey", "key"
		if s.side == Headers {
			name, field = "RecordHeaders", "headers"
		}
		s.inner, s.outer = schema, tasks.NewStruct(name, tasks.Field{Name: field, Schema: schema})
	}
	return s.outer, tasks.NewStructValue(&tasks.Struct{Schema: s.outer, Slots: []tasks.Value{v}}), nil
}

const (
	containerMagic = "Obj\x01"
	// blockSize is the number of bytes from which on a block is closed, before compression; as Avro's Java library has it.
	blockSize = 64000
)

// NewContainer returns an encoder of Avro object container files. The codec is null, deflate, snappy, bzip2, zstandard or xz.
func NewContainer(codec string, rows Rows) Encoder { return &container{codec: codec, rows: rows} }

// container makes Avro object container files: a header with the schema, then blocks of records.
type container struct {
	codec   string
	rows    Rows
	sync    [16]byte
	block   []byte // encoded records of the open block
	before  int    // length of block before the last record
	count   int64
	lead    []byte // what comes before the next block's records, or at the end
	deflate *flate.Writer
	zstd    *zstd.Encoder
	packed  []byte
}

// Begin writes the header. Its sync marker, which must be unlikely to occur in the data, comes from the object's name (I6).
func (c *container) Begin(name string, r *tasks.Record) error {
	text, err := c.rows.Schema(r)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(name))
	copy(c.sync[:], digest[:])
	c.block, c.count = c.block[:0], 0
	p := append(c.lead[:0], containerMagic...)
	p = binary.AppendVarint(p, 2)
	p = appendText(appendText(p, "avro.schema"), text)
	p = appendText(appendText(p, "avro.codec"), c.codec)
	p = binary.AppendVarint(p, 0)
	c.lead = append(p, c.sync[:]...)
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
	grown, err := c.rows.Append(c.block, r)
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

// Spill hands over the block when it is full.
func (c *container) Spill(out io.Writer, end bool) error {
	if len(c.block) >= blockSize || end && c.count > 0 {
		if err := c.closeBlock(out); err != nil {
			return err
		}
	}
	if !end {
		return nil
	}
	_, err := out.Write(c.lead)
	return err
}

func (c *container) closeBlock(out io.Writer) error {
	data, err := c.pack()
	if err != nil {
		return err
	}
	p := binary.AppendVarint(c.lead, c.count)
	p = binary.AppendVarint(p, int64(len(data)))
	if _, err := out.Write(p); err != nil {
		return err
	}
	if _, err := out.Write(data); err != nil {
		return err
	}
	c.lead = append(p[:0], c.sync[:]...)
	c.block, c.count = c.block[:0], 0
	return nil
}

// pack compresses the open block.
func (c *container) pack() ([]byte, error) {
	switch c.codec {
	case "deflate":
		return c.deflated()
	case "snappy": // one block of Snappy, and behind it the checksum of what went in
		c.packed = s2.EncodeSnappy(c.packed[:cap(c.packed)], c.block)
		c.packed = binary.BigEndian.AppendUint32(c.packed, crc32.ChecksumIEEE(c.block))
		return c.packed, nil
	case "bzip2":
		return c.bzipped()
	case "zstandard":
		return c.zstandard()
	case "xz":
		return c.xz()
	}
	return c.block, nil
}

func (c *container) zstandard() ([]byte, error) {
	if c.zstd == nil {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(128<<10), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return nil, err
		}
		c.zstd = w
	}
	c.packed = c.zstd.EncodeAll(c.block, c.packed[:0])
	return c.packed, nil
}

func (c *container) bzipped() ([]byte, error) {
	out := appender{c.packed[:0]}
	w, err := bzip2.NewWriter(&out, &bzip2.WriterConfig{Level: bzip2.BestCompression})
	return c.through(&out, w, err)
}

// xz writes a whole .xz stream, with the check that Java's library has, and a dictionary that holds a usual block.
func (c *container) xz() ([]byte, error) {
	out := appender{c.packed[:0]}
	w, err := xz.WriterConfig{DictCap: 128 << 10, CheckSum: xz.CRC64}.NewWriter(&out)
	return c.through(&out, w, err)
}

// through compresses the open block into out by a writer that was just made.
func (c *container) through(out *appender, w io.WriteCloser, err error) ([]byte, error) {
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
