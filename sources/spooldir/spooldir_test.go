package spooldir_test

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/sources/spooldir"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

const class = "com.github.jcustenborder.kafka.connect.spooldir.SpoolDir"

// dirs is a directory for each of the connector's paths.
type dirs struct{ in, finished, failed string }

func newDirs(t testing.TB) dirs {
	t.Helper()
	root := t.TempDir()
	d := dirs{filepath.Join(root, "in"), filepath.Join(root, "finished"), filepath.Join(root, "failed")}
	for _, p := range []string{d.in, d.finished, d.failed} {
		if err := os.Mkdir(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func (d dirs) put(t testing.TB, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.in, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// props are those that every case needs, for a generated schema and a header, with more on top.
func (d dirs) props(more map[string]string) map[string]string {
	p := map[string]string{"topic": "rows", "input.path": d.in, "finished.path": d.finished, "error.path": d.failed,
		"input.file.pattern": `.*\.(csv|json)`, "schema.generation.enabled": "true", "csv.first.row.as.header": "true"}
	maps.Copy(p, more)
	return p
}

func plugin(t testing.TB, kind string) tasks.SourcePlugin {
	t.Helper()
	for _, p := range spooldir.Plugins() {
		if p.Class == class+kind+"SourceConnector" {
			return p
		}
	}
	t.Fatalf("no plugin %s", kind)
	return tasks.SourcePlugin{}
}

func open(t testing.TB, kind string, props map[string]string) tasks.Source {
	t.Helper()
	p := plugin(t, kind)
	c, errs := p.Config.Parse(props)
	if errs = append(errs, p.Validate(c)...); len(errs) > 0 {
		t.Fatal(errs)
	}
	s, err := p.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// split returns the one split of a source.
func split(t testing.TB, s tasks.Source, at tasks.Position) tasks.Split {
	t.Helper()
	splits, err := s.Splits(t.Context(), func(string) tasks.Position { return at })
	if err != nil {
		t.Fatal(err)
	}
	if len(splits) != 1 {
		t.Fatalf("splits: %v", splits)
	}
	return splits[0]
}

func reader(t testing.TB, s tasks.Source, sp tasks.Split, since tasks.Position) tasks.Reader {
	t.Helper()
	r, err := s.Open(t.Context(), tasks.SourceTask{Connector: "c", Slice: tasks.Slice{Stream: tasks.Stream{Split: sp.Split}, Since: since, Until: sp.End}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// show is a record's values as text, fields of a struct by name.
func show(v tasks.Value) string {
	switch v.Kind() {
	case tasks.KindStruct:
		var b strings.Builder
		for i, f := range v.Struct().Schema.Fields {
			b.WriteString(f.Name + "=" + show(v.Struct().Slots[i]) + ";")
		}
		return b.String()
	case tasks.KindString:
		return v.Str()
	case tasks.KindNull:
		return "<null>"
	case tasks.KindDecimal:
		return v.Decimal().Plain()
	case tasks.KindTime:
		return v.Time().Format("2006-01-02T15:04:05.000")
	case tasks.KindFloat32, tasks.KindFloat64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case tasks.KindBoolean:
		return strconv.FormatBool(v.Bool())
	case tasks.KindList:
		var parts []string
		for _, e := range v.List() {
			parts = append(parts, show(e))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return strconv.FormatInt(v.Int(), 10)
}

// drain reads to the end of a reader; the records' texts, the last position, and the error if it is not the end.
func drain(t testing.TB, r tasks.Reader) (rows []string, last tasks.Position, _ error) {
	t.Helper()
	for {
		var a tasks.Arena
		recs, err := r.Read(t.Context(), &a, 10)
		for _, rec := range recs {
			text := show(rec.Value)
			if !rec.Key.IsNull() {
				text = show(rec.Key) + " -> " + text
			}
			rows, last = append(rows, text), rec.Position
		}
		if err == io.EOF {
			return rows, last, nil
		}
		if err != nil {
			return rows, last, err
		}
	}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	birds, err := os.ReadFile("../../tests/data/birdstrikes.csv")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, kind, file, content string
		more                      map[string]string
	}{
		{"birdstrikes", "Csv", "b.csv", string(birds[:1+bytes.LastIndexByte(birds[:100_000], 0x0A)]), map[string]string{"csv.header.normalize": "true"}},
		{"quoted line breaks", "Csv", "q.csv", "a,b\n\"x\ny\",1\r\n\n\"p\r\nq\"\"\",2\nlast,\"3\n\"\n\n", nil},
		{"no header", "Csv", "n.csv", "1,2\n3,4\n", map[string]string{"csv.first.row.as.header": "false"}},
		{"json", "Json", "j.json", "{\"a\":1,\"b\":\"x\"}\n {\"a\":2}{\"b\":\n\"z\"}  \n", nil},
		{"schemaless", "SchemaLessJson", "s.json", "{\"a\": [1, 2]}\n[]\n{\"c\":{}}", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tasktest.Source(t, func(t testing.TB) tasktest.SourceUnderTest {
				d := newDirs(t)
				d.put(t, tt.file, tt.content)
				old(t, filepath.Join(d.in, tt.file))
				return tasktest.SourceUnderTest{New: func(t testing.TB) tasks.Source { return open(t, tt.kind, d.props(tt.more)) }}
			})
		})
	}
}

func TestBirdstrikes(t *testing.T) {
	t.Parallel()
	birds, err := os.ReadFile("../../tests/data/birdstrikes.csv")
	if err != nil {
		t.Fatal(err)
	}
	d := newDirs(t)
	d.put(t, "b.csv", string(birds))
	old(t, filepath.Join(d.in, "b.csv"))
	s := open(t, "Csv", d.props(map[string]string{"csv.header.normalize": "true"}))
	rows, last, err := drain(t, reader(t, s, split(t, s, ""), ""))
	if err != nil || len(rows) != 10000 || !strings.HasPrefix(string(last), `{"offset":`+strconv.Itoa(len(birds))+`,`) {
		t.Fatalf("%d rows to %s of %d bytes, error %v", len(rows), last, len(birds), err)
	}
	if want := "Airport_Name=BARKSDALE AIR FORCE BASE ARPT;Aircraft_Make_Model=T-38A;"; !strings.HasPrefix(rows[0], want) || !strings.Contains(rows[0], ";Cost_Total_=0;") {
		t.Errorf("first row %s", rows[0])
	}
}

func TestRows(t *testing.T) {
	t.Parallel()
	schema := func(fields string) map[string]string {
		return map[string]string{"schema.generation.enabled": "false", "value.schema": `{"name":"Row","type":"STRUCT","isOptional":false,"fieldSchemas":{` + fields + `}}`}
	}
	const typed = `"id":{"type":"INT64"},"ok":{"type":"BOOLEAN","isOptional":true},"n":{"type":"INT8","isOptional":true},` +
		`"day":{"name":"org.apache.kafka.connect.data.Date","type":"INT32","isOptional":true},"at":{"name":"org.apache.kafka.connect.data.Timestamp","type":"INT64","isOptional":true},` +
		`"t":{"name":"org.apache.kafka.connect.data.Time","type":"INT32","isOptional":true},` +
		`"price":{"name":"org.apache.kafka.connect.data.Decimal","type":"BYTES","parameters":{"scale":"2"},"isOptional":true}`
	tests := []struct {
		name, kind, content string
		more                map[string]string
		want                []string
	}{
		{"quotes", "Csv", "a,b\n\"x,\"\"y\"\"\n\",2\n", nil, []string{"a=x,\"y\"\n;b=2;"}},
		{"backslash", "Csv", "a\n\"x\\\"y\\\\\\z\"\n", nil, []string{`a=x"y\\z;`}},
		{"rfc 4180", "Csv", "a\n\"x\\\"\n", map[string]string{"csv.rfc.4180.parser.enabled": "true"}, []string{`a=x\;`}},
		{"semicolon and skipped lines", "Csv", "junk \"\n\na;b\n1;2", map[string]string{"csv.separator.char": "59", "csv.skip.lines": "1"}, []string{"a=1;b=2;"}},
		{"blanks before a quote", "Csv", "a,b\n1, \"2\"\n 3, 4\n", nil, []string{"a=1;b=2;", "a= 3;b= 4;"}},
		{"bom and normalized header", "Csv", "\uFEFFA b,Cost $,1x\n1,2,3\n", map[string]string{"csv.header.normalize": "true"}, []string{"A_b=1;Cost_=2;_1x=3;"}},
		{"header kept", "Csv", "A b,Cost $\n1,2\n", nil, []string{"A b=1;Cost $=2;"}},
		{"no null", "Csv", "a,b\n,\"\"\n", nil, []string{"a=;b=;"}},
		{"empty separators null", "Csv", "a,b\n,\"\"\n", map[string]string{"csv.null.field.indicator": "EMPTY_SEPARATORS"}, []string{"a=<null>;b=;"}},
		{"empty quotes null", "Csv", "a,b\n,\"\"\n", map[string]string{"csv.null.field.indicator": "EMPTY_QUOTES"}, []string{"a=;b=<null>;"}},
		{"both null", "Csv", "a,b\n,\"\"\n", map[string]string{"csv.null.field.indicator": "BOTH"}, []string{"a=<null>;b=<null>;"}},
		{"latin 1", "Csv", "a\n\xe9\n", map[string]string{"csv.file.charset": "ISO-8859-1"}, []string{"a=é;"}},
		{"invalid utf-8", "Csv", "a\nx\xffy\n", nil, []string{"a=x\uFFFDy;"}},
		{"columns by position", "Csv", "1,2\n", map[string]string{"csv.first.row.as.header": "false"}, []string{"column01=1;column02=2;"}},
		{"keys", "Csv", "a,b\n1,2\n", map[string]string{"schema.generation.key.fields": "b"}, []string{"b=2; -> a=1;b=2;"}},
		{"typed", "Csv", "ID,ok,more,n,day,at,t,price\n7,TRUE,x,,1999-12-31,2000-01-02 03:04:05,01:02:03,-1.5\n", schema(typed),
			[]string{"id=7;ok=true;n=<null>;day=1999-12-31T00:00:00.000;at=2000-01-02T03:04:05.000;t=1970-01-01T01:02:03.000;price=-1.50;"}},
		{"date pattern", "Csv", "id,at\n1,31/12/1999 23:59\n", with(schema(typed), map[string]string{"parser.timestamp.date.formats": "dd/MM/yyyy HH:mm", "parser.timestamp.timezone": "Europe/Paris"}),
			[]string{"id=1;ok=<null>;n=<null>;day=<null>;at=1999-12-31T22:59:00.000;t=<null>;price=<null>;"}},
		{"json typed", "Json", `{"id":1,"tags":["a","b"],"other":3,"in":{"x":2}}`, schema(`"id":{"type":"INT32"},"tags":{"type":"ARRAY","valueSchema":{"type":"STRING"}},"in":{"type":"STRUCT","fieldSchemas":{"x":{"type":"INT16"}}}`),
			[]string{"id=1;tags=[a b];in=x=2;;"}},
		{"json generated", "Json", "{\"b\":1.50,\"a\":\"x\"}\n{\"a\":null}\n", nil, []string{"b=1.50;a=x;", "b=<null>;a=<null>;"}},
		{"schemaless", "SchemaLessJson", "{\"a\" : \"} \\\" x\"}\n", nil, []string{`{"a":"} \" x"}`}},
		{"header alone", "Csv", "a,b\n", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDirs(t)
			d.put(t, "f.csv", tt.content)
			old(t, filepath.Join(d.in, "f.csv"))
			s := open(t, tt.kind, d.props(tt.more))
			sp := split(t, s, "")
			if (sp.Pending > 0) != (len(tt.want) > 0) {
				t.Fatalf("pending %d", sp.Pending)
			}
			got, last, err := drain(t, reader(t, s, sp, ""))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			if last != sp.End {
				t.Errorf("the last position is %s, the split's end %s", last, sp.End)
			}
		})
	}
}

func TestBadRows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, kind, content string
		more                map[string]string
		want                []string // of the error
	}{
		{"too few fields", "Csv", "a,b\n1,2\n\"x\n\",1\n3\n", nil, []string{"f.csv", "line 5", "1 fields", "2 columns"}},
		{"open quote", "Csv", "a\nx\n\"y\n\n", nil, []string{"line", "not closed"}},
		{"text behind a quote", "Csv", "a\n\"y\"z\n", nil, []string{"line 2", "closing quote"}},
		{"bare quote", "Csv", "a\n5\" pipe\n", nil, []string{"line 2", "a quote stands inside"}},
		{"not a number", "Csv", "id\n1\nx1\n", map[string]string{"schema.generation.enabled": "false",
			"value.schema": `{"name":"R","type":"STRUCT","fieldSchemas":{"id":{"type":"INT32"}}}`}, []string{"line 3", `column "id"`, `"x1" is not an INT32`}},
		{"required and empty", "Csv", "id,n\n,2\n", map[string]string{"schema.generation.enabled": "false",
			"value.schema": `{"name":"R","type":"STRUCT","fieldSchemas":{"id":{"type":"INT32"}}}`}, []string{"line 2", "required"}},
		{"not json", "Json", "{\"a\":1}\n{\"a\":}\n", nil, []string{"line 2", "not valid JSON"}},
		{"json without a bracket", "SchemaLessJson", "{}\n7\n", nil, []string{"line 2", "a JSON object is expected"}},
		{"json not closed", "SchemaLessJson", "{}\n{\"a\":\n", nil, []string{"line 2", "not closed"}},
		{"json field that is new", "Json", "{\"a\":1}\n{\"b\":1}\n", nil, []string{"line 2", `column "b"`, "value.schema"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDirs(t)
			d.put(t, "f.csv", tt.content)
			old(t, filepath.Join(d.in, "f.csv"))
			s := open(t, tt.kind, d.props(tt.more))
			sp := split(t, s, "")
			good, _, err := drain(t, reader(t, s, sp, ""))
			if err == nil || tasks.KindOf(err) != tasks.KindBadRecord {
				t.Fatalf("error %v of kind %v", err, tasks.KindOf(err))
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
			aside := open(t, tt.kind, d.props(with(tt.more, map[string]string{"halt.on.error": "false"})))
			for range 2 { // a slice that is run again finds the file in error.path
				again, _, err := drain(t, reader(t, aside, sp, ""))
				if diff := cmp.Diff(good, again); err != nil || diff != "" {
					t.Errorf("error %v, records %s", err, diff)
				}
				if _, err := os.Stat(filepath.Join(d.failed, "f.csv")); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
