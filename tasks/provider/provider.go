// Package provider resolves the placeholders ${provider:[path:]key} of configurations, as Kafka's config providers do: who
// needs a value looks it up, and what is stored, leased and shown keeps the placeholder.
//
// Kafka's own providers (files, directories, the environment) are here; those of clouds are in the packages below, which
// only the binaries with that cloud's SDK have.
package provider

import (
	"context"
	"log/slog"
	"time"
)

// Provider looks up values. Safe for concurrent use.
type Provider interface {
	// Get looks up keys at a path, "" for none. Keys that are not there are left out. It may block on what it asks; an error
	// is an exception as Kafka's provider throws it, or retriable.
	Get(ctx context.Context, path string, keys []string) (Data, error)
}

// Data is what a provider found.
type Data struct {
	Values map[string]string
	// TTL is how long the values are good for; 0 for as long as the connector runs.
	TTL time.Duration
}

// Kind is a class of providers.
type Kind struct {
	// Class is the Java class by which worker properties name it.
	Class string
	// New makes one. It does not block; its error names the parameter that cannot be.
	New func(s Settings) (Provider, error)
}

// Settings is what a provider is made of.
type Settings struct {
	// Params are the properties config.providers.<name>.param.*, without that prefix.
	Params map[string]string
	// Environ is the environment, as os.Environ gives it.
	Environ []string
	Log     *slog.Logger
}

// Kafka returns the kinds that come with Kafka.
func Kafka() []Kind {
	return []Kind{{FileClass, newFile}, {DirectoryClass, newDirectory}, {EnvironmentClass, newEnvironment}}
}

// The classes of Kafka's providers.
const (
	FileClass        = "org.apache.kafka.common.config.provider.FileConfigProvider"
	DirectoryClass   = "org.apache.kafka.common.config.provider.DirectoryConfigProvider"
	EnvironmentClass = "org.apache.kafka.common.config.provider.EnvVarConfigProvider"
)
