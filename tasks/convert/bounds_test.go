package convert_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

// A small text may ask for much: deep nesting, numbers with endless digits, a decimal's scale. None of it costs more than a
// multiple of its length, whether it is refused or not.
func TestBounds(t *testing.T) {
	decimal := func(scale string) string {
		return `{"schema":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"` + scale + `"}},"payload":"` +
			base64.StdEncoding.EncodeToString([]byte{1}) + `"}`
	}
	for name, text := range map[string]string{
		"arrays":              strings.Repeat("[", 1_000_000),
		"closed arrays":       strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
		"objects":             strings.Repeat(`{"a":`, 300_000),
		"nested 999 deep":     strings.Repeat("[", 999) + strings.Repeat("]", 999),
		"digits":              strings.Repeat("9", 1_000_000),
		"exponent":            "1e999999999",
		"negative exponent":   "1e-999999999",
		"long exponent":       "1e" + strings.Repeat("9", 100_000),
		"fraction":            "0." + strings.Repeat("1", 100_000),
		"one name many times": "{" + strings.Repeat(`"a":1,`, 100_000) + `"a":1}`,
		"many names": "{" + func() (s string) {
			var b strings.Builder
			for i := range 60_000 {
				fmt.Fprintf(&b, `"n%d":1,`, i)
			}
			return b.String()
		}() + `"z":1}`,
		"many keys": `{"schema":{"type":"map","keys":{"type":"int32"},"values":{"type":"int32"}},"payload":[` + func() string {
			var b strings.Builder
			for i := range 60_000 {
				fmt.Fprintf(&b, "[%d,1],", i)
			}
			return b.String()
		}() + `[-1,1]]}`,
		"escapes":             `"` + strings.Repeat(`\ud83d\ude00`, 100_000) + `"`,
		"nested schemas":      strings.Repeat(`{"schema":{"type":"array","items":`, 500) + `{"type":"int32"}` + strings.Repeat("}", 1000),
		"scale":               decimal("2147483647"),
		"negative scale":      decimal("-2147483648"),
		"scale 10^6":          decimal("1000000"),
		"negative scale 10^6": decimal("-1000000"),
		"decimal of digits":   strings.Replace(decimal("0"), `"AQ=="`, strings.Repeat("7", 900), 1),
		"decimal of exponent": strings.Replace(decimal("0"), `"AQ=="`, "1e999999999", 1),
	} {
		for _, schemas := range []string{"true", "false"} {
			for _, format := range []string{"NUMERIC", "BASE64"} {
				t.Run(name+" "+schemas+" "+format, func(t *testing.T) {
					c, err := convert.New(convert.JSONClass, map[string]string{"schemas.enable": schemas, "decimal.format": format}, false)
					if err != nil {
						t.Fatal(err)
					}
					words, err := convert.New("StringConverter", nil, false)
					if err != nil {
						t.Fatal(err)
					}
					tasktest.Bounded(t, len(text), func() {
						s, v, err := c.ToConnect(t.Context(), new(tasks.Arena), "t", nil, []byte(text))
						if err != nil {
							return
						}
						_, _ = c.FromConnect(t.Context(), nil, "t", s, v)
						_, _ = words.FromConnect(t.Context(), nil, "t", s, v)
					})
				})
			}
		}
	}
}

// Header texts tell their own types; nested ones may be deep.
func TestHeaderBounds(t *testing.T) {
	h, err := convert.NewHeader("SimpleHeaderConverter", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"arrays":   strings.Repeat("[", 100_000),
		"maps":     strings.Repeat(`{"a":`, 100_000),
		"closed":   strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
		"items":    "[" + strings.Repeat("1,", 100_000) + "1]",
		"mixed":    "[" + strings.Repeat(`1,"a",`, 50_000) + "1]",
		"digits":   strings.Repeat("9", 100_000),
		"exponent": "1e999999999",
		"quotes":   strings.Repeat(`"`, 100_001),
		"escapes":  strings.Repeat(`\`, 100_001),
		"words":    strings.Repeat("word ", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			tasktest.Bounded(t, len(text), func() {
				s, v, err := h.ToHeader(new(tasks.Arena), "t", "h", []byte(text))
				if err == nil {
					_, _ = h.FromHeader("t", "h", s, v)
				}
			})
		})
	}
}
