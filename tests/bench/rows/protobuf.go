package rows

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// ProtobufSchema is the schema of what Protobuf returns; its fields are the CSV file's columns in their order.
const ProtobufSchema = `syntax = "proto3";
package gov.faa.wildlife;

message BirdStrike {
  string airport_name = 1;
  string aircraft_make_model = 2;
  string effect_amount_of_damage = 3;
  string flight_date = 4;
  string aircraft_airline_operator = 5;
  string origin_state = 6;
  string phase_of_flight = 7;
  string wildlife_size = 8;
  string wildlife_species = 9;
  string time_of_day = 10;
  int64 cost_other = 11;
  int64 cost_repair = 12;
  int64 cost_total = 13;
  optional int32 speed_ias_in_knots = 14;
}
`

// ProtobufSchemaID is the registry's id of ProtobufSchema in what Protobuf returns.
const ProtobufSchemaID = 2

// texts is how many of the columns are texts; the others are numbers.
const texts = 10

// Protobuf returns each row of the CSV file as a Protobuf message, behind the bytes of a Confluent schema registry's clients: those
// of the schema, and one that says that the message is the schema's first.
func Protobuf(file string) ([][]byte, error) {
	_, rows, err := read(file)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(rows))
	for i, row := range rows {
		frame := append(binary.BigEndian.AppendUint32([]byte{0}, ProtobufSchemaID), 0)
		if out[i], err = appendMessage(frame, row); err != nil {
			return nil, fmt.Errorf("%s row %d: %w", file, i+1, err)
		}
	}
	return out, nil
}

// appendMessage adds a row without the fields that have nothing to say, as proto3 does.
func appendMessage(b []byte, row []string) ([]byte, error) {
	for i, text := range row {
		number := protowire.Number(i + 1)
		if text == "" {
			continue
		}
		if i < texts {
			b = protowire.AppendString(protowire.AppendTag(b, number, protowire.BytesType), text)
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, err
		}
		if n != 0 || i == len(row)-1 {
			b = protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), uint64(n))
		}
	}
	return b, nil
}
