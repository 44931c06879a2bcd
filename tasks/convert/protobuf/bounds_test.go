package protobuf

import (
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

// A few bytes may declare any length, and nest as deep as they are long; a schema's text may, too.
func TestBounds(t *testing.T) {
	recursive := `syntax = "proto3"; message R { R r = 1; repeated int32 n = 2; map<string, R> m = 3; bytes b = 4; repeated R list = 5; }`
	nested := func(depth int) []byte {
		var body []byte
		for range depth {
			head := append([]byte{10}, varint(len(body))...)
			body = append(head, body...)
			if len(body) > 1<<20 {
				break
			}
		}
		return body
	}
	for name, c := range map[string]struct {
		schema string
		body   []byte
	}{
		"a long field":          {recursive, []byte{34, 0xff, 0xff, 0xff, 0xff, 7, 1}},
		"an endless varint":     {recursive, []byte(strings.Repeat("\xff", 1<<20))},
		"packed":                {recursive, append([]byte{18}, append(varint(1<<20), []byte(strings.Repeat("\x01", 1<<20))...)...)},
		"nested messages":       {recursive, nested(20_000)},
		"groups":                {recursive, []byte(strings.Repeat("\x0b", 1<<20))},
		"nested schema":         {`syntax = "proto3"; ` + strings.Repeat("message M { ", 50_000), nil},
		"closed nested schema":  {`syntax = "proto3"; ` + strings.Repeat("message M { ", 5_000) + strings.Repeat("}", 5_000), nil},
		"nested options":        {`syntax = "proto3"; option (a) = ` + strings.Repeat("{a:", 50_000), nil},
		"comments":              {strings.Repeat("/*", 100_000), nil},
		"a huge number":         {`message M { optional int32 a = 1 [default = 1e999999999]; }`, nil},
		"a field of any number": {`message M { optional int32 a = 99999999999999999999; }`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tasktest.Bounded(t, len(c.body)+len(c.schema), func() {
				parsed, err := parseSchema(c.schema, nil)
				if err != nil {
					return
				}
				for _, m := range parsed.messages {
					if rd := newReading(m, defaults(), 1, ""); rd.err == nil {
						_, _ = new(decoder).decode(new(tasks.Arena), rd, c.body)
					}
				}
			})
		})
	}
}

func varint(n int) (b []byte) {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}
