package avro

import "github.com/mayfly-connect/mayfly/tasks"

// Names that the Java class uses in schemas.
const (
	space        = "io.confluent.connect.avro"
	unionName    = space + ".Union"
	enumParam    = space + ".Enum"
	anythingName = space + ".Anything"
	defaultName  = space + ".ConnectDefault"
	mapEntry     = "MapEntry"

	recordDocParam   = space + ".record.doc"
	fieldDocParam    = space + ".field.doc."
	enumDocParam     = space + ".enum.doc."
	enumDefaultParam = space + ".enum.default."
	fieldDefault     = space + ".field.default"

	oldRecordDocParam = "connect.record.doc"
	oldEnumDocParam   = "connect.enum.doc"

	sumUnionParam  = "org.apache.kafka.connect.data.Union"
	sumEnumParam   = "org.apache.kafka.connect.data.Enum"
	sumUnionPrefix = "connect_union_"
	sumFieldPrefix = "connect_union_field_"

	fixedParam     = "connect.fixed.size"
	precisionParam = "connect.decimal.precision"

	nameProperty    = "connect.name"
	docProperty     = "connect.doc"
	versionProperty = "connect.version"
	defaultProperty = "connect.default"
	paramsProperty  = "connect.parameters"
	typeProperty    = "connect.type"
	internalType    = "connect.internal.type"

	defaultPrecision = 64
)

// Options are the data options of the converter.
type Options struct {
	Enhanced              bool // enhanced.avro.schema.support
	Scrub                 bool // scrub.invalid.names
	ConnectMeta           bool // connect.meta.data
	OptionalMapKeys       bool // allow.optional.map.keys
	FlattenSingletons     bool // flatten.singleton.unions
	DiscardTypeDocDefault bool // discard.type.doc.default
	SumTypes              bool // generalized.sum.type.support
	IgnoreDefaults        bool // ignore.default.for.nullables
}

// DefaultOptions returns the converter's defaults.
func DefaultOptions() Options { return Options{ConnectMeta: true, FlattenSingletons: true} }

// isUnion reports whether a struct schema stands for an Avro union.
func isUnion(s *tasks.Schema) bool {
	if s.Type != tasks.StructType {
		return false
	}
	_, sum := s.Parameter(sumUnionParam)
	return s.Name == unionName || sum
}
