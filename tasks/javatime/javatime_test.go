package javatime_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks/javatime"
)

func TestAppendMillis(t *testing.T) {
	t.Parallel()
	const at = 1709210096789 // 2024-02-29T12:34:56.789Z, a Thursday
	for pattern, want := range map[string]string{
		"yyyyMMdd": "20240229", "yy-M-d": "24-2-29", "HH:mm:ss.SSS": "12:34:56.789", "EEE, MMM": "Thu, Feb",
		"EEEE MMMM": "Thursday February", "yyyy-MM-dd'T'HH''X": "2024-02-29T12'Z", "D u a h K k": "60 4 PM 12 0 12",
		"YYYY-ww": "2024-09", "yyyyyy": "002024", "z Z": "UTC +0000",
	} {
		l, err := javatime.Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(l.AppendMillis(nil, at)); got != want {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
		}
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"'x": "Unterminated quote", "q": "Illegal pattern character 'q'", "XXXX": "invalid ISO 8601 format: length=4",
	} {
		if _, err := javatime.Compile(pattern); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", pattern, err, want)
		}
	}
}

// TestParse has what SimpleDateFormat of Java 17 reads.
func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          int64
		ok            bool
	}{
		{"yyyy-MM-dd", "2020-13-45", 1613260800000, true}, {"yyyy-MM-dd", "1582-10-10", -12218860800000, true},
		{"yyyyMMdd", "2020010", 1577750400000, true}, {"yy-MM-dd", "20-01-02", 1577923200000, true}, {"yyyy", "2E3", 946684800000, true},
		{"yyyy-MM-dd HH:mm:ss z", "2020-01-02 03:04:05 PST", 1577963045000, true}, {"hh:mm a", "12:00 am", 0, true},
		{"YYYY-ww-u", "2021-53-7", 1640476800000, true}, {"yyyy G", "44 BC", -63524304000000, true}, {"G y", "Anno Domini 3", -62072697600000, true},
		{"yyyy", "٢٠٢٠", 1577836800000, true}, {"yyyy-MM-dd", "2020/01/02", 0, false}, {"yyyy'T'", "2020", 0, false},
	} {
		l, err := javatime.Compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := l.Parse(c.text); got != c.want || ok != c.ok {
			t.Errorf("%q by %q: %d, %v, want %d, %v", c.text, c.pattern, got, ok, c.want, c.ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2020-01-02T03:04:05.678+01:00")
	f.Add("EEE d MMM yy h a z", "Thu 2 Jan 20 3 PM CET")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		l, err := javatime.Compile(pattern)
		if err != nil {
			return
		}
		if ms, ok := l.Parse(text); ok {
			l.AppendMillis(nil, ms)
		}
	})
}
