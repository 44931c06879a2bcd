package api

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/tasks"
)

// withDefaults gives keys the defaults that hold in this worker: the installed version of the connector, and others by name.
func withDefaults(def tasks.ConfigDef, p tasks.Plugin, others map[string]string) tasks.ConfigDef {
	def = slices.Clone(def)
	for i, k := range def {
		if text, ok := others[k.Name]; ok {
			def[i].Default = tasks.DefaultTo(text)
		} else if k.Name == connector.VersionKey && p.Version != "" {
			def[i].Default = tasks.DefaultTo(p.Version)
		}
	}
	return def
}

// recommended offers, for converters and versions, what is installed. It changes def.
func (s *server) recommended(def tasks.ConfigDef) tasks.ConfigDef {
	for i, k := range def {
		switch k.Name {
		case "key.converter", "value.converter":
			def[i].Recommended = s.classes(tasks.ConverterPluginType)
		case "header.converter":
			def[i].Recommended = s.classes(tasks.HeaderConverterPluginType)
		default:
			if installed, ok := k.DefaultText(); ok && strings.HasSuffix(k.Name, ".plugin.version") {
				def[i].Recommended = []string{installed}
			}
		}
	}
	return def
}

func (s *server) classes(t tasks.PluginType) []string {
	var out []string
	for _, p := range s.OtherPlugins {
		if p.Type == t {
			out = append(out, p.Class)
		}
	}
	slices.Sort(out)
	return out
}
