package registry_test

import "testing"

func TestAvroSchemas(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, schema string
		valid        bool
	}{
		{"primitive", `"long"`, true},
		{"primitive in an object", `{"type":"long","doc":"x"}`, true},
		{"unknown primitive", `"longer"`, false},
		{"decimal without a scale", `{"type":"bytes","logicalType":"decimal","precision":10}`, true},
		{"logical type of nonsense", `{"type":"string","logicalType":"decimal"}`, true},
		{"record", user, true},
		{"record without fields", `{"type":"record","name":"A","fields":[]}`, true},
		{"record with no list of fields", `{"type":"record","name":"A"}`, false},
		{"record without a name", `{"type":"record","fields":[]}`, false},
		{"field twice", `{"type":"record","name":"A","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}`, false},
		{"field with a bad name", `{"type":"record","name":"A","fields":[{"name":"a-b","type":"int"}]}`, false},
		{"field without a type", `{"type":"record","name":"A","fields":[{"name":"a"}]}`, false},
		{"recursive", `{"type":"record","name":"A","namespace":"x","fields":[{"name":"next","type":["null","A"]},{"name":"all","type":{"type":"array","items":"x.A"}}]}`, true},
		{"name of another namespace", `{"type":"record","name":"A","namespace":"x","fields":[{"name":"b","type":{"type":"enum","name":"y.E","symbols":["S"]}},{"name":"c","type":"E"}]}`, false},
		{"namespace of an enclosing name", `{"type":"record","name":"x.A","fields":[{"name":"b","type":{"type":"fixed","name":"F","size":2}},{"name":"c","type":"x.F"}]}`, true},
		{"defined twice", `[{"type":"fixed","name":"F","size":2},{"type":"fixed","name":"F","size":2}]`, false},
		{"enum", `{"type":"enum","name":"E","symbols":["A","B"],"default":"B"}`, true},
		{"enum with a foreign default", `{"type":"enum","name":"E","symbols":["A"],"default":["A"]}`, false},
		{"enum symbol twice", `{"type":"enum","name":"E","symbols":["A","A"]}`, false},
		{"fixed of no size", `{"type":"fixed","name":"F"}`, false},
		{"fixed of half a byte", `{"type":"fixed","name":"F","size":0.5}`, false},
		{"array of nothing", `{"type":"array"}`, false},
		{"map", `{"type":"map","values":["null",{"type":"array","items":"int"}]}`, true},
		{"union in a union", `["null",["int"]]`, false},
		{"branch twice", `["null","int",{"type":"int","logicalType":"date"}]`, false},
		{"two records", `[{"type":"record","name":"A","fields":[]},{"type":"record","name":"B","fields":[]}]`, true},
		{"text behind", `"int" 1`, false},
		{"number", `3`, false},
		{"null", `null`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := do(newRegistry(t), "POST /subjects/s/versions", body(tt.schema))
			if valid := w.Code == 200; valid != tt.valid {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}
