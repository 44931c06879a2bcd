package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"strings"

	"github.com/mayfly-connect/mayfly/tests/data"
)

// flushSize is that of the demo's sink; rowCount is a multiple of it, because the sink, like the Java one, leaves the records
// of an unfinished file in the log.
const (
	flushSize = 3
	rowCount  = 9999
)

// numbers are the columns that are numbers; the rest is text.
var numbers = []string{"Cost_Other", "Cost_Repair", "Cost_Total_", "Speed_IAS_in_knots"}

// rows is the demo's input: the CSV text that the source reads, and its rows by column for the proof.
type rows struct {
	text    []byte
	columns []string
	want    [][]string
}

// loadRows takes the first rowCount rows of the bird strikes data.
func loadRows() (*rows, error) {
	all, err := csv.NewReader(bytes.NewReader(data.Birdstrikes)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the bird strikes: %w", err)
	}
	r := &rows{want: all[1 : rowCount+1]}
	odd := regexp.MustCompile(`[^A-Za-z0-9_]+`)
	for _, h := range all[0] {
		r.columns = append(r.columns, odd.ReplaceAllString(h, "_"))
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(all[:rowCount+1]); err != nil {
		return nil, fmt.Errorf("write the demo's rows: %w", err)
	}
	r.text = b.Bytes()
	return r, nil
}

// valueSchema is the typed columns, in the form of the SpoolDir connectors' value.schema.
func (r *rows) valueSchema() string {
	var b strings.Builder
	b.WriteString(`{"name":"demo.BirdStrike","type":"STRUCT","isOptional":false,"fieldSchemas":{`)
	for i, c := range r.columns {
		if i > 0 {
			b.WriteByte(',')
		}
		typ := "STRING"
		for _, n := range numbers {
			if c == n {
				typ = "INT64"
			}
		}
		fmt.Fprintf(&b, `%q:{"type":%q,"isOptional":true}`, c, typ)
	}
	b.WriteString(`}}`)
	return b.String()
}

// badValues are records that are not Avro: texts, JSON, wrong magic bytes, an unknown schema id, a truncated body.
func badValues() [][]byte {
	var out [][]byte
	for i := range 9 {
		out = append(out, fmt.Appendf(nil, "plain text %d", i), fmt.Appendf(nil, `{"id":%d}`, i),
			[]byte{0, 0, 0, 99, byte(i), 2, 4}, []byte{7, 0, 0, 0, byte(i)})
	}
	return out
}
