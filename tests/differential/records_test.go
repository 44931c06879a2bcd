//go:build real

package differential_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

var seed = flag.Uint64("seed", 20261124, "makes the generated records")

// topics are what both sides read: the number of partitions and the records of each topic.
func topics() map[string][]*kgo.Record {
	r := rand.New(rand.NewPCG(*seed, 1))
	return map[string][]*kgo.Record{
		"text":     values("", "plain", "é日本😀", "two\nlines", "\xff\xfe bad", "\x00", strings.Repeat("long ", 2000), "{\"a\":1}", "<null>"),
		"json":     objects(r, 400),
		"odd":      values(odd()...),
		"schema":   rows(r, 200),
		"mistyped": values(mistyped()...),
		"numbers":  values(numbers()...),
		"castable": values(castable()...),
		"dates":    values(dates()...),
		"headers":  withHeaders(r, 120),
		"wide":     objects(r, 600),
	}
}

// values makes a record of each text; "<null>" is a tombstone, keys are texts.
func values(texts ...string) (out []*kgo.Record) {
	for i, text := range texts {
		rec := &kgo.Record{Key: fmt.Appendf(nil, "key-%d", i), Value: []byte(text)}
		if text == "<null>" {
			rec.Value = nil
		}
		out = append(out, rec)
	}
	return out
}

// odd are values for a JSON converter that are no object, or are no JSON.
func odd() []string {
	return []string{`{"id":1}`, `[1,2,{"b":1,"a":2}]`, `"text"`, `true`, `null`, `<null>`, ``, ` `, `{`, `{"a":1`, `{"a":1}x`, `{"a":1,"a":2}`, `{'a':1}`, `nul`, `01`,
		`9223372036854775807`, `9223372036854775808`, `-9223372036854775809`, `1e400`, `5e-324`, `-0.0`, `1.0`, `1E7`, `0.001`, `0.0001`, `12345678.9`, `{"":""}`,
		`{"é":"日本😀","\u0061":"\ud83d\ude00\u0000"}`, "{\"a\":\"\xff\"}", "\xef\xbb\xbf{\"a\":1}", `{"a":[[],{},[{}]]}`, strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100),
		strings.Repeat(`[`, 1100) + strings.Repeat(`]`, 1100), `{"a":NaN}`, `{"a":1,}`, `{"a":/*c*/1}`, `{"id":2}`}
}

// mistyped are values for a JSON converter with schemas: good ones, and all that can be wrong with them.
func mistyped() []string {
	one := func(schema, payload string) string { return `{"schema":` + schema + `,"payload":` + payload + `}` }
	text := `{"type":"string","optional":true}`
	return []string{one(text, `"a"`), one(text, `null`), one(text, `1`), one(`{"type":"string"}`, `null`), one(`{"type":"int8"}`, `300`), one(`{"type":"int32"}`, `"1"`),
		one(`{"type":"int32"}`, `1.5`), one(`{"type":"float"}`, `0.1`), one(`{"type":"float"}`, `1e60`), one(`{"type":"double"}`, `1e400`), one(`{"type":"boolean"}`, `1`),
		one(`{"type":"bytes"}`, `"AAE="`), one(`{"type":"bytes"}`, `"*"`), one(`{"type":"nothing"}`, `1`), one(`{}`, `1`), one(`null`, `{"z":1,"b":[1.50]}`), one(`null`, `null`),
		one(`{"type":"array","items":{"type":"int64"}}`, `[1,2,3]`), one(`{"type":"array"}`, `[]`), one(`{"type":"map","keys":{"type":"string"},"values":{"type":"int32"}}`, `{"z":1,"b":2,"q":3}`),
		one(`{"type":"map","keys":{"type":"int32"},"values":{"type":"string"}}`, `[[17,"a"],[1,"b"],[2,"c"]]`), one(`{"type":"map","keys":{"type":"int32"},"values":{"type":"string"}}`, `[[1]]`),
		one(`{"type":"struct","fields":[{"field":"a","type":"int32"}]}`, `{}`), one(`{"type":"struct","fields":[{"field":"a","type":"int32","default":7}]}`, `{"b":1}`),
		one(`{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp","version":1}`, `-62135596800000`), one(`{"type":"int32","name":"org.apache.kafka.connect.data.Date","version":1}`, `-719163`),
		one(`{"type":"int32","name":"org.apache.kafka.connect.data.Time","version":1}`, `86400001`),
		one(`{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"}}`, `"AIA="`),
		one(`{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1}`, `"AIA="`), `{"schema":` + text + `}`, `{"payload":1}`, `1`, `{`, `<null>`, ``, one(text, `"last"`)}
}

// numbers are values for the converters of primitive types.
func numbers() []string {
	return []string{"\x01", "\x00", "\x02", "\x7f\xff", "\x80\x00", "\x00\x00\x00\x01", "\x80\x00\x00\x00", "\x7f\xc0\x00\x00", "\xff\x80\x00\x00", "\x3d\xcc\xcc\xcd",
		"\x00\x00\x00\x00\x00\x00\x00\x01", "\x80\x00\x00\x00\x00\x00\x00\x00", "\x7f\xef\xff\xff\xff\xff\xff\xff", "\x3f\xb9\x99\x99\x99\x99\x99\x9a", "abc", "", "<null>"}
}

// castable are texts that Java's parsers of numbers take or refuse.
func castable() []string {
	return []string{"1", "-1", "+1", " 1", "1 ", "01", "0x1", "1e3", "1.5", ".5", "5.", "1f", "1D", "1L", "NaN", "-Infinity", "Infinity", "infinity", "127", "128", "-129", "32768",
		"2147483648", "9223372036854775807", "9223372036854775808", "1e400", "1e-400", "0x1p3", "٣", "true", "TRUE", "yes", "", "<null>", "é", "-", "1_000", "3.4028236e38"}
}

// dates are texts for and beside the pattern yyyy-MM-dd HH:mm.
func dates() []string {
	return []string{"2024-02-29 13:14", "2023-02-29 13:14", "2024-2-9 3:4", "24-02-09 13:14", "2024-13-01 00:00", "2024-01-01 25:61", "0000-01-01 00:00", "-001-01-01 00:00", "12024-01-01 00:00",
		"2024-01-01 00:00 and more", " 2024-01-01 00:00", "2024-01-01", "1582-10-10 00:00", "1969-12-31 23:59", "٢٠٢٤-01-01 00:00", "", "<null>"}
}

var names = strings.Fields("id name at note tags city zip amount currency customer_id created_at Aa BB AaBB a b c z source op x1 x2 x3 x4 x5 x6 é 日本")

// object is a random object; all have an id, a name, a time and, mostly, a note and a customer.
func object(r *rand.Rand, id int) string {
	m := []string{fmt.Sprintf(`"id":%d`, id), fmt.Sprintf(`"name":"name-%d"`, r.IntN(50)), fmt.Sprintf(`"at":%d`, 1_700_000_000_000+r.Int64N(1e11))}
	if r.IntN(5) > 0 {
		m = append(m, `"note":null`, fmt.Sprintf(`"customer":{"zip":"%05d","id":%d,"address":{"street":"s","no":%d}}`, r.IntN(1e5), r.IntN(100), r.IntN(9)))
	}
	seen := map[string]bool{"id": true, "name": true, "at": true, "note": true}
	for range r.IntN(20) {
		if name := names[r.IntN(len(names))]; !seen[name] {
			seen[name] = true
			m = append(m, fmt.Sprintf("%q:%s", name, []string{"1", "-2.50", "true", "null", `"x"`, "[1,[2]]", `{"q":1,"p":{"b":1,"a":2}}`, "1e21", "123456789012"}[r.IntN(9)]))
		}
	}
	r.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
	return "{" + strings.Join(m, ",") + "}"
}

// objects are random objects under keys that are objects, with a tombstone here and there.
func objects(r *rand.Rand, n int) (out []*kgo.Record) {
	for i := range n {
		rec := &kgo.Record{Key: fmt.Appendf(nil, `{"id":%d}`, i), Value: []byte(object(r, i)), Partition: int32(i % 3)}
		if r.IntN(20) == 0 {
			rec.Value = nil
		}
		out = append(out, rec)
	}
	return out
}

// rowSchema is the schema of rows.
const rowSchema = `{"type":"struct","name":"row","version":1,"fields":[{"field":"id","type":"int64"},{"field":"b","type":"int8","optional":true},{"field":"s","type":"int16","optional":true},` +
	`{"field":"i","type":"int32","default":5},{"field":"f","type":"float","optional":true},{"field":"d","type":"double","optional":true},{"field":"flag","type":"boolean","optional":true},` +
	`{"field":"name","type":"string"},{"field":"note","type":"string","optional":true,"default":"none"},{"field":"list","type":"array","items":{"type":"string"},"optional":true},` +
	`{"field":"map","type":"map","keys":{"type":"string"},"values":{"type":"int32"},"optional":true},{"field":"at","type":"int64","name":"org.apache.kafka.connect.data.Timestamp","version":1},` +
	`{"field":"money","type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"},"optional":true},` +
	`{"field":"in","type":"struct","name":"inner","fields":[{"field":"x.y","type":"int32","optional":true},{"field":"z","type":"string","optional":true}],"optional":true}]}`

func rows(r *rand.Rand, n int) (out []*kgo.Record) {
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	for i := range n {
		payload := fmt.Sprintf(`{"id":%d,"b":%s,"s":%s,"i":%s,"f":%s,"d":%s,"flag":%s,"name":%s,"note":%s,"list":%s,"map":%s,"at":%s,"money":%s,"in":%s}`, i,
			pick("null", "-128", "127"), pick("null", "-32768", "7"), pick("null", "2147483647", "-1"), pick("null", "0.1", "3.4028235e38", "1e-45"), pick("null", "0.1", "1.7976931348623157e308", "-0.0"),
			pick("null", "true", "false"), pick(`""`, `"é😀"`, `"1.5"`, `"x"`), pick("null", `"n"`), pick("null", "[]", `["b","a"]`), pick("null", "{}", `{"z":1,"b":2,"q":3,"Aa":4,"BB":5}`),
			pick("0", "-1", "1700000000123", "253402300799999"), pick("null", `"AIA="`, `"/w=="`), pick("null", `{"x.y":1,"z":null}`, `{}`))
		rec := &kgo.Record{Key: fmt.Appendf(nil, "%d", i), Value: []byte(`{"schema":` + rowSchema + `,"payload":` + payload + `}`)}
		if r.IntN(20) == 0 {
			rec.Value = nil
		}
		out = append(out, rec)
	}
	return out
}

func withHeaders(r *rand.Rand, n int) []*kgo.Record {
	out := objects(r, n)
	texts := []string{"1", "-129", "true", "1.5", "text", `"quoted"`, "[1,2]", "[1,a]", `{"b":1,"a":"x"}`, "{", "2024-01-02", "2024-01-02T03:04:05.006Z", "", " ", "\xff", "null", "<null>"}
	for _, rec := range out {
		for range r.IntN(5) {
			h := kgo.RecordHeader{Key: []string{"kind", "trace", "é", ""}[r.IntN(4)], Value: []byte(texts[r.IntN(len(texts))])}
			if string(h.Value) == "<null>" {
				h.Value = nil
			}
			rec.Headers = append(rec.Headers, h)
		}
	}
	return out
}

// lines is a file for sources.
func lines() string {
	list := []string{"plain", "", " blank ", "é日本😀", `{"id":1,"b":2}`, `"quoted" \ text`, "1", "true", strings.Repeat("long ", 1000), "last"}
	b, err := json.Marshal(list) // a line that is JSON and long
	if err != nil {
		panic(err) // texts always encode
	}
	return strings.Join(append(list, string(b)), "\n") + "\n"
}
