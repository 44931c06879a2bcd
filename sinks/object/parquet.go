package object

import (
	"fmt"
	"io"

	"github.com/mayfly-connect/mayfly/sinks/object/parquet"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// Parquet is Connect's ParquetFormat: columns, by way of Avro's schema and bytes.
type Parquet struct {
	Options avro.Options
	Codec   parquet.Codec
}

var _ Format = Parquet{}

// Ext names the codec, too.
func (p Parquet) Ext() string { return p.Codec.Extension + ".parquet" }

// Encoding is Avro: bodies of an accepted schema are taken apart as they are.
func (Parquet) Encoding() tasks.Encoding { return tasks.EncodingAvro }

// Accept reports whether bodies of the writer schema are what Avro's format writes for s.
func (p Parquet) Accept(writer string, s *tasks.Schema) bool {
	return avro.SameBody(writer, s, p.Options)
}

// New returns an encoder.
func (p Parquet) New(of Side) Encoder {
	return NewParquet(p.Codec, parquet.Auto, &sideRows{side: of, options: p.Options, records: true})
}

// NewParquet returns an encoder of Parquet files of rows.
func NewParquet(codec parquet.Codec, lists parquet.Lists, rows Rows) Encoder {
	return &columns{codec: codec, lists: lists, rows: rows}
}

var _ Hoarder = (*columns)(nil)

// columns makes Parquet files.
type columns struct {
	codec parquet.Codec
	lists parquet.Lists
	rows  Rows
	plan  *parquet.Plan
	text  string // of the plan's schema
	file  *parquet.File
	row   []byte
}

func (c *columns) Begin(_ string, r *tasks.Record) error {
	text, err := c.rows.Schema(r)
	if err != nil {
		return err
	}
	if c.plan == nil || c.text != text {
		if c.plan, err = parquet.Compile(text, c.lists); err != nil {
			c.plan = nil
			return tasks.NewException("java.lang.IllegalArgumentException", "%s", err.Error())
		}
		c.text = text
	}
	if c.file, err = c.plan.NewFile(c.codec); err != nil {
		return tasks.Fatal(err)
	}
	return nil
}

func (c *columns) Add(r *tasks.Record) error {
	row, err := c.rows.Append(c.row[:0], r)
	if err != nil {
		return err
	}
	c.row = row
	if err := c.file.Add(row); err != nil {
		return tasks.BadRecord(fmt.Errorf("write the record into columns: %w", err))
	}
	return nil
}

func (c *columns) Drop() { c.file.Drop() }

func (c *columns) Spill(out io.Writer, end bool) error { return c.file.Spill(out, end) }

func (c *columns) Held() int { return c.file.Held() }

func (c *columns) Flush(out io.Writer) error {
	if err := c.file.Flush(out); err != nil {
		return err
	}
	c.file.Free()
	return nil
}

func (c *columns) Free() { c.file.Free() }
