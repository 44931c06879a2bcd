package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// rowGroup is how many bytes of values a row group holds, before encoding: what bounds memory.
const rowGroup = 16 << 20

// Lists says how arrays are laid out.
type Lists int

const (
	// Auto takes two levels, and three where an array may hold nulls, as Connect's ParquetFormat does.
	Auto Lists = iota
	// TwoLevels is parquet-java's own default; an array that holds a null is refused.
	TwoLevels
)

// Codec is a compression by parquet-java's name.
type Codec struct {
	Name, Extension string
	codec           compress.Compression
	missing         bool
}

// codecs are those that there are. LZO is not: parquet-java needs a library that does not come with it.
func codecs() []Codec {
	c := compress.Codecs
	return []Codec{{"none", "", c.Uncompressed, false}, {"snappy", ".snappy", c.Snappy, false}, {"gzip", ".gz", c.Gzip, false}, {"brotli", ".br", c.Brotli, false},
		{"lz4", ".lz4hadoop", c.Lz4, false}, {"zstd", ".zstd", c.Zstd, false}, {"lz4_raw", ".lz4raw", c.Lz4Raw, false}}
}

// CodecOf finds a codec by its name. One that is not there comes back, too, and fails each file: as in Java, where its class is
// looked for when the first record comes.
func CodecOf(name string) Codec {
	for _, c := range codecs() {
		if c.Name == name {
			return c
		}
	}
	return Codec{Name: name, Extension: "." + name, missing: true}
}

var registerLZ4 = sync.OnceFunc(func() { compress.RegisterCodec(compress.Codecs.Lz4, hadoopLZ4{}) })

// Plan is a schema ready to write files of. One goroutine uses it.
type Plan struct {
	root      *schema.GroupNode
	step      recordStep
	columns   []*column
	repeating []*column // those of them whose values repeat
	text      string
	scratch   []parquet.ByteArray // of the texts of one column after the other
}

// Compile makes the plan of an Avro schema, which must be a record. Its errors are the fault of the record that brought it.
func Compile(text string, lists Lists) (*Plan, error) {
	s, err := avro.Parse(text)
	if err != nil {
		return nil, err
	}
	if s.Kind != avro.Record {
		return nil, errors.New("Avro schema must be a record.")
	}
	c := &compiler{threeLevels: lists == Auto && optionalItems(s, map[*avro.Schema]bool{})}
	n, st, err := c.node(s.Name, s, place{repetition: required})
	if err != nil {
		return nil, err
	}
	group, isGroup := n.(*schema.GroupNode)
	fields, isRecord := st.(recordStep)
	if !isGroup || !isRecord {
		return nil, errors.New("Avro schema must be a record.")
	}
	repeating := slices.DeleteFunc(slices.Clone(c.columns), func(c *column) bool { return c.maxRep == 0 })
	return &Plan{root: group, step: fields, columns: c.columns, repeating: repeating, text: text}, nil
}

// File is one file being written. One goroutine uses it.
type File struct {
	plan *Plan
	out  bytes.Buffer
	w    *file.Writer
	rows int
}

// NewFile begins a file.
func (p *Plan) NewFile(codec Codec) (*File, error) {
	if codec.missing {
		return nil, fmt.Errorf("the codec %s is not there: Class com.hadoop.compression.lzo.LzoCodec was not found", codec.Name)
	}
	registerLZ4()
	for _, c := range p.columns {
		c.reset()
	}
	f := &File{plan: p}
	meta := metadata.NewKeyValueMetadata()
	for _, kv := range [][2]string{{"parquet.avro.schema", p.text}, {"writer.model.name", "avro"}} {
		if err := meta.Append(kv[0], kv[1]); err != nil {
			return nil, err
		}
	}
	props := parquet.NewWriterProperties(parquet.WithCompression(codec.codec), parquet.WithCreatedBy("mayfly"),
		parquet.WithVersion(parquet.V2_LATEST), parquet.WithDataPageVersion(parquet.DataPageV1))
	var err error
	f.w, err = file.NewParquetWriterWithError(&f.out, p.root, file.WithWriterProps(props), file.WithWriteMetadata(meta))
	return f, err
}

// Add takes a record apart. After an error the file is as it was before.
func (f *File) Add(record []byte) error {
	for _, c := range f.plan.repeating {
		c.remember()
	}
	r := &reader{record}
	err := f.plan.step.write(r, 0, 0)
	if err == nil && len(r.b) > 0 {
		err = fmt.Errorf("%d bytes are left behind the record", len(r.b))
	}
	if err != nil {
		f.forget()
		return err
	}
	f.rows++
	return nil
}

// Drop takes back the record that was added last. No row group may have been written since.
func (f *File) Drop() {
	f.rows--
	f.forget()
}

// forget takes back what columns have of a record that is not one of the file's.
func (f *File) forget() {
	for _, c := range f.plan.columns {
		c.forget(f.rows)
	}
}

// Held is about how many bytes wait for the row group. It is a function of the records since the last one.
func (f *File) Held() (n int) {
	for _, c := range f.plan.columns {
		n += len(c.bytes) + 4*(len(c.def)+len(c.int32s)+len(c.floats)) + 8*(len(c.int64s)+len(c.doubles)+len(c.ends)) + len(c.bools)
	}
	return n
}

// Spill writes a row group when there is enough for one, and hands over what is encoded; at the end, all and the footer.
func (f *File) Spill(out io.Writer, end bool) error {
	if f.rows > 0 && (end || f.Held() >= rowGroup) {
		if err := f.writeRows(); err != nil {
			return err
		}
	}
	if end {
		if err := f.w.Close(); err != nil {
			return err
		}
	}
	return f.handOver(out)
}

func (f *File) handOver(out io.Writer) error {
	_, err := f.out.WriteTo(out)
	return err
}

// Flush makes a row group of what waits, and hands over all that is encoded.
func (f *File) Flush(out io.Writer) error {
	if f.rows > 0 {
		if err := f.writeRows(); err != nil {
			return err
		}
	}
	return f.handOver(out)
}

// Free gives back the memory that columns have grown to, when nothing waits in them.
func (f *File) Free() {
	for _, c := range f.plan.columns {
		c.free()
	}
	f.out, f.plan.scratch = bytes.Buffer{}, nil
}

func (f *File) writeRows() error {
	group, err := f.w.AppendRowGroupChecked()
	if err != nil {
		return err
	}
	for _, c := range f.plan.columns {
		w, err := group.NextColumn()
		if err != nil {
			return err
		}
		if err := f.plan.writeColumn(c, w); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		c.reset()
	}
	f.rows = 0
	return group.Close()
}

func (p *Plan) writeColumn(c *column, w file.ColumnChunkWriter) (err error) {
	def, rep := c.def, c.rep
	if c.maxDef == 0 {
		def = nil
	}
	if c.maxRep == 0 {
		rep = nil
	}
	switch w := w.(type) {
	case *file.BooleanColumnChunkWriter:
		_, err = w.WriteBatch(c.bools, def, rep)
	case *file.Int32ColumnChunkWriter:
		_, err = w.WriteBatch(c.int32s, def, rep)
	case *file.Int64ColumnChunkWriter:
		_, err = w.WriteBatch(c.int64s, def, rep)
	case *file.Float32ColumnChunkWriter:
		_, err = w.WriteBatch(c.floats, def, rep)
	case *file.Float64ColumnChunkWriter:
		_, err = w.WriteBatch(c.doubles, def, rep)
	case *file.ByteArrayColumnChunkWriter:
		p.scratch = p.scratch[:0]
		for i := range c.ends {
			p.scratch = append(p.scratch, c.text(i))
		}
		_, err = w.WriteBatch(p.scratch, def, rep)
		clear(p.scratch) // what a column lets go of is not to be kept
	case *file.FixedLenByteArrayColumnChunkWriter:
		values := make([]parquet.FixedLenByteArray, len(c.ends))
		for i := range values {
			values[i] = c.text(i)
		}
		_, err = w.WriteBatch(values, def, rep)
	default:
		err = fmt.Errorf("there is no writer for a column of type %s", c.physical)
	}
	return err
}

func (c *column) text(i int) []byte {
	from := 0
	if i > 0 {
		from = c.ends[i-1]
	}
	return c.bytes[from:c.ends[i]:c.ends[i]]
}
