package exec

import "testing"

func TestOffsets(t *testing.T) {
	t.Parallel()
	var o offsets
	for _, n := range []int64{10, 11, 12, 20, 21, 30, 15} { // 15 is refused late
		o.add(n)
	}
	for _, step := range []struct{ position, settled, left int64 }{
		{0, 0, 7}, {11, 1, 6}, {11, 1, 6}, {16, 4, 3}, {21, 5, 2}, {30, 6, 1}, {31, 7, 0}, {99, 7, 0},
	} {
		if o.settle(step.position); o.settled != step.settled || o.left() != step.left {
			t.Errorf("before %d: %d settled and %d left, want %d and %d", step.position, o.settled, o.left(), step.settled, step.left)
		}
	}
	if len(o.runs) != 0 {
		t.Errorf("%d runs are left", len(o.runs))
	}
}
