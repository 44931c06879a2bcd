package tasks

import "context"

// Converter turns bytes of Kafka into Connect data and back, as Connect's Converter does. An implementation may ask a
// schema registry, so both methods can block; they return promptly when ctx ends. Errors are Connect's own (an [Exception]
// is a bad record; [Retriable] marks one that may pass). Safe for use by one goroutine; a lease makes its own.
type Converter interface {
	// ToConnect decodes data (nil is null), which the result may alias. The result's memory is from a.
	ToConnect(ctx context.Context, a *Arena, topic string, headers []RawHeader, data []byte) (*Schema, Value, error)
	// FromConnect appends the encoded value to dst. A nil result means Kafka's null; empty bytes are not nil.
	FromConnect(ctx context.Context, dst []byte, topic string, s *Schema, v Value) ([]byte, error)
}

// HeaderAdder is a Converter that may need headers beside the bytes that it writes.
type HeaderAdder interface {
	Converter
	// AddedHeaders returns what the last call of FromConnect adds to the record's headers, behind those that it has. The
	// list is valid until the next call of FromConnect; its values stay.
	AddedHeaders() []RawHeader
}

// HeaderConverter is Connect's HeaderConverter. It does not block.
type HeaderConverter interface {
	ToHeader(a *Arena, topic, name string, data []byte) (*Schema, Value, error)
	// FromHeader returns the encoded value; nil means null.
	FromHeader(topic, name string, s *Schema, v Value) ([]byte, error)
}

// Encoding names a form of a value that a sink can write as it is.
type Encoding uint8

// The encodings.
const (
	// EncodingNone: no shortcut.
	EncodingNone Encoding = iota
	// EncodingJSON: one JSON value, as JsonFormat writes it for a schemaless value, without line end.
	EncodingJSON
	// EncodingAvro: the Avro binary body of the record's value schema.
	EncodingAvro
)

// Transcoder is a Converter that can hand out a value in a sink's encoding without decoding it, where the result is the
// same by construction. A test compares each with the long way.
type Transcoder interface {
	Converter
	// Transcode returns the schema and the encoded value, which may alias data or be from a. ok is false when this value
	// must go the long way (which also reports its errors). accept answers, once per writer schema, whether the sink can
	// take bodies of that schema; it is asked for EncodingAvro only.
	Transcode(ctx context.Context, a *Arena, enc Encoding, accept AcceptSchema, topic string, headers []RawHeader, data []byte) (s *Schema, encoded []byte, ok bool)
}

// AcceptSchema says whether bodies of a writer schema (its text in the registry) are what the sink would write for the
// Connect schema s.
type AcceptSchema func(writer string, s *Schema) bool

// Transform is one step of a chain, Connect's Transformation. It is pure (I6).
type Transform interface {
	// Apply changes r; keep is false when the record is filtered. New memory is from a. After an error r is undefined.
	Apply(a *Arena, r *Record) (keep bool, err error)
}

// Predicate is Connect's Predicate. It is pure.
type Predicate interface {
	Test(r *Record) (bool, error)
}
