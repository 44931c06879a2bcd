package protobuf

import (
	"fmt"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// strike is a flat record of about 400 bytes, as the benchmarks of the whole system have it.
const strike = `syntax = "proto3";
package bench;

message Strike {
  int64 id = 1;
  string airport = 2;
  string aircraft = 3;
  string operator = 4;
  int64 at = 5;
  string phase = 6;
  double height = 7;
  double speed = 8;
  bool warned = 9;
  string species = 10;
  int32 struck = 11;
  string size = 12;
  string damage = 13;
  string remarks = 14;
  double cost = 15;
  string state = 16;
}
`

const benchRows = 500

func strikes(t testing.TB) (rd *reading, w *writing, rows [][]byte) {
	rd = readerOf(t, strike, defaults())
	w, err := newWriting(rd.schema, defaults())
	if err != nil {
		t.Fatal(err)
	}
	e := &encoder{}
	for i := range benchRows {
		st := (*tasks.Arena)(nil).Struct(rd.schema)
		for j, f := range rd.schema.Fields {
			switch f.Schema.Type {
			case tasks.String:
				st.Slots[j] = tasks.NewString(fmt.Sprintf("%s of the record %d, in words", f.Name, i))
			case tasks.Int64:
				st.Slots[j] = tasks.NewInt64(1700000000000 + int64(i*j))
			case tasks.Int32:
				st.Slots[j] = tasks.NewInt32(int32(i))
			case tasks.Float64:
				st.Slots[j] = tasks.NewFloat64(float64(i) + 0.25)
			case tasks.Boolean:
				st.Slots[j] = tasks.NewBoolean(true)
			}
		}
		body, _, err := e.root(w, tasks.NewStructValue(st))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, append([]byte(nil), body...))
	}
	return rd, w, rows
}

func BenchmarkDecode(b *testing.B) {
	rd, _, rows := strikes(b)
	a, d := &tasks.Arena{}, &decoder{}
	b.SetBytes(int64(len(rows[0])))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i++; i == benchRows {
			i = 0
			a.Reset()
		}
		if _, err := d.decode(a, rd, rows[i]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkToJSON is the way of a record to an object of JSON lines.
func BenchmarkToJSON(b *testing.B) {
	rd, _, rows := strikes(b)
	a, d := &tasks.Arena{}, &decoder{}
	b.SetBytes(int64(len(rows[0])))
	b.ReportAllocs()
	var dst []byte
	i := 0
	for b.Loop() {
		if i++; i == benchRows {
			i = 0
			a.Reset()
		}
		v, err := d.decode(a, rd, rows[i])
		if err == nil {
			dst, err = convert.AppendJSON(dst[:0], rd.schema, v, convert.JSONOptions{})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	rd, w, rows := strikes(b)
	e := &encoder{}
	v, err := decodeOne(b, rd, rows[7])
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(rows[7])))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := e.root(w, v); err != nil {
			b.Fatal(err)
		}
	}
}

// TestNoAllocations keeps flat records free of allocations.
func TestNoAllocations(t *testing.T) {
	rd, w, rows := strikes(t)
	a, d, e := &tasks.Arena{}, &decoder{}, &encoder{}
	var dst []byte
	one := func() {
		a.Reset()
		v, err := d.decode(a, rd, rows[3])
		if err == nil {
			dst, err = convert.AppendJSON(dst[:0], rd.schema, v, convert.JSONOptions{})
		}
		if err == nil {
			_, _, err = e.root(w, v)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	one()
	if n := testing.AllocsPerRun(100, one); n > 0 {
		t.Errorf("%v allocations for a record", n)
	}
}
