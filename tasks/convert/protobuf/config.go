package protobuf

import (
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// Class is the converter's Java class.
const Class = "io.confluent.connect.protobuf.ProtobufConverter"

const referenceStrategy = "io.confluent.kafka.serializers.subject.DefaultReferenceSubjectNameStrategy"

// Plugin describes the converter.
func Plugin() tasks.Plugin {
	return tasks.Plugin{Class: Class, Type: tasks.ConverterPluginType, Version: "8.3.1", Title: "Protobuf with a schema registry", Config: configDef()}
}

func configDef() tasks.ConfigDef {
	boolean := registry.Boolean
	return append(registry.Keys(),
		registry.FileKey(),
		tasks.ConfigKey{Name: messageKey, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Low,
			Doc: "Mayfly's own: the message of schema.file that all data is of; without it the first one."},
		boolean("enhanced.protobuf.schema.support", "false", "Keep package names in the names of schemas."),
		boolean("generalized.sum.type.support", "false", "Handle enums and unions as all registry formats do."),
		boolean("scrub.invalid.names", "false", "Replace characters that Protobuf's names cannot have."),
		boolean("int.for.enums", "false", "Read enums as their numbers."),
		boolean("optional.for.nullables", "false", "Write optional fields with the label optional, and read only those as optional."),
		boolean("optional.for.proto2", "true", "Read an absent optional field of proto2 as null."),
		boolean("wrapper.for.nullables", "false", "Write optional fields as wrapper messages, and read these as optional fields."),
		boolean("wrapper.for.raw.primitives", "true", "Read wrapper messages as plain values."),
		boolean("generate.struct.for.nulls", "false", "Read absent messages as ones without content, and absent optional scalars as their defaults."),
		boolean("generate.index.for.unions", "true", "Put the index of a oneof behind its field's name."),
		boolean("flatten.unions", "false", "Read the fields of a oneof as fields of the message."),
		boolean("ignore.default.for.nullables", "false", "Keep null where a default exists."),
		tasks.ConfigKey{Name: "schemas.cache.config", Type: tasks.TypeInt, Default: tasks.DefaultTo("1000"), Importance: tasks.Low,
			Doc: "Accepted for compatibility: a lease keeps the schemas that it met."},
		tasks.ConfigKey{Name: "reference.subject.name.strategy", Type: tasks.TypeClass, Default: tasks.DefaultTo(referenceStrategy), Importance: tasks.Low,
			Doc: "Accepted for compatibility: what the converter writes refers to no schema of another subject."},
	)
}

func optionsOf(c tasks.Config) Options {
	return Options{
		Enhanced: c.Bool("enhanced.protobuf.schema.support"), SumTypes: c.Bool("generalized.sum.type.support"),
		Scrub: c.Bool("scrub.invalid.names"), IntEnums: c.Bool("int.for.enums"),
		OptionalNullables: c.Bool("optional.for.nullables"), OptionalProto2: c.Bool("optional.for.proto2"),
		WrapNullables: c.Bool("wrapper.for.nullables"), WrapRaw: c.Bool("wrapper.for.raw.primitives"),
		StructForNulls: c.Bool("generate.struct.for.nulls"), UnionIndex: c.Bool("generate.index.for.unions"),
		FlattenUnions: c.Bool("flatten.unions"), IgnoreDefaults: c.Bool("ignore.default.for.nullables"),
	}
}
