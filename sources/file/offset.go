package file

import (
	"encoding/json"
	"errors"
	"strings"
)

// checkOffset says what is wrong with an offset that a user sets, in the original's words.
func checkOffset(partition, offset json.RawMessage) error {
	if offset != nil {
		var o map[string]json.RawMessage
		if err := json.Unmarshal(offset, &o); err != nil {
			return err
		}
		position, ok := o["position"]
		if !ok {
			return errors.New("Offset objects should either be null or contain the key 'position'")
		}
		if strings.Trim(string(position), "-0123456789") != "" {
			return errors.New("The value for the 'position' key in the offset is expected to be a Long value")
		}
		if position[0] == '-' {
			return errors.New("The value for the 'position' key in the offset should be a non-negative value")
		}
	}
	if partition == nil {
		return errors.New("Partition objects cannot be null")
	}
	var p map[string]json.RawMessage
	if err := json.Unmarshal(partition, &p); err != nil {
		return err
	}
	if _, ok := p["filename"]; !ok {
		return errors.New("Partition objects should contain the key 'filename'")
	}
	return nil
}
