package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/parquet"

	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

var errShort = errors.New("the record's Avro bytes end too early")

// reader reads Avro's binary encoding.
type reader struct{ b []byte }

func (r *reader) long() (int64, error) {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		return 0, errShort
	}
	r.b = r.b[n:]
	return v, nil
}

func (r *reader) take(n int64) ([]byte, error) {
	if n < 0 || n > int64(len(r.b)) {
		return nil, errShort
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b, nil
}

// column is the values and levels of one leaf since the last row group.
type column struct {
	kind           avro.Kind
	physical       parquet.Type
	size           int
	symbols        []string
	maxDef, maxRep int16

	def, rep []int16
	bools    []bool
	int32s   []int32
	int64s   []int64
	floats   []float32
	doubles  []float64
	bytes    []byte
	ends     []int // of the texts in bytes
	mark     mark
}

// mark is how many levels and values there were before the last record.
type mark struct{ levels, values int }

// remember is for a column of which a record may have any number of values; of others it has one level each.
func (c *column) remember() { c.mark = mark{len(c.def), c.values()} }

// forget takes back what came after the first rows records.
func (c *column) forget(rows int) {
	m := c.mark
	if c.maxRep == 0 {
		m = mark{rows, c.values()}
		for _, def := range c.def[rows:] {
			if def == c.maxDef {
				m.values--
			}
		}
	}
	c.cut(m)
}

// values is how many values there are; a column has values of one kind only.
func (c *column) values() int {
	return len(c.ends) + len(c.int32s) + len(c.int64s) + len(c.doubles) + len(c.floats) + len(c.bools)
}

func (c *column) cut(m mark) {
	c.def, c.rep = c.def[:m.levels], c.rep[:m.levels]
	c.ends, c.int32s, c.int64s = first(c.ends, m.values), first(c.int32s, m.values), first(c.int64s, m.values)
	c.doubles, c.floats, c.bools = first(c.doubles, m.values), first(c.floats, m.values), first(c.bools, m.values)
	size := 0
	if n := len(c.ends); n > 0 {
		size = c.ends[n-1]
	}
	c.bytes = c.bytes[:size]
}

// first returns the first n, or all when there are fewer: of the kinds that the column has not.
func first[T any](values []T, n int) []T { return values[:min(n, len(values))] }

func (c *column) reset() { c.cut(mark{}) }

func (c *column) free() {
	c.def, c.rep, c.bools, c.int32s, c.int64s, c.floats, c.doubles, c.bytes, c.ends, c.mark = nil, nil, nil, nil, nil, nil, nil, nil, nil, mark{}
}

func (c *column) level(rep, def int16) {
	c.def, c.rep = append(c.def, def), append(c.rep, rep)
}

// step writes one value of a record into columns.
type step interface {
	write(r *reader, rep, def int16) error
	// null says that the value, or what is around it, is not there: only levels up to def are.
	null(rep, def int16)
}

type leafStep column

func (l *leafStep) null(rep, def int16) { (*column)(l).level(rep, def) }

func (l *leafStep) write(r *reader, rep, _ int16) error {
	c := (*column)(l)
	switch c.kind {
	case avro.Boolean:
		b, err := r.take(1)
		if err != nil {
			return err
		}
		c.bools = append(c.bools, b[0] != 0)
	case avro.Int, avro.Long, avro.Enum:
		v, err := r.long()
		if err != nil {
			return err
		}
		if err := c.number(v); err != nil {
			return err
		}
	case avro.Float:
		b, err := r.take(4)
		if err != nil {
			return err
		}
		c.floats = append(c.floats, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case avro.Double:
		b, err := r.take(8)
		if err != nil {
			return err
		}
		c.doubles = append(c.doubles, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	default:
		n := int64(c.size)
		if c.kind != avro.Fixed {
			var err error
			if n, err = r.long(); err != nil {
				return err
			}
		}
		b, err := r.take(n)
		if err != nil {
			return err
		}
		c.bytes = append(c.bytes, b...)
		c.ends = append(c.ends, len(c.bytes))
	}
	c.level(rep, c.maxDef)
	return nil
}

func (c *column) number(v int64) error {
	switch c.kind {
	case avro.Int:
		c.int32s = append(c.int32s, int32(v))
	case avro.Long:
		c.int64s = append(c.int64s, v)
	default:
		if v < 0 || v >= int64(len(c.symbols)) {
			return fmt.Errorf("symbol %d of an enum of %d", v, len(c.symbols))
		}
		c.bytes = append(c.bytes, c.symbols[v]...)
		c.ends = append(c.ends, len(c.bytes))
	}
	return nil
}

type recordStep []step

func (s recordStep) write(r *reader, rep, def int16) error {
	for _, f := range s {
		if err := f.write(r, rep, def); err != nil {
			return err
		}
	}
	return nil
}

func (s recordStep) null(rep, def int16) {
	for _, f := range s {
		f.null(rep, def)
	}
}

// repeatStep is an array, or a map, whose entries are written as they come.
type repeatStep struct {
	items    step
	columns  []*column
	rep, def int16 // of an item
}

func (s *repeatStep) null(rep, def int16) {
	for _, c := range s.columns {
		c.level(rep, def)
	}
}

func (s *repeatStep) write(r *reader, rep, _ int16) error {
	empty := true
	err := r.blocks(func() error {
		err := s.items.write(r, rep, s.def)
		rep, empty = s.rep, false
		return err
	})
	if err != nil {
		return err
	}
	if empty {
		s.null(rep, s.def-1)
	}
	return nil
}

// blocks reads the items of an array or a map.
func (r *reader) blocks(item func() error) error {
	for {
		n, err := r.long()
		if err != nil || n == 0 {
			return err
		}
		if n < 0 { // a count with the block's size behind it
			if _, err := r.long(); err != nil {
				return err
			}
			n = -n
		}
		for ; n > 0; n-- {
			if err := item(); err != nil {
				return err
			}
		}
	}
}

// nonNullStep is an item of a list of two levels whose schema lets it be null, which such a list cannot hold.
type nonNullStep struct {
	item     step
	branches []*avro.Schema
}

func (s *nonNullStep) null(rep, def int16) { s.item.null(rep, def) }

func (s *nonNullStep) write(r *reader, rep, def int16) error {
	before := r.b
	i, err := r.long()
	if err != nil {
		return err
	}
	if i < 0 || i >= int64(len(s.branches)) {
		return fmt.Errorf("branch %d of a union of %d", i, len(s.branches))
	}
	if s.branches[i].Kind == avro.Null {
		return errors.New("Array contains a null element; lists of two levels cannot hold one")
	}
	if len(s.branches) == 2 {
		return s.item.write(r, rep, def)
	}
	// Several branches are left: their union counts without null.
	for _, b := range s.branches[:i] {
		if b.Kind == avro.Null {
			i--
		}
	}
	r.b = append(binary.AppendVarint(nil, i), before[len(before)-len(r.b):]...)
	return s.item.write(r, rep, def)
}

// unionStep is a value that may be null, or one of several.
type unionStep struct {
	branches []step // nil where the branch is null
	single   bool
	columns  [][]*column // of each branch; of the only one when single
	// absent and present are the definition levels of null and of any branch.
	absent, present int16
}

func (s *unionStep) null(rep, def int16) {
	for _, list := range s.columns {
		for _, c := range list {
			c.level(rep, def)
		}
	}
}

func (s *unionStep) write(r *reader, rep, _ int16) error {
	i, err := r.long()
	if err != nil {
		return err
	}
	if i < 0 || i >= int64(len(s.branches)) {
		return fmt.Errorf("branch %d of a union of %d", i, len(s.branches))
	}
	branch := s.branches[i]
	switch {
	case branch == nil:
		s.null(rep, s.absent)
		return nil
	case s.single:
		return branch.write(r, rep, s.present)
	}
	for other, list := range s.columns {
		if int64(other) == i {
			if err := branch.write(r, rep, s.present+1); err != nil {
				return err
			}
			continue
		}
		for _, c := range list {
			c.level(rep, s.present)
		}
	}
	return nil
}
