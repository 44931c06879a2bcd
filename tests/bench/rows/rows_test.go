package rows_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linkedin/goavro/v2"

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
