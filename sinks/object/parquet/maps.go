package parquet

import (
	"fmt"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// mapStep is a map, whose entries are written in the order of Java's HashMap, which is what the original holds them in.
type mapStep struct {
	repeatStep
	value   *avro.Schema
	entries []tasks.Entry
	raw     [][]byte
}

func (s *mapStep) write(r *reader, rep, _ int16) error {
	s.entries, s.raw = s.entries[:0], s.raw[:0]
	err := r.blocks(func() error {
		from := r.b
		n, err := r.long()
		if err != nil {
			return err
		}
		key, err := r.take(n)
		if err != nil {
			return err
		}
		if err := r.skip(s.value, 0); err != nil {
			return err
		}
		s.entries = append(s.entries, tasks.Entry{Key: tasks.NewStringBytes(key), Value: tasks.NewInt64(int64(len(s.raw)))})
		s.raw = append(s.raw, from[:len(from)-len(r.b)])
		return nil
	})
	if err != nil {
		return err
	}
	if len(s.raw) == 0 {
		s.null(rep, s.def-1)
		return nil
	}
	for _, e := range convert.HashOrder(s.entries) {
		if err := s.items.write(&reader{s.raw[e.Value.Int()]}, rep, s.def); err != nil {
			return err
		}
		rep = s.rep
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

// skip passes a value.
func (r *reader) skip(s *avro.Schema, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("the record is nested more than %d deep", maxDepth)
	}
	var err error
	switch s.Kind {
	case avro.Null:
	case avro.Boolean:
		_, err = r.take(1)
	case avro.Int, avro.Long, avro.Enum:
		_, err = r.long()
	case avro.Float:
		_, err = r.take(4)
	case avro.Double:
		_, err = r.take(8)
	case avro.Bytes, avro.String:
		var n int64
		if n, err = r.long(); err == nil {
			_, err = r.take(n)
		}
	case avro.Fixed:
		_, err = r.take(int64(s.Size))
	case avro.Record:
		for i := range s.Fields {
			if err := r.skip(s.Fields[i].Schema, depth+1); err != nil {
				return err
			}
		}
	case avro.Array:
		err = r.blocks(func() error { return r.skip(s.Items, depth+1) })
	case avro.Map:
		err = r.blocks(func() error {
			if err := r.skip(&avro.Schema{Kind: avro.String}, depth+1); err != nil {
				return err
			}
			return r.skip(s.Items, depth+1)
		})
	case avro.Union:
		var i int64
		if i, err = r.long(); err != nil {
			return err
		}
		if i < 0 || i >= int64(len(s.Branches)) {
			return fmt.Errorf("branch %d of a union of %d", i, len(s.Branches))
		}
		err = r.skip(s.Branches[i], depth+1)
	}
	return err
}
