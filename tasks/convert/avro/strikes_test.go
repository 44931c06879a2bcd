package avro_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// strikeText is a schema of the bird strikes: 14 fields, some of which may be null.
const strikeText = `{"type":"record","name":"Strike","namespace":"com.birds","fields":[` +
	`{"name":"airport","type":"string"},{"name":"aircraft","type":["null","string"],"default":null},{"name":"damage","type":"string"},` +
	`{"name":"day","type":"string"},{"name":"operator","type":["null","string"],"default":null},{"name":"state","type":["null","string"],"default":null},` +
	`{"name":"phase","type":["null","string"],"default":null},{"name":"size","type":["null","string"],"default":null},` +
	`{"name":"species","type":"string"},{"name":"time","type":["null","string"],"default":null},{"name":"other","type":"long"},` +
	`{"name":"repair","type":"long"},{"name":"total","type":"long"},{"name":"speed","type":["null","double"],"default":null}]}`

func parse(t testing.TB, text string) *avro.Schema {
	t.Helper()
	s, err := avro.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decoder(t testing.TB, text string) *avro.Decoder {
	t.Helper()
	d, err := avro.NewDecoder(parse(t, text), avro.DefaultOptions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func encoder(t testing.TB, s *tasks.Schema) *avro.Encoder {
	t.Helper()
	e, err := avro.NewEncoder(s, avro.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// strikes returns the first rows of the data as values of the schema.
func strikes(t testing.TB, s *tasks.Schema, rows int) []tasks.Value {
	t.Helper()
	f, err := os.Open("../../../tests/data/birdstrikes.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	if _, err := r.Read(); err != nil {
		t.Fatal(err)
	}
	var out []tasks.Value
	for range rows {
		row, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		st := (*tasks.Arena)(nil).Struct(s)
		for i, text := range row {
			st.Slots[i] = cell(t, s.Fields[i].Schema, text)
		}
		out = append(out, tasks.NewStructValue(st))
	}
	return out
}

func cell(t testing.TB, s *tasks.Schema, text string) tasks.Value {
	t.Helper()
	switch {
	case text == "" && s.Optional:
		return tasks.Null
	case s.Type == tasks.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return tasks.NewInt64(n)
	case s.Type == tasks.Float64:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return tasks.NewFloat64(x)
	}
	return tasks.NewString(text)
}

func encode(t testing.TB, e *avro.Encoder, v tasks.Value) []byte {
	t.Helper()
	b, err := e.Append(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
