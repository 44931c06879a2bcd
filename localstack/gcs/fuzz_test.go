package gcs

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"bytes 0-9/10", "bytes 0-9/*", "bytes */10", "bytes */*", "bytes 9-0/1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r, ok := parseRange(header)
		if ok && (r.first < 0 || r.length < 0 || r.total < -1 || r.total >= 0 && r.first+r.length > r.total) {
			t.Fatalf("%q is %+v", header, r)
		}
	})
}

func FuzzParseFields(f *testing.F) {
	for _, s := range []string{"a", "a,b(c,d/e),f", "items(name,size),nextPageToken", "a(", "a)", ",", "*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, _ := parseFields(text)
		s.pick(map[string]any{"a": []any{map[string]any{"c": 1.0}}})
	})
}

func FuzzReadJournal(f *testing.F) {
	f.Add([]byte(`{"put":{"bucket":"b","name":"x","generation":"1","size":"0","crc32c":"AAAAAA=="}}` + "\n" + `{"delete":"x"}` + "\n"))
	f.Add([]byte("{}\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), journalName)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		b := newBucket("b", time.Now())
		if readJournal(path, b) != nil {
			return
		}
		if err := rewriteJournal(path, b); err != nil {
			t.Fatal(err)
		}
		again := newBucket("b", time.Now())
		if err := readJournal(path, again); err != nil || len(again.objects) != len(b.objects) {
			data, _ := os.ReadFile(path)
			t.Fatalf("%d objects became %d: %v\n%s", len(b.objects), len(again.objects), err, bytes.TrimSpace(data))
		}
	})
}

func TestSelection(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fields string
		valid  bool
	}{
		{"a", true}, {"a,b", true}, {"a/b,c", true}, {"a(b,c/d),e", true}, {"*", true},
		{"", false}, {"a,", false}, {"a(b", false}, {"a)b", false}, {"a(b)c", false}, {"/a", false},
	} {
		if _, rest := parseFields(tt.fields); (rest == "") != tt.valid {
			t.Errorf("%q leaves %q", tt.fields, rest)
		}
	}
}
