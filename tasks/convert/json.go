package convert

import (
	"bytes"
	"context"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// JSONClass is the class name of the JSON converter.
const JSONClass = "org.apache.kafka.connect.json.JsonConverter"

var jsonConfig = tasks.ConfigDef{
	{Name: "schemas.enable", Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.High, Group: "Schemas",
		Width: tasks.WidthMedium, DisplayName: "Enable Schemas",
		Doc: "Write the schema of each key or value beside it, and expect one when reading."},
	{Name: "schemas.cache.size", Type: tasks.TypeInt, Default: tasks.DefaultTo("1000"), Importance: tasks.High, Group: "Schemas",
		Width: tasks.WidthMedium, DisplayName: "Schema Cache Size",
		Doc: "How many schemas to keep ready in this converter."},
	{Name: "schema.content", Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.High, Group: "Schemas",
		Width: tasks.WidthMedium, DisplayName: "Schema Content",
		Doc: "The schema, in JSON, of all messages that are read. They then hold the payload alone. Used with schemas.enable=true."},
	{Name: "decimal.format", Type: tasks.TypeString, Default: tasks.DefaultTo("BASE64"),
		Check: tasks.OneOfFold("NUMERIC", "BASE64"), Importance: tasks.Low, Group: "Serialization", Width: tasks.WidthMedium,
		DisplayName: "Decimal Format", Doc: "How Decimals are written: BASE64 (of their bytes) or NUMERIC. Both are read."},
	{Name: "replace.null.with.default", Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low,
		Group: "Serialization", Width: tasks.WidthMedium, DisplayName: "Replace null with default",
		Doc: "Replace a null by the default of its field, where that is not null."},
}

// converterJSON is the JSON converter, also for headers.
type converterJSON struct {
	schemas bool
	options JSONOptions
	fixed   *tasks.Schema // of schema.content

	read    map[string]*tasks.Schema // by their text
	written map[*tasks.Schema][]byte
	cache   int

	decoder    decoder
	transcoder transcoder
}

func newJSON(props map[string]string) (*converterJSON, error) {
	c, errs := jsonConfig.Parse(props)
	if len(errs) > 0 {
		return nil, tasks.ConfigException("%s", errs[0].Message)
	}
	j := &converterJSON{schemas: c.Bool("schemas.enable"), cache: int(c.Int("schemas.cache.size")),
		read: map[string]*tasks.Schema{}, written: map[*tasks.Schema][]byte{}}
	j.options = JSONOptions{NumericDecimals: strings.EqualFold(c.String("decimal.format"), "NUMERIC"),
		KeepNulls: !c.Bool("replace.null.with.default")}
	content := c.String("schema.content")
	if !j.schemas || content == "" {
		return j, nil
	}
	p := parser{Lexer{b: []byte(content)}}
	n, err := p.value()
	if err != nil {
		return nil, badJSON(err)
	}
	j.fixed, err = j.reader(nil).schema(&n)
	return j, err
}

func (j *converterJSON) reader(a *tasks.Arena) *reader {
	return &reader{a: a, keepNulls: j.options.KeepNulls}
}

func badJSON(err error) error {
	return tasks.DataException("Converting byte[] to Kafka Connect data failed due to serialization error: ").
		WithCause(tasks.NewException(tasks.SerializationException, "The data is not JSON: %v", err))
}

func (j *converterJSON) ToConnect(_ context.Context, a *tasks.Arena, _ string, _ []tasks.RawHeader, data []byte) (*tasks.Schema, tasks.Value, error) {
	if data == nil {
		return nil, tasks.Null, nil
	}
	data, err := utf8Text(a, data)
	if err != nil {
		return nil, tasks.Null, badJSON(err)
	}
	if j.schemas {
		return j.withSchema(a, data)
	}
	d := &j.decoder
	d.Lexer = Lexer{b: data, a: a}
	d.values, d.entries = d.values[:0], d.entries[:0]
	if d.Peek() == 0 && d.i == len(d.b) {
		return nil, tasks.Null, nil
	}
	v, err := d.value()
	d.Lexer = Lexer{}
	if err != nil {
		return nil, tasks.Null, badJSON(err)
	}
	return nil, v, nil
}

// withSchema reads an envelope, or a payload when the schema is fixed by configuration.
func (j *converterJSON) withSchema(a *tasks.Arena, data []byte) (*tasks.Schema, tasks.Value, error) {
	p := parser{Lexer{b: data, a: a}}
	var n node
	if p.Peek() != 0 || p.i < len(p.b) {
		var err error
		if n, err = p.value(); err != nil {
			return nil, tasks.Null, badJSON(err)
		}
	}
	r := j.reader(a)
	if j.fixed != nil {
		if n.kind == "" {
			return j.fixed, tasks.Null, nil
		}
		v, err := r.value(j.fixed, &n)
		return j.fixed, v, err
	}
	schema, payload := n.field("schema"), n.field("payload")
	if schema == nil || payload == nil || len(n.items) != 2 {
		return nil, tasks.Null, tasks.DataException(`JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. ` +
			`If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.`)
	}
	s, err := j.schemaOf(schema)
	if err != nil {
		return nil, tasks.Null, err
	}
	v, err := r.value(s, payload)
	return s, v, err
}

// schemaOf reads a schema, from the cache when its text was seen before.
func (j *converterJSON) schemaOf(n *node) (*tasks.Schema, error) {
	if s, ok := j.read[asString(n.raw)]; ok {
		return s, nil
	}
	// The schema outlives the record, so it is read again from a copy of its text.
	text := bytes.Clone(n.raw)
	p := parser{Lexer{b: text}}
	own, err := p.value()
	if err != nil {
		return nil, badJSON(err)
	}
	s, err := j.reader(nil).schema(&own)
	if err == nil && len(j.read) < j.cache {
		j.read[string(text)] = s
	}
	return s, err
}

func (j *converterJSON) FromConnect(_ context.Context, dst []byte, _ string, s *tasks.Schema, v tasks.Value) (_ []byte, err error) {
	if s == nil && v.IsNull() {
		return nil, nil
	}
	if !j.schemas {
		return AppendJSON(dst, s, v, j.options)
	}
	dst = append(dst, `{"schema":`...)
	text, ok := j.written[s]
	if !ok {
		if text, err = appendSchema(nil, s, nil, j.options); err != nil {
			return nil, err
		}
		if len(j.written) < j.cache {
			j.written[s] = text
		}
	}
	if dst, err = AppendJSON(append(append(dst, text...), `,"payload":`...), s, v, j.options); err != nil {
		return nil, err
	}
	return append(dst, '}'), nil
}

// Transcode rewrites schemaless JSON without decoding it.
func (j *converterJSON) Transcode(_ context.Context, a *tasks.Arena, enc tasks.Encoding, _ tasks.AcceptSchema, _ string, _ []tasks.RawHeader, data []byte) (*tasks.Schema, []byte, bool) {
	if j.schemas || enc != tasks.EncodingJSON {
		return nil, nil, false
	}
	out, ok := j.transcoder.transcode(a, data)
	return nil, out, ok
}

func (j *converterJSON) ToHeader(a *tasks.Arena, topic, _ string, data []byte) (*tasks.Schema, tasks.Value, error) {
	return j.ToConnect(context.Background(), a, topic, nil, data)
}

func (j *converterJSON) FromHeader(topic, _ string, s *tasks.Schema, v tasks.Value) ([]byte, error) {
	return j.FromConnect(context.Background(), nil, topic, s, v)
}
