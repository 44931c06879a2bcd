package convert_test

import (
	"strconv"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

func TestMapsArePrintedInTheOrderOfHashMap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		keys []tasks.Value
		want string
	}{
		{"letters", texts("b", "a"), "{a=0, b=0}"},
		{"same bucket as added", texts("BB", "Aa"), "{BB=0, Aa=0}"},
		{"grown", texts("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
			"{nine=0, six=0, one=0, seven=0, two=0, three=0, thirteen=0, eight=0, four=0, twelve=0, eleven=0, ten=0, five=0}"},
		{"numbers", []tasks.Value{tasks.NewInt32(17), tasks.NewInt32(2), tasks.NewInt32(1)}, "{17=0, 1=0, 2=0}"},
		{"booleans", []tasks.Value{tasks.NewBoolean(true), tasks.NewBoolean(false)}, "{false=0, true=0}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := &tasks.Map{}
			for _, k := range c.keys {
				m.Entries = append(m.Entries, tasks.Entry{Key: k, Value: tasks.NewInt32(0)})
			}
			if got := string(convert.AppendJava(nil, tasks.NewMapValue(m))); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestOrderAllocatesNothing(t *testing.T) {
	m := &tasks.Map{}
	for i := range 48 {
		m.Put("field"+strconv.Itoa(i), tasks.NewInt32(0))
	}
	out := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { _, _ = convert.AppendJSON(out, nil, tasks.NewMapValue(m), convert.JSONOptions{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func texts(list ...string) (out []tasks.Value) {
	for _, s := range list {
		out = append(out, tasks.NewString(s))
	}
	return out
}
