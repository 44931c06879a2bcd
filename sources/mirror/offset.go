package mirror

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// offsetAt is a stored source offset.
func offsetAt(n int64) tasks.Position {
	return tasks.Position(`{"offset":` + strconv.FormatInt(n, 10) + `}`)
}

// offsetOf reads a stored source offset; -1 for none.
func offsetOf(p tasks.Position) (int64, error) {
	if p == "" {
		return -1, nil
	}
	var at struct {
		Offset *int64 `json:"offset"`
	}
	if err := json.Unmarshal([]byte(p), &at); err != nil || at.Offset == nil {
		return 0, tasks.Fatal(fmt.Errorf(`source offset %s is not of the form {"offset":<number>}; alter or reset the connector's offsets`, p))
	}
	return *at.Offset, nil
}

// quoted is a text in JSON, as Connect writes it.
func quoted(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a text always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// partitionKey is a key of a source partition.
type partitionKey struct {
	name   string
	number bool
}

// checkOffsets returns the check of offsets that a user sets: the partition must have the keys, the offset a number, which is 0
// with zero. The texts are the original's.
func checkOffsets(zero bool, keys ...partitionKey) func(partition, offset json.RawMessage) error {
	return func(partition, offset json.RawMessage) error {
		if partition == nil || string(partition) == "null" {
			return fmt.Errorf("Source partitions may not be null")
		}
		var p map[string]json.RawMessage
		if err := json.Unmarshal(partition, &p); err != nil {
			return err
		}
		for _, k := range keys {
			if why := k.wrong(p[k.name]); why != "" {
				return fmt.Errorf("Source partition %s %s", javaText(partition), why)
			}
		}
		if offset == nil || string(offset) == "null" {
			return nil
		}
		var o map[string]json.RawMessage
		if err := json.Unmarshal(offset, &o); err != nil {
			return err
		}
		if why := wrongOffset(o["offset"], zero); why != "" {
			return fmt.Errorf("Source offset %s for source partition %s %s", javaText(offset), javaText(partition), why)
		}
		return nil
	}
}

func (k partitionKey) wrong(v json.RawMessage) string {
	switch {
	case v == nil:
		return fmt.Sprintf("is missing the '%s' key, which is required", k.name)
	case !k.number && v[0] != '"':
		return fmt.Sprintf("has an invalid value %s for the '%s' key, which must be a string", javaText(v), k.name)
	case k.number && !integer(v):
		return fmt.Sprintf("has an invalid value %s for the '%s' key, which must be an integer", javaText(v), k.name)
	case k.number && v[0] == '-':
		return fmt.Sprintf("has an invalid value %s for the '%s' key, which cannot be negative", javaText(v), k.name)
	}
	return ""
}

func wrongOffset(v json.RawMessage, zero bool) string {
	switch {
	case v == nil:
		return "is missing the 'offset' key, which is required"
	case !integer(v):
		return fmt.Sprintf("has an invalid value %s for the 'offset' key, which must be an integer", javaText(v))
	case zero && string(v) != "0":
		return fmt.Sprintf("has an invalid value %s for the 'offset' key; the only accepted value is 0", javaText(v))
	case v[0] == '-':
		return fmt.Sprintf("has an invalid value %s for the 'offset' key, which cannot be negative", javaText(v))
	}
	return ""
}

func integer(v json.RawMessage) bool {
	_, err := strconv.ParseInt(string(v), 10, 64)
	return err == nil
}

// javaText writes JSON as Java prints maps and texts. The order of the members stays.
func javaText(v json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	t, err := d.Token()
	if err != nil || t != json.Delim('{') {
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
		return string(v)
	}
	var members []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return string(v)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return string(v)
		}
		members = append(members, fmt.Sprint(key)+"="+javaText(value))
	}
	return "{" + strings.Join(members, ", ") + "}"
}
