package node

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// sourceOffsets lists a source's partitions as Connect does: those that differ only in how their JSON is written are one, with
// the offset of the spelling that a Java worker would write, whose HashMap orders the members; null when there is none.
func sourceOffsets(positions map[string]tasks.Position) []api.Offset {
	var out []api.Offset
	at := map[string]int{}
	for _, split := range slices.Sorted(maps.Keys(positions)) {
		members, err := decodeMembers(split)
		if err != nil {
			continue // it is no partition
		}
		spelt := encodeMembers(members)
		if _, ok := at[spelt]; !ok {
			at[spelt] = len(out)
			out = append(out, api.Offset{Partition: json.RawMessage(spelt)})
		}
		if spelt == split {
			out[at[spelt]].Offset = json.RawMessage(positions[split])
		}
	}
	return out
}

// decodeMembers reads the members of a JSON object in their order; values stay text.
func decodeMembers(object string) (*tasks.Map, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(object)))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	out := new(tasks.Map)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		name, _ := key.(string) // the decoder lets nothing else pass
		out.Entries = append(out.Entries, tasks.Entry{Key: tasks.NewString(name), Value: tasks.NewString(string(value))})
	}
	return out, nil
}

// encodeMembers writes them in the order of a HashMap.
func encodeMembers(members *tasks.Map) string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range convert.Ordered(members) {
		if i > 0 {
			b.WriteByte(',')
		}
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(m.Key.Str()) // a string always encodes
		b.Truncate(b.Len() - 1)     // the line's end
		b.WriteByte(':')
		b.WriteString(m.Value.Str())
	}
	b.WriteByte('}')
	return b.String()
}
