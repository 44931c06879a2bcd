package mirror

import (
	"testing"
)

func TestRecords(t *testing.T) {
	t.Parallel()
	s := offsetSync{partition{"ab", 3}, 5, 300}
	c := checkpoint{group: "g", partition: partition{"A.ab", 1}, upstream: 7, downstream: 8, metadata: "é"}
	for name, tt := range map[string]struct{ got, want string }{
		"key of a sync":         {string(s.key()), "\x00\x02ab\x00\x00\x00\x03"},
		"sync":                  {string(s.value()), "\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x01\x2c"},
		"key of a checkpoint":   {string(c.key()), "\x00\x01g\x00\x04A.ab\x00\x00\x00\x01"},
		"checkpoint":            {string(c.value()), "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x08\x00\x02é"},
		"key of heartbeats":     {string(heartbeatKey("A", "B")), "\x00\x01A\x00\x01B"},
		"heartbeat":             {string(heartbeatValue(258)), "\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02"},
		"partition of a source": {quoted(`a<"é`), `"a<\"é"`},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %q, want %q", name, tt.got, tt.want)
		}
	}
	if got, err := readOffsetSync(s.key(), s.value()); err != nil || got != s {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := readCheckpoint(c.key(), c.value()); err != nil || got != c {
		t.Errorf("%+v, %v", got, err)
	}
	for n := range len(c.value()) {
		if _, err := readCheckpoint(c.key(), c.value()[:n]); err == nil {
			t.Errorf("a checkpoint of %d bytes was read", n)
		}
	}
	for n := range len(s.key()) {
		if _, err := readOffsetSync(s.key()[:n], s.value()); err == nil {
			t.Errorf("a key of %d bytes was read", n)
		}
	}
	later := c.value()
	later[1] = 1
	if _, err := readCheckpoint(c.key(), later); err == nil {
		t.Error("a checkpoint of version 1 was read")
	}
}

func FuzzRecords(f *testing.F) {
	c := checkpoint{group: "g", partition: partition{"t", 1}, upstream: 1, downstream: 2}
	f.Add(c.key(), c.value())
	f.Fuzz(func(t *testing.T, key, value []byte) {
		if c, err := readCheckpoint(key, value); err == nil {
			if again, err := readCheckpoint(c.key(), c.value()); err != nil || again != c {
				t.Errorf("%+v, then %+v, %v", c, again, err)
			}
		}
		if s, err := readOffsetSync(key, value); err == nil {
			if again, err := readOffsetSync(s.key(), s.value()); err != nil || again != s {
				t.Errorf("%+v, then %+v, %v", s, again, err)
			}
		}
	})
}
