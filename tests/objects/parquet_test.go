package objects_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// parquetFile is a Parquet file as it is recorded: rows follow the physical structure.
type parquetFile struct {
	Schema   string            `json:"schema"`
	Codec    string            `json:"codec"`
	Groups   int               `json:"row_groups"`
	Metadata map[string]string `json:"key_value_metadata"`
	Rows     []json.RawMessage `json:"rows"`
}

func sameParquet(w *parquetFile, content []byte) error {
	r, err := file.NewParquetReader(bytes.NewReader(content))
	if err != nil {
		return err
	}
	defer r.Close()
	root := r.MetaData().Schema.Root()
	var text strings.Builder
	fmt.Fprintf(&text, "message %s {\n", root.Name())
	for i := range root.NumFields() {
		printNode(&text, root.Field(i), "  ")
	}
	text.WriteString("}\n")
	if text.String() != w.Schema {
		return fmt.Errorf("schema\n%s, not\n%s", text.String(), w.Schema)
	}
	if n := r.NumRowGroups(); n != w.Groups {
		return fmt.Errorf("%d row groups, not %d", n, w.Groups)
	}
	meta := r.MetaData().KeyValueMetadata()
	if len(w.Metadata) != meta.Len() {
		return fmt.Errorf("metadata %v, not %v", meta, w.Metadata)
	}
	for k, want := range w.Metadata {
		if got := meta.FindValue(k); got == nil || canonical(*got) != canonical(want) {
			return fmt.Errorf("metadata %s is not %s", k, want)
		}
	}
	var rows []any
	for g := range r.NumRowGroups() {
		more, err := readGroup(r, g, w.Codec)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	if len(rows) != len(w.Rows) {
		return fmt.Errorf("%d rows, not %d", len(rows), len(w.Rows))
	}
	for i := range rows {
		got, err := json.Marshal(rows[i])
		if err != nil {
			return err
		}
		if want := numbers(string(w.Rows[i])); numbers(string(got)) != want {
			return fmt.Errorf("row %d is %s, not %s", i, got, w.Rows[i])
		}
	}
	return nil
}

// printNode writes a node as parquet-java prints it.
func printNode(b *strings.Builder, n schema.Node, indent string) {
	head := indent + strings.ToLower(n.RepetitionType().String()) + " "
	if g, ok := n.(*schema.GroupNode); ok {
		// The library reads the old name of a map's entries as MAP.
		note := map[schema.ConvertedType]string{schema.ConvertedTypes.List: " (LIST)", schema.ConvertedTypes.Map: " (MAP)",
			schema.ConvertedTypes.MapKeyValue: " (MAP_KEY_VALUE)"}[g.ConvertedType()]
		if g.Name() == "key_value" && note == " (MAP)" {
			note = " (MAP_KEY_VALUE)"
		}
		b.WriteString(head + "group " + g.Name() + note + " {\n")
		for i := range g.NumFields() {
			printNode(b, g.Field(i), indent+"  ")
		}
		b.WriteString(indent + "}\n")
		return
	}
	p := n.(*schema.PrimitiveNode)
	kind := map[parquet.Type]string{parquet.Types.Boolean: "boolean", parquet.Types.Int32: "int32", parquet.Types.Int64: "int64",
		parquet.Types.Float: "float", parquet.Types.Double: "double", parquet.Types.ByteArray: "binary",
		parquet.Types.FixedLenByteArray: fmt.Sprintf("fixed_len_byte_array(%d)", p.TypeLength())}[p.PhysicalType()]
	note := ""
	switch l := p.LogicalType().(type) {
	case schema.StringLogicalType:
		note = " (STRING)"
	case schema.EnumLogicalType:
		note = " (ENUM)"
	case schema.DateLogicalType:
		note = " (DATE)"
	case schema.DecimalLogicalType:
		note = fmt.Sprintf(" (DECIMAL(%d,%d))", l.Precision(), l.Scale())
	case schema.TimeLogicalType:
		note = fmt.Sprintf(" (TIME(%s,%t))", unit(l.TimeUnit()), l.IsAdjustedToUTC())
	case schema.TimestampLogicalType:
		note = fmt.Sprintf(" (TIMESTAMP(%s,%t))", unit(l.TimeUnit()), l.IsAdjustedToUTC())
	}
	b.WriteString(head + kind + " " + p.Name() + note + ";\n")
}

func unit(u schema.TimeUnitType) string {
	if u == schema.TimeUnitMillis {
		return "MILLIS"
	}
	return "MICROS"
}

// cells are the values and levels of a column, read one after the other.
type cells struct {
	def, rep []int16
	values   []any
	row, val int
	maxDef   int16
}

func readGroup(r *file.Reader, g int, codec string) ([]any, error) {
	group := r.RowGroup(g)
	meta := group.MetaData()
	columns := map[string]*cells{}
	for i := range group.NumColumns() {
		chunk, err := meta.ColumnChunk(i)
		if err != nil {
			return nil, err
		}
		if got := strings.TrimPrefix(chunk.Compression().String(), "parquet."); !strings.EqualFold(got, codec) {
			return nil, fmt.Errorf("codec %s, not %s", got, codec)
		}
		c, err := group.Column(i)
		if err != nil {
			return nil, err
		}
		if columns[c.Descriptor().Path()], err = readColumn(c); err != nil {
			return nil, err
		}
	}
	root := r.MetaData().Schema.Root()
	var rows []any
	for range group.NumRows() {
		row := map[string]any{}
		for i := range root.NumFields() {
			row[root.Field(i).Name()] = build(root.Field(i), columns, 0, 0)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func readColumn(c file.ColumnChunkReader) (*cells, error) {
	text := func(b []byte) any {
		switch c.Descriptor().LogicalType().(type) {
		case schema.StringLogicalType, schema.EnumLogicalType:
			return string(b)
		}
		return map[string]any{"b64": base64.StdEncoding.EncodeToString(b)}
	}
	out := &cells{maxDef: c.Descriptor().MaxDefinitionLevel()}
	switch c := c.(type) {
	case *file.BooleanColumnChunkReader:
		return out, readBatch(out, c.ReadBatch, func(v bool) any { return v })
	case *file.Int32ColumnChunkReader:
		return out, readBatch(out, c.ReadBatch, func(v int32) any { return v })
	case *file.Int64ColumnChunkReader:
		return out, readBatch(out, c.ReadBatch, func(v int64) any { return v })
	case *file.Float32ColumnChunkReader:
		return out, readBatch(out, c.ReadBatch, func(v float32) any { return v })
	case *file.Float64ColumnChunkReader:
		return out, readBatch(out, c.ReadBatch, func(v float64) any { return v })
	case *file.ByteArrayColumnChunkReader:
		return out, readBatch(out, c.ReadBatch, func(v parquet.ByteArray) any { return text(v) })
	case *file.FixedLenByteArrayColumnChunkReader:
		return out, readBatch(out, c.ReadBatch, func(v parquet.FixedLenByteArray) any { return text(v) })
	}
	return nil, fmt.Errorf("a column of type %s cannot be compared", c.Type())
}

// readBatch reads the first 65,536 cells of a column, which is more than a recording has.
func readBatch[T any](out *cells, read func(n int64, values []T, def, rep []int16) (int64, int, error), value func(T) any) error {
	const most = 1 << 16
	values, def, rep := make([]T, most), make([]int16, most), make([]int16, most)
	levels, n, err := read(most, values, def, rep)
	for _, v := range values[:n] {
		out.values = append(out.values, value(v))
	}
	out.def, out.rep = def[:levels], rep[:levels]
	return err
}

// build puts a value together; def and rep are the levels of what is around it.
func build(n schema.Node, columns map[string]*cells, def, rep int16) any {
	switch n.RepetitionType() {
	case parquet.Repetitions.Optional:
		def++
	case parquet.Repetitions.Repeated:
		def, rep = def+1, rep+1
		list := []any{}
		first := leftmost(n, columns)
		if first.level() < def {
			absent(n, columns)
			return list
		}
		for {
			list = append(list, one(n, columns, def, rep))
			if first.row >= len(first.rep) || first.rep[first.row] < rep {
				return list
			}
		}
	}
	if first := leftmost(n, columns); n.RepetitionType() == parquet.Repetitions.Optional && first.level() < def {
		absent(n, columns)
		return nil
	}
	return one(n, columns, def, rep)
}

func one(n schema.Node, columns map[string]*cells, def, rep int16) any {
	g, ok := n.(*schema.GroupNode)
	if !ok {
		return columns[n.Path()].next()
	}
	out := map[string]any{}
	for i := range g.NumFields() {
		out[g.Field(i).Name()] = build(g.Field(i), columns, def, rep)
	}
	return out
}

func leftmost(n schema.Node, columns map[string]*cells) *cells {
	for {
		g, ok := n.(*schema.GroupNode)
		if !ok {
			return columns[n.Path()]
		}
		n = g.Field(0)
	}
}

// absent passes the levels with which all columns of a node say that it is not there.
func absent(n schema.Node, columns map[string]*cells) {
	g, ok := n.(*schema.GroupNode)
	if !ok {
		columns[n.Path()].row++
		return
	}
	for i := range g.NumFields() {
		absent(g.Field(i), columns)
	}
}

func (c *cells) level() int16 {
	if c.maxDef == 0 {
		return 0
	}
	return c.def[c.row]
}

func (c *cells) next() any {
	v := c.values[c.val]
	c.row++
	c.val++
	return v
}
