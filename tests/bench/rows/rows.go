// Package rows makes the records that the benchmarks measure with: bird strikes, about 400 bytes each as JSON.
package rows

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/linkedin/goavro/v2"
)

// JSON returns each row of the CSV file as an object whose values are the columns' strings, in the columns' order.
func JSON(file string) ([][]byte, error) {
	header, rows, err := read(file)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(rows))
	for i, row := range rows {
		var b bytes.Buffer
		for j, name := range header {
			b.WriteByte("{,"[min(j, 1)])
			if err := appendString(&b, name); err != nil {
				return nil, err
			}
			b.WriteByte(':')
			if err := appendString(&b, row[j]); err != nil {
				return nil, err
			}
		}
		b.WriteByte('}')
		out[i] = b.Bytes()
	}
	return out, nil
}

// appendString adds s as JSON without the escapes for HTML, as most producers write it.
func appendString(b *bytes.Buffer, s string) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	b.Truncate(b.Len() - 1) // The encoder ends with a line feed.
	return err
}

// AvroSchema is the schema of what Avro returns; its fields are the CSV file's columns in their order.
const AvroSchema = `{"type":"record","name":"BirdStrike","namespace":"gov.faa.wildlife","fields":[` +
	`{"name":"airport_name","type":"string"},{"name":"aircraft_make_model","type":"string"},` +
	`{"name":"effect_amount_of_damage","type":"string"},{"name":"flight_date","type":"string"},` +
	`{"name":"aircraft_airline_operator","type":"string"},{"name":"origin_state","type":"string"},` +
	`{"name":"phase_of_flight","type":"string"},{"name":"wildlife_size","type":"string"},` +
	`{"name":"wildlife_species","type":"string"},{"name":"time_of_day","type":"string"},` +
	`{"name":"cost_other","type":"long"},{"name":"cost_repair","type":"long"},{"name":"cost_total","type":"long"},` +
	`{"name":"speed_ias_in_knots","type":["null","int"],"default":null}]}`

// AvroSchemaID is the registry's id of AvroSchema in what Avro returns.
const AvroSchemaID = 1

// Avro returns each row of the CSV file in binary Avro behind the five bytes of a Confluent schema registry's clients.
func Avro(file string) ([][]byte, error) {
	_, rows, err := read(file)
	if err != nil {
		return nil, err
	}
	codec, err := goavro.NewCodec(AvroSchema)
	if err != nil {
		return nil, err
	}
	fields, err := fieldNames()
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(rows))
	for i, row := range rows {
		native, err := nativeRow(fields, row)
		if err != nil {
			return nil, fmt.Errorf("%s row %d: %w", file, i+1, err)
		}
		frame := binary.BigEndian.AppendUint32([]byte{0}, AvroSchemaID)
		if out[i], err = codec.BinaryFromNative(frame, native); err != nil {
			return nil, fmt.Errorf("%s row %d: %w", file, i+1, err)
		}
	}
	return out, nil
}

func fieldNames() ([]string, error) {
	var schema struct{ Fields []struct{ Name string } }
	if err := json.Unmarshal([]byte(AvroSchema), &schema); err != nil {
		return nil, err
	}
	names := make([]string, len(schema.Fields))
	for i, f := range schema.Fields {
		names[i] = f.Name
	}
	return names, nil
}

// nativeRow returns row as goavro takes it: ten strings, three costs, and a speed that may be missing.
func nativeRow(fields, row []string) (map[string]any, error) {
	native := make(map[string]any, len(row))
	for i, text := range row {
		switch {
		case i < texts:
			native[fields[i]] = text
		case text == "":
			native[fields[i]] = nil
		default:
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return nil, err
			}
			native[fields[i]] = n
			if i == 13 {
				native[fields[i]] = goavro.Union("int", int32(n))
			}
		}
	}
	return native, nil
}

func read(file string) (header []string, rows [][]string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	rows, err = csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", file, err)
	}
	if len(rows) < 2 {
		return nil, nil, fmt.Errorf("read %s: no rows", file)
	}
	return rows[0], rows[1:], nil
}
