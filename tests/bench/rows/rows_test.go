package rows_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linkedin/goavro/v2"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/mayfly-connect/mayfly/tests/bench/rows"
)

const file = "../../data/birdstrikes.csv"

func TestJSON(t *testing.T) {
	t.Parallel()
	got, err := rows.JSON(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 10000 {
		t.Errorf("%d rows, want 10000", len(got))
	}
	size := 0
	for i, row := range got {
		if !json.Valid(row) {
			t.Fatalf("row %d is not JSON: %s", i, row)
		}
		size += len(row)
	}
	if mean := size / len(got); mean != 400 {
		t.Errorf("%d bytes a row, want 400", mean)
	}
	want := `{"Airport Name":"BARKSDALE AIR FORCE BASE ARPT","Aircraft Make Model":"T-38A","Effect Amount of damage":"None",` +
		`"Flight Date":"1990-01-08","Aircraft Airline Operator":"MILITARY","Origin State":"Louisiana","Phase of flight":"Climb",` +
		`"Wildlife Size":"Large","Wildlife Species":"Turkey vulture","Time of day":"Day","Cost Other":"0","Cost Repair":"0",` +
		`"Cost Total $":"0","Speed IAS in knots":"300"}`
	if diff := cmp.Diff(want, string(got[0])); diff != "" {
		t.Errorf("first row (-want +got):\n%s", diff)
	}
}

func TestAvro(t *testing.T) {
	t.Parallel()
	got, err := rows.Avro(file)
	if err != nil {
		t.Fatal(err)
	}
	codec, err := goavro.NewCodec(rows.AvroSchema)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]byte{0, 0, 0, 0, rows.AvroSchemaID}, got[0][:5]); diff != "" {
		t.Errorf("frame (-want +got):\n%s", diff)
	}
	native, rest, err := codec.NativeFromBinary(got[0][5:])
	if err != nil || len(rest) != 0 {
		t.Fatalf("decode: %v, %d bytes left", err, len(rest))
	}
	want := map[string]any{
		"airport_name": "BARKSDALE AIR FORCE BASE ARPT", "aircraft_make_model": "T-38A", "effect_amount_of_damage": "None",
		"flight_date": "1990-01-08", "aircraft_airline_operator": "MILITARY", "origin_state": "Louisiana",
		"phase_of_flight": "Climb", "wildlife_size": "Large", "wildlife_species": "Turkey vulture", "time_of_day": "Day",
		"cost_other": int64(0), "cost_repair": int64(0), "cost_total": int64(0),
		"speed_ias_in_knots": map[string]any{"int": int32(300)},
	}
	if diff := cmp.Diff(any(want), native); diff != "" {
		t.Errorf("first row (-want +got):\n%s", diff)
	}
}

func TestProtobuf(t *testing.T) {
	t.Parallel()
	got, err := rows.Protobuf(file)
	if err != nil {
		t.Fatal(err)
	}
	frame, rest := got[0][:6], got[0][6:]
	if diff := cmp.Diff([]byte{0, 0, 0, 0, rows.ProtobufSchemaID, 0}, frame); diff != "" {
		t.Errorf("frame (-want +got):\n%s", diff)
	}
	texts, numbers := map[protowire.Number]string{}, map[protowire.Number]uint64{}
	for len(rest) > 0 {
		number, kind, n := protowire.ConsumeTag(rest)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		rest = rest[n:]
		if kind == protowire.BytesType {
			texts[number], n = protowire.ConsumeString(rest)
		} else {
			numbers[number], n = protowire.ConsumeVarint(rest)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		rest = rest[n:]
	}
	want := map[protowire.Number]string{1: "BARKSDALE AIR FORCE BASE ARPT", 2: "T-38A", 3: "None", 4: "1990-01-08", 5: "MILITARY",
		6: "Louisiana", 7: "Climb", 8: "Large", 9: "Turkey vulture", 10: "Day"}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("texts of the first row (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[protowire.Number]uint64{14: 300}, numbers); diff != "" {
		t.Errorf("numbers of the first row, but for those that are 0 (-want +got):\n%s", diff)
	}
}
