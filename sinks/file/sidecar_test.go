package file

import "testing"

func FuzzDecodeSidecar(f *testing.F) {
	f.Add([]byte(`{"version":1,"length":2,"positions":{"lines":{"orders/0":1}}}`))
	f.Add([]byte(`{"version":1,"length":-2}`))
	f.Add([]byte(`{"positions":{"a":null}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeSidecar(b)
		if err != nil {
			return
		}
		if s.Length < 0 {
			t.Errorf("length %d was taken", s.Length)
		}
		s.move("a", "orders/0", 7)
		if p, ok := s.position("a", "orders/0"); !ok || p != 7 {
			t.Errorf("position = %d, %v after it was moved to 7", p, ok)
		}
	})
}
