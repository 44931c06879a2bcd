package objects_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/klauspost/compress/snappy/xerial"
	"github.com/klauspost/compress/zstd"
)

// written is an object of ours.
type written struct {
	content     []byte
	contentType string
	metadata    map[string]string
	tags        map[string]string
}

// sameObjects compares names and contents. rest are the objects that Java did not write.
func sameObjects(want []recordedObject, got map[string]written, headers bool) (rest []string, err error) {
	left := maps.Clone(got)
	for i := range want {
		w := &want[i]
		g, ok := got[w.Name]
		if !ok {
			return nil, fmt.Errorf("object %s is not there; there are %v", w.Name, slices.Sorted(maps.Keys(got)))
		}
		delete(left, w.Name)
		if err := w.same(g, headers); err != nil {
			return nil, fmt.Errorf("object %s: %w", w.Name, err)
		}
	}
	return slices.Sorted(maps.Keys(left)), nil
}

func (w *recordedObject) same(g written, headers bool) error {
	if headers {
		if w.ContentType != g.contentType {
			return fmt.Errorf("content type %q, not %q", g.contentType, w.ContentType)
		}
		want := maps.Clone(w.Metadata)
		delete(want, "if-none-match")
		if !maps.Equal(want, g.metadata) {
			return fmt.Errorf("metadata %v, not %v", g.metadata, want)
		}
		if !maps.Equal(w.Tags, g.tags) {
			return fmt.Errorf("tags %v, not %v", g.tags, w.Tags)
		}
	}
	content, err := unzip(w.Compression, g.content)
	if err != nil {
		return err
	}
	switch w.Encoding {
	case "text":
		return sameText(w.Text, string(content))
	case "base64":
		if got := base64.StdEncoding.EncodeToString(content); got != w.Text {
			return fmt.Errorf("content %s, not %s", got, w.Text)
		}
		return nil
	case "avro":
		return sameAvro(w.Avro, content)
	case "parquet":
		return sameParquet(w.Parquet, content)
	}
	return fmt.Errorf("the encoding %s cannot be compared", w.Encoding)
}

// unzip takes off the compression of a whole object.
func unzip(kind string, b []byte) ([]byte, error) {
	switch kind {
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case "zstd":
		r, err := zstd.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	case "snappy-xerial":
		return xerial.Decode(b)
	case "none", "":
		return b, nil
	}
	return nil, fmt.Errorf("the compression %s cannot be compared", kind)
}

func sameText(want, got string) error {
	if want == got {
		return nil
	}
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	if len(w) != len(g) {
		return fmt.Errorf("content %q, not %q", got, want)
	}
	for i := range w {
		if w[i] != g[i] {
			return fmt.Errorf("line %d is %q, not %q", i, g[i], w[i])
		}
	}
	return nil
}

// canonical is a JSON text with sorted members and each number as it is written; a text that is no JSON is itself.
func canonical(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return text
	}
	b, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(b)
}

func sameAvro(w *avroFile, content []byte) error {
	schema, codec, records, err := readAvro(content)
	if err != nil {
		return err
	}
	if codec != w.Codec {
		return fmt.Errorf("codec %s, not %s", codec, w.Codec)
	}
	text, err := json.Marshal(schema)
	if err != nil {
		return err
	}
	if want := canonical(string(w.Schema)); canonical(string(text)) != want {
		return fmt.Errorf("schema %s, not %s", text, want)
	}
	if len(records) != len(w.Records) {
		return fmt.Errorf("%d records, not %d", len(records), len(w.Records))
	}
	for i, r := range records {
		got, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if want := numbers(string(w.Records[i])); numbers(string(got)) != want {
			return fmt.Errorf("record %d is %s, not %s", i, got, w.Records[i])
		}
	}
	return nil
}

// numbers is canonical with numbers by their value.
func numbers(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return text
	}
	return fmt.Sprint(byValue(v))
}

func byValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		if f == float64(int64(f)) {
			return int64(f)
		}
		return f
	case []any:
		for i := range v {
			v[i] = byValue(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = byValue(v[k])
		}
	case string:
		return fmt.Sprintf("%q", v)
	}
	return v
}

// sameCommitted compares positions. Ours may be further where all between was passed.
func sameCommitted(r *recording, o *outcome) error {
	for _, l := range streams(r.Records) {
		want, committed := r.Committed[l.name()]
		if !committed {
			want = l.records[0].Offset
		}
		got, ok := o.committed[l.name()]
		if !ok {
			got = l.records[0].Offset
		}
		if got < want {
			return fmt.Errorf("%s committed at %d, not %d", l.name(), got, want)
		}
		for _, rec := range l.records {
			if rec.Offset >= want && rec.Offset < got && !o.passed[l.name()][rec.Offset] {
				return fmt.Errorf("%s committed at %d, not %d: record %d waits", l.name(), got, want, rec.Offset)
			}
		}
	}
	return nil
}

func sameDeadLetters(want, got []deadLetter) error {
	for _, d := range want {
		if !slices.Contains(got, d) {
			return fmt.Errorf("record %v is no dead letter", d)
		}
	}
	for _, d := range got {
		if !slices.Contains(want, d) {
			return fmt.Errorf("record %v is a dead letter", d)
		}
	}
	return nil
}
