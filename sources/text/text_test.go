package text_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/sources/text"
)

func TestWindow(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789"), 200_000)
	w := text.NewWindow(bytes.NewReader(data), 5, 1_999_995)
	var got []byte
	for {
		if n := len(w.Bytes()); n > 0 {
			n = min(n, 70_001)
			got = append(got, w.Bytes()[:n]...)
			w.Skip(n)
			continue
		}
		if err := w.More(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, data[5:1_999_995]) || w.Offset() != 1_999_995 || !w.AtEnd() {
		t.Errorf("%d bytes, offset %d, at end %v", len(got), w.Offset(), w.AtEnd())
	}
	cut := text.NewWindow(bytes.NewReader(data[:10]), 0, 20)
	if err := cut.More(); !errors.Is(err, io.ErrUnexpectedEOF) || string(cut.Bytes()) != "0123456789" {
		t.Errorf("a file that was cut: %v, %q", err, cut.Bytes())
	}
}

func TestScanBack(t *testing.T) {
	t.Parallel()
	data := make([]byte, 300_000)
	data[100] = 'x'
	found := int64(-1)
	err := text.ScanBack(bytes.NewReader(data), 3, int64(len(data)), func(b []byte, at int64) bool {
		if i := bytes.IndexByte(b, 'x'); i >= 0 {
			found = at + int64(i)
		}
		return found >= 0
	})
	if err != nil || found != 100 {
		t.Errorf("found at %d, %v", found, err)
	}
}

// How many U+FFFD a malformed sequence becomes follows Java's decoder: one for each longest beginning of a character, one
// for a surrogate.
func TestUTF8(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"good", "aé€😀", "aé€😀"},
		{"two stray bytes", "\xff\xfe", "??"},
		{"cut in three bytes", "\xe2\x82", "?"},
		{"cut in four bytes", "\xf0\x9f\x98x", "?x"},
		{"overlong", "\xc0\xaf\xe0\x80\xaf", "?????"},
		{"surrogate", "\xed\xa0\x80", "?"},
		{"beyond the last character", "\xf4\x90\x80\x80", "????"},
		{"byte in the middle", "\xe2\x41", "?A"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var c text.Charset
			if got := string(c.Append(nil, []byte(tt.in))); got != strings.ReplaceAll(tt.want, "?", "\uFFFD") {
				t.Errorf("%q", got)
			}
			if c.Plain([]byte(tt.in)) != (tt.name == "good") {
				t.Error("plain is wrong")
			}
		})
	}
}

func TestCharsets(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"ISO-8859-1": "é", "latin1": "é", "windows-1252": "é", "ISO8859_15": "é", "Windows-1251": "й"} {
		c, err := text.NewCharset(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := string(c.Append(nil, []byte{0xe9})); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"UTF-16", "IBM037", ""} {
		if _, err := text.NewCharset(name); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	got := string(text.AppendQuoted(nil, "/a \"b\\\n\x01é<&>\u2028😀"))
	if d := cmp.Diff(`"/a \"b\\\n\u0001é<&>`+"\u2028"+`\uD83D\uDE00"`, got); d != "" {
		t.Error(d)
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add([]byte("a\xff\xe2\x82\xf0\x9f"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c text.Charset
		got := c.Append(nil, b)
		if !c.Plain(got) {
			t.Errorf("%q becomes %q", b, got)
		}
		if c.Plain(b) && !bytes.Equal(got, b) {
			t.Errorf("%q is plain but becomes %q", b, got)
		}
	})
}
