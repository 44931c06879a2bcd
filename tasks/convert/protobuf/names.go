package protobuf

// Names that stand in Connect schemas.
const (
	namespace   = "io.confluent.connect.protobuf"
	enumParam   = namespace + ".Enum"
	unionPrefix = namespace + ".Union"
	tagParam    = namespace + ".Tag"
	typeParam   = namespace + ".Type"

	sumUnionParam = "org.apache.kafka.connect.data.Union"
	sumEnumParam  = "org.apache.kafka.connect.data.Enum"

	connectType           = "connect.type"
	precisionParam        = "connect.decimal.precision"
	precisionMeta         = "precision"
	scaleMeta             = "scale"
	defaultName           = "ConnectDefault"
	illegalArgument       = "java.lang.IllegalArgumentException"
	nullPointer           = "java.lang.NullPointerException"
	numberFormatException = "java.lang.NumberFormatException"
	stackOverflow         = "java.lang.StackOverflowError"
)

// Full names of messages with a meaning.
const (
	decimalMessage   = "confluent.type.Decimal"
	dateMessage      = "google.type.Date"
	timeMessage      = "google.type.TimeOfDay"
	timestampMessage = "google.protobuf.Timestamp"
)

// wrapped returns the kind inside of a wrapper message; 0 for any other message.
func wrapped(full string) kind {
	switch full {
	case "google.protobuf.DoubleValue":
		return kindDouble
	case "google.protobuf.FloatValue":
		return kindFloat
	case "google.protobuf.Int64Value":
		return kindInt64
	case "google.protobuf.UInt64Value":
		return kindUint64
	case "google.protobuf.Int32Value":
		return kindInt32
	case "google.protobuf.UInt32Value":
		return kindUint32
	case "google.protobuf.BoolValue":
		return kindBool
	case "google.protobuf.StringValue":
		return kindString
	case "google.protobuf.BytesValue":
		return kindBytes
	}
	return 0
}
