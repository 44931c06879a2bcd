package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
)

// load reads the registry's file. A file that is not there is an empty
// registry.
func (r *Registry) load() error {
	data, err := os.ReadFile(r.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.state, err = decode(data); err != nil {
		return fmt.Errorf("%s is damaged (remove it to begin with an empty registry): %w", r.file, err)
	}
	return nil
}

func decode(data []byte) (*state, error) {
	var f state
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	s := newState()
	for id, schema := range f.Schemas {
		s.put(id, schema)
	}
	for subject, ids := range f.Subject {
		for i, id := range ids {
			if _, ok := s.Schemas[id]; !ok && id != 0 {
				return nil, fmt.Errorf("version %d of subject %s has the unknown schema id %d", i+1, subject, id)
			}
		}
		s.Subject[subject] = ids
	}
	maps.Copy(s.Levels, f.Levels)
	return s, nil
}

// save replaces the file in one step: a crash leaves the old or the new one.
func save(path string, s *state) error {
	data, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return os.Rename(tmp, path)
}
