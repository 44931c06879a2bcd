package tasks_test

import (
	"math"
	"math/big"
	"testing"
	"unsafe"

	"github.com/mayfly-connect/mayfly/tasks"
)

func TestScalarsRoundTrip(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 1, -1, math.MaxInt64, math.MinInt64} {
		if got := tasks.NewInt64(n).Int(); got != n {
			t.Errorf("Int() = %d, want %d", got, n)
		}
	}
	if got := tasks.NewInt8(-5).Int(); got != -5 {
		t.Errorf("int8: %d", got)
	}
	if got := tasks.NewFloat32(0.1).Float(); got != float64(float32(0.1)) {
		t.Errorf("float32: %v", got)
	}
	if got := tasks.NewString("").Str(); got != "" {
		t.Errorf("empty string: %q", got)
	}
	if b := tasks.NewBytes(nil); b.IsNull() || b.Bytes() == nil {
		t.Error("empty bytes are not null")
	}
	if unsafe.Sizeof(tasks.Value{}) != 24 {
		t.Errorf("a value has %d bytes, want 24", unsafe.Sizeof(tasks.Value{}))
	}
}

func TestDecimalText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		unscaled int64
		scale    int32
		want     string
	}{
		{12345, 2, "123.45"}, {-5, 3, "-0.005"}, {0, 2, "0.00"}, {1, -2, "1E+2"}, {12, -3, "1.2E+4"}, {1, 7, "1E-7"}, {1, 6, "0.000001"}, {7, 0, "7"},
	}
	for _, tt := range tests {
		d := &tasks.Decimal{Unscaled: *big.NewInt(tt.unscaled), Scale: tt.scale}
		if got := d.String(); got != tt.want {
			t.Errorf("%d scale %d: got %s, want %s", tt.unscaled, tt.scale, got, tt.want)
		}
	}
}

func TestArenaHandsOutZeroes(t *testing.T) {
	t.Parallel()
	a := &tasks.Arena{}
	s := tasks.NewStruct("s", tasks.Field{Name: "f", Schema: tasks.Int64Schema})
	for round := range 3 {
		for i := range 5000 {
			st := a.Struct(s)
			if !st.Slots[0].IsNull() {
				t.Fatalf("round %d: slot %d holds %d of an earlier round", round, i, st.Slots[0].Int())
			}
			st.Slots[0] = tasks.NewInt64(int64(i))
			m := a.Map(2)
			m.Put("k", st.Slots[0])
			if len(m.Entries) != 1 {
				t.Fatalf("round %d: a new map holds %d entries", round, len(m.Entries))
			}
		}
		a.Reset()
	}
}

func TestArenaTakesDoNotOverlap(t *testing.T) {
	t.Parallel()
	a := &tasks.Arena{}
	x := a.Values(2)
	x = append(x, tasks.NewInt64(7)) // must not run into the next take
	y := a.Values(1)
	if !y[0].IsNull() || x[2].Int() != 7 {
		t.Error("appending to what an arena handed out reached the next piece")
	}
}

// BenchmarkStruct builds and reads a struct of 14 fields, the record model's part of a row's cost.
func BenchmarkStruct(b *testing.B) {
	var fields []tasks.Field
	for _, n := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"} {
		fields = append(fields, tasks.Field{Name: n, Schema: tasks.OptionalInt64Schema})
	}
	s := tasks.NewStruct("row", fields...)
	a := &tasks.Arena{}
	b.ReportAllocs()
	var sum int64
	for n := 0; b.Loop(); n++ {
		st := a.Struct(s)
		for i := range st.Slots {
			st.Slots[i] = tasks.NewInt64(int64(i))
		}
		v, _ := st.Get("k")
		sum += v.Int()
		if n%1024 == 1023 {
			a.Reset()
		}
	}
	if sum == 0 {
		b.Fatal("nothing was read")
	}
}
