package connector

import "github.com/mayfly-connect/mayfly/tasks"

// SinkDef returns the keys of every sink connector, in Connect's order.
func SinkDef() tasks.ConfigDef {
	return append(Common(), tasks.ConfigDef{
		{Name: TopicsKey, Type: tasks.TypeList, Default: tasks.DefaultTo(""), Importance: tasks.High, Group: commonGroup, Width: tasks.WidthLong,
			DisplayName: "Topics", Doc: "The topics to read, separated by commas."},
		{Name: TopicsRegexKey, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Check: regex, Importance: tasks.High, Group: commonGroup,
			Width: tasks.WidthLong, DisplayName: "Topics regex", Doc: "A Java regular expression for the topics to read. Either this or topics is set."},
		{Name: DeadLetterKey, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Medium, Group: errorsGroup,
			Width: tasks.WidthMedium, DisplayName: "Dead Letter Queue Topic Name", Doc: "The topic that takes records which fail; none when empty."},
		{Name: "errors.deadletterqueue.topic.replication.factor", Type: tasks.TypeShort, Default: tasks.DefaultTo("3"), Importance: tasks.Medium,
			Group: errorsGroup, Width: tasks.WidthMedium, DisplayName: "Dead Letter Queue Topic Replication Factor",
			Doc: "The replication factor with which a missing dead letter topic is created."},
		{Name: "errors.deadletterqueue.context.headers.enable", Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Medium,
			Group: errorsGroup, Width: tasks.WidthMedium, DisplayName: "Enable Error Context Headers",
			Doc: "Whether dead letters carry headers, __connect.errors.*, that tell what went wrong."},
	}...)
}

// SourceDef returns the keys of every source connector, in Connect's order.
func SourceDef() tasks.ConfigDef {
	return append(Common(), tasks.ConfigDef{
		{Name: "topic.creation.groups", Type: tasks.TypeList, Default: tasks.DefaultTo(""), Check: aliases, Importance: tasks.Low,
			Group: creationGroup, Width: tasks.WidthLong, DisplayName: "Topic Creation Groups",
			Doc: "Names for groups of topics that are created with settings of their own."},
		{Name: "exactly.once.support", Type: tasks.TypeString, Default: tasks.DefaultTo("requested"), Check: tasks.OneOfFold("REQUIRED", "REQUESTED"),
			Importance: tasks.Medium, Group: exactlyOnceGroup, Width: tasks.WidthShort, DisplayName: "Exactly once support",
			Doc: "Whether the connector may only run exactly once (required) or also otherwise (requested)."},
		{Name: "transaction.boundary", Type: tasks.TypeString, Default: tasks.DefaultTo("poll"), Check: tasks.OneOfFold("INTERVAL", "POLL", "CONNECTOR"),
			Importance: tasks.Medium, Group: exactlyOnceGroup, Width: tasks.WidthShort, DisplayName: "Transaction Boundary",
			Doc: "When a transaction ends: with each batch (poll), after a time (interval), or where the connector says (connector)."},
		{Name: "transaction.boundary.interval.ms", Type: tasks.TypeLong, Default: tasks.NullDefault, Check: tasks.AtLeast(0), Importance: tasks.Low,
			Group: exactlyOnceGroup, Width: tasks.WidthShort, DisplayName: "Transaction boundary interval",
			Doc: "Milliseconds between the ends of transactions with transaction.boundary=interval."},
		{Name: "offsets.storage.topic", Type: tasks.TypeString, Default: tasks.NullDefault, Check: tasks.NonEmpty, Importance: tasks.Low,
			Group: offsetsGroup, Width: tasks.WidthLong, DisplayName: "Offsets topic", Doc: "A topic for this connector's offsets alone."},
	}...)
}

// Place returns the place of one of Connect's own keys within its group, as REST shows it; false for other keys.
// Connect counts through the common groups, begins again for errors, and gives topics and topics.regex the same number.
func Place(key string) (int, bool) {
	for group, keys := range map[string]tasks.ConfigDef{commonGroup: Common(), errorsGroup: SinkDef(), exactlyOnceGroup: SourceDef()} {
		n := 0
		for _, k := range keys {
			if group != commonGroup && k.Group != group {
				continue
			}
			n++
			if k.Name != key || group == commonGroup && k.Group == errorsGroup {
				continue
			}
			if group == exactlyOnceGroup {
				n++ // Its first number is taken by the worker's own setting.
			}
			return n, true
		}
	}
	switch key {
	case TopicsKey, TopicsRegexKey:
		return 4, true
	case "topic.creation.groups", "offsets.storage.topic":
		return 1, true
	}
	return 0, false
}
