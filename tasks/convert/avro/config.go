package avro

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// Class is the converter's Java class.
const Class = "io.confluent.connect.avro.AvroConverter"

// Plugin describes the converter.
func Plugin() tasks.Plugin {
	return tasks.Plugin{Class: Class, Type: tasks.ConverterPluginType, Version: "8.3.1", Title: "Avro with a schema registry", Config: configDef()}
}

func configDef() tasks.ConfigDef {
	boolean := registry.Boolean
	return append(registry.Keys(), registry.FileKey(),
		boolean("enhanced.avro.schema.support", "false", "Write enums as enums, and keep namespaces in the names of unions' fields."),
		boolean("scrub.invalid.names", "false", "Replace characters that Avro's names cannot have by an underscore."),
		boolean("connect.meta.data", "true", "Keep Connect's attributes in Avro schemas."),
		boolean("allow.optional.map.keys", "false", "Write maps with optional string keys as Avro maps."),
		boolean("flatten.singleton.unions", "true", "Read a union of one schema as that schema."),
		boolean("discard.type.doc.default", "false", "Handle documentation and defaults as before version 7."),
		boolean("generalized.sum.type.support", "false", "Handle enums and unions as all registry formats do."),
		boolean("ignore.default.for.nullables", "false", "Keep null where a default exists."),
	)
}

// OptionsOf reads the options of a configuration that has other keys too, as what writes Avro files does.
func OptionsOf(props map[string]string) Options {
	def := slices.DeleteFunc(configDef(), func(k tasks.ConfigKey) bool { return k.Type != tasks.TypeBoolean })
	c, _ := def.Parse(props) // a value that is no boolean is its default
	return optionsOf(c)
}

func optionsOf(c tasks.Config) Options {
	return Options{
		Enhanced: c.Bool("enhanced.avro.schema.support"), Scrub: c.Bool("scrub.invalid.names"),
		ConnectMeta: c.Bool("connect.meta.data"), OptionalMapKeys: c.Bool("allow.optional.map.keys"),
		FlattenSingletons: c.Bool("flatten.singleton.unions"), DiscardTypeDocDefault: c.Bool("discard.type.doc.default"),
		SumTypes: c.Bool("generalized.sum.type.support"), IgnoreDefaults: c.Bool("ignore.default.for.nullables"),
	}
}
