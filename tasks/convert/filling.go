package convert

import "github.com/mayfly-connect/mayfly/tasks"

// manyEntries is from where keys are looked up in a hash: below it looking at each is quicker.
const manyEntries = 64

// Filling puts entries into a map, of any number: of equal keys the last value counts, at the place of the first.
type Filling struct {
	Map   *tasks.Map
	index map[string][]int // once there are many; by a text that equal keys have in common
}

// Put sets the value of a key.
func (f *Filling) Put(k, v tasks.Value) {
	entries := f.Map.Entries
	if len(entries) < manyEntries {
		for i := range entries {
			if entries[i].Key.Equal(k) {
				entries[i].Value = v
				return
			}
		}
		f.Map.Entries = append(entries, tasks.Entry{Key: k, Value: v})
		return
	}
	if f.index == nil {
		f.index = make(map[string][]int, 2*len(entries))
		for i := range entries {
			f.note(entries[i].Key, i)
		}
	}
	for _, i := range f.index[common(k)] {
		if entries[i].Key.Equal(k) {
			entries[i].Value = v
			return
		}
	}
	f.note(k, len(entries))
	f.Map.Entries = append(entries, tasks.Entry{Key: k, Value: v})
}

func (f *Filling) note(k tasks.Value, i int) {
	text := common(k)
	f.index[text] = append(f.index[text], i)
}

// common returns a text that equal keys have in common.
func common(k tasks.Value) string {
	if k.Kind() == tasks.KindString || k.Kind() == tasks.KindBytes {
		return asString(k.Bytes())
	}
	return string(AppendJava(nil, k))
}
