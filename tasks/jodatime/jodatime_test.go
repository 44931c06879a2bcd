package jodatime_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/tasks/jodatime"
)

// TestRecorded compares with what Joda-Time 2.13.1 did on a Java 17 runtime. A line of testdata/joda.tsv is F, zone, locale,
// pattern, period, milliseconds, text; P, text, milliseconds; Z, id, canonical id and offset; or C, pattern, text. Where Java
// refused, the last field is an exclamation mark and its message.
func TestRecorded(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/joda.tsv")
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for line := range strings.Lines(string(b)) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		want := c[len(c)-1]
		var got string
		var err error
		switch c[0] {
		case "F":
			got, err = format(c[3], c[2], c[1], number(c[5]), number(c[4]))
		case "P":
			var ms int64
			ms, err = jodatime.Parse(c[1])
			got = strconv.FormatInt(ms, 10)
		case "Z":
			got, err = format("ZZZ", "en", c[1], 1_700_000_000_000, 1)
			want, _, _ = strings.Cut(want, " ")
		case "C":
			got, err = format(c[1], "en", "UTC", 1_700_000_000_000, 1)
		}
		if err != nil {
			got = "!" + err.Error()
		}
		if refused := strings.HasPrefix(want, "!"); refused != (err != nil) || !refused && got != want {
			t.Errorf("%s: got %q", strings.TrimSpace(line), got)
		}
	}
}

func format(pattern, locale, zone string, ms, period int64) (string, error) {
	z, err := jodatime.Zone(zone)
	if err != nil {
		return "", err
	}
	p, err := jodatime.Compile(pattern, locale, z)
	if err != nil {
		return "", err
	}
	return string(p.Append(nil, jodatime.Floor(ms, period, z))), nil
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2023-11-14T22:13:20.5+01:00", "2023-W46-2", "2023-318", "T10", "-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ms, err := jodatime.Parse(text)
		if err != nil || ms < -60_000_000_000_000 || ms > 200_000_000_000_000 {
			return
		}
		again, err := jodatime.Parse(time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z"))
		if err != nil || again != ms {
			t.Errorf("%q is %d, which reads back as %d, %v", text, ms, again, err)
		}
	})
}

func FuzzCompile(f *testing.F) {
	f.Add("'year'=YYYY/'month'=MM", "Europe/Berlin", int64(1_700_000_000_000))
	f.Fuzz(func(_ *testing.T, pattern, zone string, ms int64) {
		if len(pattern) < 100 {
			_, _ = format(pattern, "de", zone, ms%(1<<52), 3_600_000)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	z, err := jodatime.Zone("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	p, err := jodatime.Compile("'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH", "en", z)
	if err != nil {
		b.Fatal(err)
	}
	var text []byte
	for b.Loop() {
		text = p.Append(text[:0], 1_700_000_000_000)
	}
}
