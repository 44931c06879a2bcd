package registry

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Strategies is the Java package of the strategies that name subjects.
const Strategies = "io.confluent.kafka.serializers.subject."

// The ways in which a schema's id travels, by the Java classes that write and read it.
const (
	prefixSerializer = "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer"
	headerSerializer = "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"

	dualDeserializer   = "io.confluent.kafka.serializers.schema.id.DualSchemaIdDeserializer"
	prefixDeserializer = "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdDeserializer"
)

// Boolean returns a key of low importance.
func Boolean(name, def, doc string) tasks.ConfigKey { return key(name, tasks.TypeBoolean, def, doc) }

func key(name string, t tasks.ConfigType, def, doc string) tasks.ConfigKey {
	return tasks.ConfigKey{Name: name, Type: t, Default: tasks.DefaultTo(def), Importance: tasks.Low, Doc: doc}
}

func knownStrategy(v any) string {
	name, _ := v.(string)
	switch strings.TrimPrefix(name, Strategies) {
	case "", "TopicNameStrategy", "RecordNameStrategy", "TopicRecordNameStrategy", "AssociatedNameStrategy":
		return ""
	}
	return "Class " + name + " could not be found."
}

// Keys returns the configuration that all converters with a registry have.
func Keys() tasks.ConfigDef {
	strategy := func(name string) tasks.ConfigKey {
		k := key(name, tasks.TypeClass, Strategies+"AssociatedNameStrategy", "How the subject of a schema is named.")
		k.Check = knownStrategy
		return k
	}
	return slices.Concat(tasks.ConfigDef{
		{Name: "schema.registry.url", Type: tasks.TypeList, Default: tasks.NullDefault, Importance: tasks.High, Doc: "URLs of the schema registry, separated by commas; tried in order."},
		Boolean("auto.register.schemas", "true", "Register the schema of what is written."),
		Boolean("use.latest.version", "false", "Write under the subject's latest schema when schemas are not registered."),
		Boolean("latest.compatibility.strict", "true", "Check that readers of the latest schema can read the data; what the schema cannot hold is refused either way."),
		key("use.schema.id", tasks.TypeInt, "-1", "Write under the schema of this id when schemas are not registered."),
		Boolean("id.compatibility.strict", "true", "Check that readers of the schema can read the data; what the schema cannot hold is refused either way."),
		Boolean("normalize.schemas", "false", "Let the registry normalize schemas."),
		strategy("key.subject.name.strategy"),
		strategy("value.subject.name.strategy"),
		key("http.connect.timeout.ms", tasks.TypeInt, "60000", "Time limit to connect."),
		key("http.read.timeout.ms", tasks.TypeInt, "60000", "Time limit for an answer."),
		key("max.retries", tasks.TypeInt, "3", "How often a call is repeated."),
		key("retries.wait.ms", tasks.TypeInt, "1000", "Wait before the first repetition; it doubles each time."),
		key("retries.max.wait.ms", tasks.TypeInt, "20000", "Longest wait between repetitions."),
		key("value.schema.id.serializer", tasks.TypeClass, prefixSerializer, "Where the id of a value's schema is written: before the data or in a header."),
		key("key.schema.id.serializer", tasks.TypeClass, prefixSerializer, "Where the id of a key's schema is written: before the data or in a header."),
		key("value.schema.id.deserializer", tasks.TypeClass, dualDeserializer, "Where the id of a value's schema is looked for: in a header too, or before the data only."),
		key("key.schema.id.deserializer", tasks.TypeClass, dualDeserializer, "Where the id of a key's schema is looked for: in a header too, or before the data only."),
		key("proxy.host", tasks.TypeString, "", "Host of an HTTP proxy on the way to the registry."),
		key("proxy.port", tasks.TypeInt, "80", "Port of the proxy."),
	}, authKeys(), sslKeys())
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
