package tasks

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// ConnectVersion is the version of Kafka Connect that Mayfly answers for: its REST API shows it, and so do the plugins that come with Connect. Plugins
// of others show the version of the original that they were compared with.
const ConnectVersion = "4.3.1"

// PluginType is the type of a plugin in Connect's words, as GET /connector-plugins shows it.
type PluginType string

// The plugin types, in the order of Connect's listing.
const (
	SinkPluginType            PluginType = "sink"
	SourcePluginType          PluginType = "source"
	TransformationPluginType  PluginType = "transformation"
	PredicatePluginType       PluginType = "predicate"
	ConverterPluginType       PluginType = "converter"
	HeaderConverterPluginType PluginType = "header_converter"
)

// Plugin describes itself: under which Java class names users know it, and which configuration keys it takes.
type Plugin struct {
	// Class is the full Java class name that users write, which is also the plugin's name in REST.
	Class string
	Type  PluginType
	// Version as REST shows it.
	Version string
	// Inherits says that the original's definition of keys begins with those of every connector, and so hides what a worker
	// would say about them: its defaults and what it recommends.
	Inherits bool
	// Title is one line for people.
	Title  string
	Config ConfigDef
}

// Names returns all names by which a configuration may call the plugin, Connect's alias rules included: the full class
// name, the simple name, and the simple name without the type's suffix.
func (p Plugin) Names() []string {
	simple := p.Class[strings.LastIndexByte(p.Class, '.')+1:]
	names := []string{p.Class}
	for _, n := range []string{simple, strings.TrimSuffix(simple, p.suffix())} {
		if n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

func (p Plugin) suffix() string {
	switch p.Type {
	case SinkPluginType, SourcePluginType:
		return "Connector"
	case ConverterPluginType:
		return "Converter"
	case HeaderConverterPluginType:
		return "HeaderConverter"
	case TransformationPluginType:
		return "Transformation"
	default:
		return "Predicate"
	}
}

// Family groups plugins into executor binaries, so that a cold start does not pay for SDKs that it does not use.
type Family string

// The families.
const (
	// CoreFamily needs nothing but the file system.
	CoreFamily Family = "core"
	// GCSFamily needs Google Cloud Storage's client.
	GCSFamily Family = "gcs"
	// S3Family needs the client of Amazon S3.
	S3Family Family = "s3"
)

// SinkPlugin is a sink connector.
type SinkPlugin struct {
	Plugin
	Family Family
	// Cut returns the rotation policy that a configuration asks for.
	Cut func(c Config) (Cut, error)
	// Validate returns errors that concern several keys at once, beyond the ConfigDef's; nil when there are none to check.
	Validate func(c Config) []ConfigError
	// New connects. It may block on the destination; errors are of the kinds of this package.
	New func(ctx context.Context, c Config) (Sink, error)
	// Preview makes a sink that touches nothing: what it would write goes to show, piece by piece (an object, lines of a
	// file), with the name of its destination. Nil for sinks that cannot tell.
	Preview func(c Config, show func(name string, content []byte)) (Sink, error)
}

// SourcePlugin is a source connector.
type SourcePlugin struct {
	Plugin
	Family Family
	// SingleTask says that the connector has one task whatever tasks.max is.
	SingleTask bool
	Validate   func(c Config) []ConfigError
	// Deal deals the splits out to at most limit tasks, by setting their Task, and returns for each task what its
	// configuration has beyond the connector's own. Nil for connectors of which every task may read every split.
	Deal func(splits []Split, limit int) []map[string]string
	// ExactlyOnce says whether a configuration allows exactly-once delivery; nil when the connector's original does not tell.
	ExactlyOnce func(props map[string]string) bool
	// CheckOffset says what is wrong with an offset that a user sets, partition and offset as JSON, the latter nil to forget
	// it. Without it anything is taken.
	CheckOffset func(partition, offset json.RawMessage) error
	New         func(ctx context.Context, c Config) (Source, error)
}

// Plugins is what a binary has built in.
type Plugins struct {
	Sinks   []SinkPlugin
	Sources []SourcePlugin
}

// Sink finds a sink connector by any of its names.
func (p Plugins) Sink(class string) (SinkPlugin, bool) {
	i := slices.IndexFunc(p.Sinks, func(s SinkPlugin) bool { return slices.Contains(s.Names(), class) })
	if i < 0 {
		return SinkPlugin{}, false
	}
	return p.Sinks[i], true
}

// Source finds a source connector by any of its names.
func (p Plugins) Source(class string) (SourcePlugin, bool) {
	i := slices.IndexFunc(p.Sources, func(s SourcePlugin) bool { return slices.Contains(s.Names(), class) })
	if i < 0 {
		return SourcePlugin{}, false
	}
	return p.Sources[i], true
}
