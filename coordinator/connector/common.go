package connector

import (
	"fmt"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Keys that other parts read as well.
const (
	NameKey        = "name"
	ClassKey       = "connector.class"
	VersionKey     = "connector.plugin.version"
	TopicsKey      = "topics"
	TopicsRegexKey = "topics.regex"
	DeadLetterKey  = "errors.deadletterqueue.topic.name"
)

// The groups, in Connect's words.
const (
	commonGroup      = "Common"
	transformsGroup  = "Transforms"
	predicatesGroup  = "Predicates"
	errorsGroup      = "Error Handling"
	creationGroup    = "Topic Creation"
	exactlyOnceGroup = "Exactly Once Support"
	offsetsGroup     = "offsets.topic"
)

// Common returns the keys that every connector has, as they are without a worker.
func Common() tasks.ConfigDef {
	def := tasks.ConfigDef{
		{Name: NameKey, Type: tasks.TypeString, Check: name, Importance: tasks.High, Group: commonGroup, Width: tasks.WidthMedium,
			DisplayName: "Connector name", Doc: "The connector's name, unique in the cluster."},
		{Name: ClassKey, Type: tasks.TypeString, Importance: tasks.High, Group: commonGroup, Width: tasks.WidthLong,
			DisplayName: "Connector class", Doc: "The class of the connector: its full name, its simple name, or that without \"Connector\"."},
		version(VersionKey, "Connector version", tasks.Medium, tasks.WidthMedium),
		{Name: "tasks.max", Type: tasks.TypeInt, Default: tasks.DefaultTo("1"), Check: tasks.AtLeast(1), Importance: tasks.High,
			Group: commonGroup, Width: tasks.WidthShort, DisplayName: "Tasks max", Doc: "The largest number of tasks at a time."},
		{Name: "tasks.max.enforce", Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low, Group: commonGroup,
			Width: tasks.WidthShort, DisplayName: "Enforce tasks max", Doc: "(Deprecated) Whether more tasks than tasks.max fail the connector."},
	}
	for _, c := range []struct{ key, title, doc string }{
		{"key.converter", "Key converter", "The format of record keys in Kafka; the cluster's when absent."},
		{"value.converter", "Value converter", "The format of record values in Kafka; the cluster's when absent."},
		{"header.converter", "Header converter", "The format of header values in Kafka; the cluster's when absent."},
	} {
		def = append(def, tasks.ConfigKey{Name: c.key, Type: tasks.TypeClass, Default: tasks.NullDefault, Importance: tasks.Low,
			Group: commonGroup, Width: tasks.WidthShort, DisplayName: c.title + " class", Doc: c.doc},
			version(c.key+".plugin.version", c.title+" version", tasks.Low, tasks.WidthShort))
	}
	return append(def, append(tasks.ConfigDef{
		{Name: "transforms", Type: tasks.TypeList, Default: tasks.DefaultTo(""), Check: aliases, Importance: tasks.Low, Group: transformsGroup,
			Width: tasks.WidthLong, DisplayName: "Transforms", Doc: "Names for the transforms that records pass, in their order."},
		{Name: "predicates", Type: tasks.TypeList, Default: tasks.DefaultTo(""), Check: aliases, Importance: tasks.Low, Group: predicatesGroup,
			Width: tasks.WidthLong, DisplayName: "Predicates", Doc: "Names for the predicates that transforms refer to."},
		{Name: "config.action.reload", Type: tasks.TypeString, Default: tasks.DefaultTo("restart"), Check: tasks.OneOf("none", "restart"),
			Importance: tasks.Low, Group: commonGroup, Width: tasks.WidthMedium, DisplayName: "Reload Action",
			Doc: "What happens when a value from a configuration provider expires: restart, or none."},
	}, errorKeys()...)...)
}

func errorKeys() tasks.ConfigDef {
	key := func(name, title string, t tasks.ConfigType, def string, w tasks.Width, check tasks.Check, doc string) tasks.ConfigKey {
		return tasks.ConfigKey{Name: name, Type: t, Default: tasks.DefaultTo(def), Check: check, Importance: tasks.Medium,
			Group: errorsGroup, Width: w, DisplayName: title, Doc: doc}
	}
	return tasks.ConfigDef{
		key("errors.retry.timeout", "Retry Timeout for Errors", tasks.TypeLong, "0", tasks.WidthMedium, nil,
			"For how many milliseconds a failed operation is tried again: 0 for not at all, -1 without end."),
		key("errors.retry.delay.max.ms", "Maximum Delay Between Retries for Errors", tasks.TypeLong, "60000", tasks.WidthMedium, nil,
			"The longest pause between two tries, in milliseconds."),
		key("errors.tolerance", "Error Tolerance", tasks.TypeString, "none", tasks.WidthShort, tasks.OneOf("none", "all"),
			"Whether a bad record fails its task (none) or is skipped (all)."),
		key("errors.log.enable", "Log Errors", tasks.TypeBoolean, "false", tasks.WidthShort, nil, "Whether tolerated errors are logged too."),
		key("errors.log.include.messages", "Log Error Details", tasks.TypeBoolean, "false", tasks.WidthShort, nil,
			"Whether the log names the record that failed."),
	}
}

func version(key, title string, importance tasks.Importance, width tasks.Width) tasks.ConfigKey {
	return tasks.ConfigKey{Name: key, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: importance, Group: commonGroup,
		Width: width, DisplayName: title, Doc: "The plugin's version; the installed one when absent."}
}

func name(v any) string {
	s, ok := v.(string)
	if ok && s == "" {
		return "String may not be empty"
	}
	var codes []string
	for _, r := range s {
		if r < 0x20 || r == 0x7f {
			codes = append(codes, fmt.Sprint(r))
		}
	}
	if codes == nil {
		return ""
	}
	return "String may not contain control sequences but had the following ASCII chars: " + strings.Join(codes, ", ")
}

func aliases(v any) string {
	seen := map[string]bool{}
	list, _ := v.([]string)
	for _, a := range list {
		if seen[a] {
			return "Duplicate alias provided."
		}
		seen[a] = true
	}
	return ""
}
