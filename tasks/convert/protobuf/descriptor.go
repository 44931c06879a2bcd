package protobuf

// kind is the type of a field, named as .proto texts name it.
type kind uint8

const (
	kindDouble kind = iota + 1
	kindFloat
	kindInt32
	kindInt64
	kindUint32
	kindUint64
	kindSint32
	kindSint64
	kindFixed32
	kindFixed64
	kindSfixed32
	kindSfixed64
	kindBool
	kindString
	kindBytes
	kindMessage
	kindEnum
)

var kindNames = [...]string{kindDouble: "double", kindFloat: "float", kindInt32: "int32", kindInt64: "int64", kindUint32: "uint32",
	kindUint64: "uint64", kindSint32: "sint32", kindSint64: "sint64", kindFixed32: "fixed32", kindFixed64: "fixed64",
	kindSfixed32: "sfixed32", kindSfixed64: "sfixed64", kindBool: "bool", kindString: "string", kindBytes: "bytes"}

func (k kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return ""
}

// scalar returns the kind of a scalar's name; 0 for every other name.
func scalar(name string) kind {
	for k := kindDouble; k <= kindBytes; k++ {
		if kindNames[k] == name {
			return k
		}
	}
	return 0
}

// The wire types.
const (
	wireVarint = 0
	wireI64    = 1
	wireLen    = 2
	wireStart  = 3
	wireEnd    = 4
	wireI32    = 5
)

// wire returns how a value of the kind is written when it is not packed.
func (k kind) wire() int {
	switch k {
	case kindDouble, kindFixed64, kindSfixed64:
		return wireI64
	case kindFloat, kindFixed32, kindSfixed32:
		return wireI32
	case kindString, kindBytes, kindMessage:
		return wireLen
	}
	return wireVarint
}

// file is a .proto file.
type file struct {
	syntax   string // proto2, proto3 or editions
	pkg      string
	imports  []string
	messages []*message
	enums    []*enum
}

// message is a message type. Its fields are in the order of Java's descriptor: those of oneofs first.
type message struct {
	name     string
	full     string
	file     *file
	fields   []*field
	oneofs   []*oneof
	messages []*message
	enums    []*enum
	entry    bool // made for a map field; it has no place among message indexes
}

// oneof is a choice of fields that a text declares; those that stand for an optional field are left out.
type oneof struct {
	name   string
	fields []*field
}

type label uint8

const (
	labelNone label = iota
	labelOptional
	labelRequired
	labelRepeated
)

type field struct {
	name     string
	number   int32
	label    label
	kind     kind
	typeName string // of messages and enums, until they are linked
	message  *message
	enum     *enum
	oneof    *oneof
	packed   *bool // nil: as the syntax has it
	implicit *bool // of editions: no presence
	def      *string
	params   []param // of confluent.field_meta
}

type param struct{ name, value string }

type enum struct {
	name   string
	full   string
	open   bool
	values []enumValue
}

type enumValue struct {
	name   string
	number int32
}

// number returns the first value of a number.
func (e *enum) byNumber(n int32) (enumValue, bool) {
	for _, v := range e.values {
		if v.number == n {
			return v, true
		}
	}
	return enumValue{}, false
}

// presence reports whether an absent field is told from one with a default value.
func (f *field) presence(in *file) bool {
	switch {
	case f.label == labelRepeated:
		return false
	case f.kind == kindMessage || f.oneof != nil || f.label == labelOptional || f.label == labelRequired:
		return true
	case in.syntax == "editions":
		return f.implicit == nil || !*f.implicit
	}
	return false
}

// optional reports whether the text says so (Java's hasOptionalKeyword).
func (f *field) optional() bool { return f.label == labelOptional && f.oneof == nil }

// isPacked reports whether a repeated field's numbers are written as one piece.
func (f *field) isPacked(in *file) bool {
	if f.kind >= kindString && f.kind <= kindMessage {
		return false
	}
	if f.packed != nil {
		return *f.packed
	}
	return in.syntax != "proto2"
}

// param returns a parameter of confluent.field_meta.
func (f *field) param(name string) (string, bool) {
	for i := len(f.params) - 1; i >= 0; i-- {
		if f.params[i].name == name {
			return f.params[i].value, true
		}
	}
	return "", false
}

// byIndexes returns the message that a path of indexes leads to, or nil.
func (f *file) byIndexes(path []int32) *message {
	list := f.messages
	var at *message
	for _, i := range path {
		at = nil
		for _, m := range list {
			if m.entry {
				continue
			}
			if i == 0 {
				at = m
				break
			}
			i--
		}
		if at == nil {
			return nil
		}
		list = at.messages
	}
	return at
}

// indexes returns the path to the message of a full name; nil when the file has none.
func (f *file) indexes(full string) []int32 { return pathTo(f.messages, full) }

func pathTo(list []*message, full string) []int32 {
	i := int32(0)
	for _, m := range list {
		if m.entry {
			continue
		}
		if m.full == full {
			return []int32{i}
		}
		if below := pathTo(m.messages, full); below != nil {
			return append([]int32{i}, below...)
		}
		i++
	}
	return nil
}
