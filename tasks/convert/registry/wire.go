package registry

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// The first byte of an id.
const (
	magicID   = 0
	magicGUID = 1
)

// ID names a schema: by its number, or by its GUID when that is not empty.
type ID struct {
	Number int32
	GUID   string
}

// Describe writes the id as the Java class SchemaId does. indexes is null, or the list of Protobuf's message indexes.
func (id ID) Describe(kind, indexes string) string {
	number, guid := strconv.Itoa(int(id.Number)), "null"
	if id.GUID != "" {
		number, guid = "null", id.GUID
	}
	return fmt.Sprintf("SchemaId{schemaType='%s', id=%s, guid='%s', messageIndexes=%s}", kind, number, guid, indexes)
}

// Framed is data with the id that was found for it.
type Framed struct {
	ID ID
	// Tail is what follows the id: in a header its rest, else all of the data after the id.
	Tail []byte
	// Body is the data without an id before it.
	Body []byte
	// InHeader tells that the id came in a header, so that Tail is not part of Body.
	InHeader bool
}

// Part returns key or value, as names of subjects, headers and configuration say it.
func Part(isKey bool) string {
	if isKey {
		return "key"
	}
	return "value"
}

// Wire finds the ids of data that is read and writes those of data that is written: before the data, or in a header. Not
// safe for concurrent use.
type Wire struct {
	header     string
	prefixOnly bool // headers are not looked at
	inHeader   bool // where ids are written
	added      []tasks.RawHeader
}

// NewWire returns the wire format that a configuration of [Keys] names.
func NewWire(c tasks.Config, isKey bool) (*Wire, error) {
	w := &Wire{header: "__" + Part(isKey) + "_schema_id"}
	unknown := func(key, class, known string) error {
		return tasks.ConfigException("Invalid value %s for configuration %s: only %s are supported", class, key, known)
	}
	key := Part(isKey) + ".schema.id.serializer"
	switch class := c.String(key); class {
	case prefixSerializer:
	case headerSerializer:
		w.inHeader = true
	default:
		return nil, unknown(key, class, prefixSerializer+" and "+headerSerializer)
	}
	key = Part(isKey) + ".schema.id.deserializer"
	switch class := c.String(key); class {
	case dualDeserializer:
	case prefixDeserializer:
		w.prefixOnly = true
	default:
		return nil, unknown(key, class, dualDeserializer+" and "+prefixDeserializer)
	}
	return w, nil
}

// Unframe finds the id of data in the last header that has one (unless headers are not looked at), else before the data.
// Errors are of the Java classes and have no context.
func (w *Wire) Unframe(headers []tasks.RawHeader, data []byte) (Framed, error) {
	for i := len(headers) - 1; i >= 0 && !w.prefixOnly; i-- {
		if h := headers[i]; h.Key == w.header && h.Value != nil {
			id, tail, err := readID(h.Value)
			return Framed{ID: id, Tail: tail, Body: data, InHeader: true}, err
		}
	}
	id, tail, err := readID(data)
	return Framed{ID: id, Tail: tail, Body: tail}, err
}

func readID(b []byte) (id ID, tail []byte, err error) {
	switch {
	case len(b) == 0:
		return id, nil, Underflow()
	case b[0] > magicGUID:
		return id, nil, tasks.NewException("java.lang.IllegalArgumentException", "Unknown magic byte!")
	case b[0] == magicID && len(b) >= 5:
		return ID{Number: int32(binary.BigEndian.Uint32(b[1:5]))}, b[5:], nil
	case b[0] == magicGUID && len(b) >= 17:
		return ID{GUID: guidText(b[1:17])}, b[17:], nil
	}
	return id, nil, Underflow()
}

// Underflow is Java's error for bytes that end too early.
func Underflow() error { return &tasks.Exception{Class: "java.nio.BufferUnderflowException"} }

// guidText writes 16 bytes as a UUID.
func guidText(b []byte) string {
	var out [36]byte
	at := 0
	for i, group := range [][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
		if i > 0 {
			out[at] = '-'
			at++
		}
		at += hex.Encode(out[at:], group)
	}
	return string(out[:])
}

// InHeader reports whether ids are written to a header, and so need a GUID.
func (w *Wire) InHeader() bool { return w.inHeader }

// Begin starts a record: it appends the id and what belongs behind it, or keeps them for [Wire.Added].
func (w *Wire) Begin(dst []byte, id ID, tail []byte) ([]byte, error) {
	if !w.inHeader {
		dst = binary.BigEndian.AppendUint32(append(dst, magicID), uint32(id.Number))
		return append(dst, tail...), nil
	}
	guid, err := hex.DecodeString(strings.ReplaceAll(id.GUID, "-", ""))
	if err != nil || len(guid) != 16 {
		return nil, tasks.NewException(tasks.SerializationException,
			"the schema registry gives no GUID for schema %d, which the header %s needs; write with %s", id.Number, w.header, prefixSerializer)
	}
	value := append(append(make([]byte, 0, 17+len(tail)), magicGUID), guid...)
	w.added = append(w.added[:0], tasks.RawHeader{Key: w.header, Value: append(value, tail...)})
	return dst, nil
}

// Reset forgets the header of the record before.
func (w *Wire) Reset() { w.added = w.added[:0] }

// Added returns the headers that the record begun last needs; the list is valid until the next Begin or Reset.
func (w *Wire) Added() []tasks.RawHeader { return w.added }
