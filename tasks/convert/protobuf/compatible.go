package protobuf

import "fmt"

// incompatible says why readers of a file cannot read data of another one, by the registry's rules; "" when they can.
func incompatible(data, readers *file) string {
	return missing(data.messages, readers.messages)
}

func missing(data, readers []*message) string {
	for _, m := range data {
		var other *message
		for _, r := range readers {
			if r.name == m.name {
				other = r
			}
		}
		if other == nil {
			if m.entry {
				continue
			}
			return fmt.Sprintf("message %s is not there", m.full)
		}
		if why := differs(m, other); why != "" {
			return why
		}
		if why := missing(m.messages, other.messages); why != "" {
			return why
		}
	}
	return ""
}

func differs(data, readers *message) string {
	numbers := map[int32]*field{}
	for _, f := range data.fields {
		numbers[f.number] = f
	}
	for _, f := range readers.fields {
		old := numbers[f.number]
		switch {
		case old == nil:
			if f.label == labelRequired {
				return fmt.Sprintf("%s.%s is required", readers.full, f.name)
			}
		case group(old) != group(f):
			return fmt.Sprintf("the type of field %d of %s differs", f.number, readers.full)
		case old.kind == kindMessage && old.message.name != f.message.name:
			return fmt.Sprintf("the message of field %d of %s differs", f.number, readers.full)
		case old.kind < kindString && (old.label == labelRepeated) != (f.label == labelRepeated):
			return fmt.Sprintf("field %d of %s is repeated in one of the two", f.number, readers.full)
		}
	}
	for _, f := range data.fields {
		if f.label == labelRequired && !has(readers, f.number) || f.oneof != nil && !has(readers, f.number) {
			return fmt.Sprintf("%s.%s is not there", readers.full, f.name)
		}
	}
	return ""
}

func has(m *message, number int32) bool {
	for _, f := range m.fields {
		if f.number == number {
			return true
		}
	}
	return false
}

// group returns one kind of those that can be read as one another.
func group(f *field) kind {
	switch f.kind {
	case kindUint32, kindInt64, kindUint64, kindBool:
		return kindInt32
	case kindSint64:
		return kindSint32
	case kindBytes:
		return kindString
	case kindSfixed32:
		return kindFixed32
	case kindSfixed64:
		return kindFixed64
	}
	return f.kind
}
