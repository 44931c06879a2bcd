package jsonschema

import (
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/registry"
)

// Class is the converter's Java class.
const Class = "io.confluent.connect.json.JsonSchemaConverter"

// Plugin describes the converter.
func Plugin() tasks.Plugin {
	return tasks.Plugin{Class: Class, Type: tasks.ConverterPluginType, Version: "8.3.1", Title: "JSON with a schema in a registry", Config: configDef()}
}

func configDef() tasks.ConfigDef {
	boolean := registry.Boolean
	text := func(name, def, doc string) tasks.ConfigKey {
		return tasks.ConfigKey{Name: name, Type: tasks.TypeString, Default: tasks.DefaultTo(def), Importance: tasks.Low, Doc: doc}
	}
	format := text("decimal.format", "BASE64", "How Decimals are written: BASE64 (of their bytes) or NUMERIC. Both are read.")
	format.Check = tasks.OneOfFold("BASE64", "NUMERIC")
	return append(registry.Keys(), registry.FileKey(),
		boolean("json.fail.invalid.schema", "false", "Refuse data that does not match its schema."),
		boolean("object.additional.properties", "true", "Let written schemas of structs allow members that they do not name."),
		boolean("use.optional.for.nonrequired", "false", "Make the fields optional that a schema does not require."),
		format,
		boolean("flatten.singleton.unions", "true", "Read a union of one schema as that schema."),
		boolean("generalized.sum.type.support", "false", "Handle enums and unions as all registry formats do."),
		boolean("ignore.modern.dialects", "false", "Read schemas of the drafts 2019-09 and 2020-12 as those of draft 7."),
		boolean("ignore.default.for.nullables", "false", "Keep null where a default exists."),
		boolean("json.indent.output", "false", "Write JSON on several lines."),
		boolean("json.oneof.for.nullables", "true", "Accepted for compatibility: it concerns the schemas of Java classes only."),
		boolean("json.write.dates.iso8601", "false", "Accepted for compatibility: it concerns dates in Java classes only."),
		text("json.schema.spec.version", "draft_7", "Accepted for compatibility: it concerns the schemas of Java classes only."),
		tasks.ConfigKey{Name: "schemas.cache.config", Type: tasks.TypeInt, Default: tasks.DefaultTo("1000"), Importance: tasks.Low,
			Doc: "How many schemas to keep ready in this converter."},
	)
}

func optionsOf(c tasks.Config) options {
	return options{
		optionalFields: c.Bool("use.optional.for.nonrequired"), closed: !c.Bool("object.additional.properties"),
		numericDecimals: isNumeric(c), flattenSingletons: c.Bool("flatten.singleton.unions"),
		sumTypes: c.Bool("generalized.sum.type.support"), ignoreModern: c.Bool("ignore.modern.dialects"),
		ignoreDefaults: c.Bool("ignore.default.for.nullables"),
	}
}
