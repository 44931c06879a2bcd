package avro

import (
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Class is the converter's Java class.
const Class = "io.confluent.connect.avro.AvroConverter"

const strategies = "io.confluent.kafka.serializers.subject."

// Plugin describes the converter.
func Plugin() tasks.Plugin {
	return tasks.Plugin{Class: Class, Type: tasks.ConverterPluginType, Version: "8.3.1", Title: "Avro with a schema registry", Config: configDef()}
}

func key(name string, t tasks.ConfigType, def string, doc string) tasks.ConfigKey {
	return tasks.ConfigKey{Name: name, Type: t, Default: tasks.DefaultTo(def), Importance: tasks.Low, Doc: doc}
}

func knownStrategy(v any) string {
	name, _ := v.(string)
	switch strings.TrimPrefix(name, strategies) {
	case "", "TopicNameStrategy", "RecordNameStrategy", "TopicRecordNameStrategy", "AssociatedNameStrategy":
		return ""
	}
	return "Class " + name + " could not be found."
}

func configDef() tasks.ConfigDef {
	strategy := func(name string) tasks.ConfigKey {
		k := key(name, tasks.TypeClass, strategies+"AssociatedNameStrategy", "How the subject of a schema is named.")
		k.Check = knownStrategy
		return k
	}
	boolean := func(name, def, doc string) tasks.ConfigKey { return key(name, tasks.TypeBoolean, def, doc) }
	return tasks.ConfigDef{
		{Name: "schema.registry.url", Type: tasks.TypeList, Importance: tasks.High, Doc: "URLs of the schema registry, separated by commas; tried in order."},
		boolean("auto.register.schemas", "true", "Register the schema of what is written."),
		boolean("use.latest.version", "false", "Write under the subject's latest schema when schemas are not registered."),
		boolean("latest.compatibility.strict", "true", "Accepted for compatibility: data that the latest schema cannot hold is refused either way."),
		key("use.schema.id", tasks.TypeInt, "-1", "Write under the schema of this id when schemas are not registered."),
		boolean("id.compatibility.strict", "true", "Accepted for compatibility: data that the schema cannot hold is refused either way."),
		boolean("normalize.schemas", "false", "Let the registry normalize schemas."),
		strategy("key.subject.name.strategy"),
		strategy("value.subject.name.strategy"),
		key("basic.auth.credentials.source", tasks.TypeString, "URL", "URL or USER_INFO."),
		key("basic.auth.user.info", tasks.TypePassword, "", "User and password for USER_INFO, separated by a colon."),
		key("schema.registry.basic.auth.user.info", tasks.TypePassword, "", "The older name of basic.auth.user.info."),
		key("bearer.auth.credentials.source", tasks.TypeString, "", "STATIC_TOKEN, or empty for no bearer token."),
		key("bearer.auth.token", tasks.TypePassword, "", "The token for STATIC_TOKEN."),
		key("http.connect.timeout.ms", tasks.TypeInt, "60000", "Time limit to connect."),
		key("http.read.timeout.ms", tasks.TypeInt, "60000", "Time limit for an answer."),
		key("max.retries", tasks.TypeInt, "3", "How often a call is repeated."),
		key("retries.wait.ms", tasks.TypeInt, "1000", "Wait before the first repetition; it doubles each time."),
		key("retries.max.wait.ms", tasks.TypeInt, "20000", "Longest wait between repetitions."),
		key("value.schema.id.serializer", tasks.TypeClass, prefixSerializer, "Where the id of a value's schema is written."),
		key("key.schema.id.serializer", tasks.TypeClass, prefixSerializer, "Where the id of a key's schema is written."),
		boolean("enhanced.avro.schema.support", "false", "Write enums as enums, and keep namespaces in the names of unions' fields."),
		boolean("scrub.invalid.names", "false", "Replace characters that Avro's names cannot have by an underscore."),
		boolean("connect.meta.data", "true", "Keep Connect's attributes in Avro schemas."),
		boolean("allow.optional.map.keys", "false", "Write maps with optional string keys as Avro maps."),
		boolean("flatten.singleton.unions", "true", "Read a union of one schema as that schema."),
		boolean("discard.type.doc.default", "false", "Handle documentation and defaults as before version 7."),
		boolean("generalized.sum.type.support", "false", "Handle enums and unions as all registry formats do."),
		boolean("ignore.default.for.nullables", "false", "Keep null where a default exists."),
	}
}

const prefixSerializer = "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer"

func optionsOf(c tasks.Config) Options {
	return Options{
		Enhanced: c.Bool("enhanced.avro.schema.support"), Scrub: c.Bool("scrub.invalid.names"),
		ConnectMeta: c.Bool("connect.meta.data"), OptionalMapKeys: c.Bool("allow.optional.map.keys"),
		FlattenSingletons: c.Bool("flatten.singleton.unions"), DiscardTypeDocDefault: c.Bool("discard.type.doc.default"),
		SumTypes: c.Bool("generalized.sum.type.support"), IgnoreDefaults: c.Bool("ignore.default.for.nullables"),
	}
}

func checkURLs(urls []string) error {
	for _, u := range urls {
		if strings.HasPrefix(u, "mock://") && len(urls) > 1 {
			for _, other := range urls {
				if !strings.HasPrefix(other, "mock://") {
					return tasks.ConfigException("Cannot mix mock and real urls for 'schema.registry.url'. Got: [%s]", strings.Join(urls, ", "))
				}
			}
		}
	}
	return nil
}
