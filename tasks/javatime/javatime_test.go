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
