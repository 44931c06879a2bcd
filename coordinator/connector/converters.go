package connector

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// converterKinds are the keys that name a converter, with what the converter is used for.
var converterKinds = []struct {
	key, use, interfaceName string
	plugin                  tasks.PluginType
}{
	{"key.converter", "key", "Converter", tasks.ConverterPluginType},
	{"value.converter", "value", "Converter", tasks.ConverterPluginType},
	{"header.converter", "header", "HeaderConverter", tasks.HeaderConverterPluginType},
}

// ConverterDef returns the keys of a converter as Connect shows them: all of Connect's own but SimpleHeaderConverter say what
// they are used for.
func ConverterDef(p tasks.Plugin) tasks.ConfigDef {
	if !ofConnect(p.Class) || p.Class == "org.apache.kafka.connect.storage.SimpleHeaderConverter" {
		return p.Config
	}
	return append(tasks.ConfigDef{{Name: "converter.type", Type: tasks.TypeString, Importance: tasks.Low, Doc: "What the converter is used for: key, value or header."}},
		p.Config...)
}

// ConverterOrder numbers the keys of a converter within their groups, from 0; those without a group have -1.
func ConverterOrder(def tasks.ConfigDef) map[string]int {
	out, next := map[string]int{}, map[string]int{}
	for _, k := range def {
		if k.Group == "" {
			out[k.Name] = -1
			continue
		}
		out[k.Name] = next[k.Group]
		next[k.Group]++
	}
	return out
}

// ofJava reports whether a class comes with every JVM, as far as its name tells: Connect finds it and says that it is no plugin.
func ofJava(class string) bool {
	name := class[strings.LastIndexByte(class, '.')+1:]
	return strings.HasPrefix(class, "java.") && name != "" && name[0] >= 'A' && name[0] <= 'Z'
}

func ofConnect(class string) bool {
	const package_ = "org.apache.kafka.connect."
	return len(class) > len(package_) && class[:len(package_)] == package_
}

// hideVersions hides the versions of the converters that the connector does not set itself.
func (r *Report) hideVersions(props map[string]string) {
	for _, c := range converterKinds {
		if _, ok := props[c.key]; !ok {
			r.Hidden[c.key+".plugin.version"] = true
		}
	}
}

// installedHere gives the keys of classes and versions the defaults and recommendations of this worker.
func (v Validator) installedHere(r *Report, props map[string]string) {
	set := func(name string, change func(k *tasks.ConfigKey)) {
		for i := range r.Def {
			if r.Def[i].Name == name {
				change(&r.Def[i])
			}
		}
	}
	version := func(key, version string) {
		set(key, func(k *tasks.ConfigKey) {
			if version != "" {
				k.Default, k.Recommended = tasks.DefaultTo(version), []string{version}
			}
		})
	}
	version(VersionKey, r.Plugin.Version)
	for _, c := range converterKinds {
		set(c.key, func(k *tasks.ConfigKey) {
			k.Recommended = names(v.of(c.plugin))
			if class := v.Defaults[c.key]; class != "" {
				k.Default = tasks.DefaultTo(class)
			}
		})
		class, given := props[c.key]
		if !given {
			class = v.Defaults[c.key]
		}
		if p, ok := v.find(c.plugin, class); ok {
			version(c.key+".plugin.version", p.Version)
			if given {
				r.Values[c.key] = p.Class
			}
		}
	}
}

// converters checks the converters that the connector sets itself, and adds their keys.
func (v Validator) converters(r *Report, props map[string]string) {
	for _, c := range converterKinds {
		class, ok := props[c.key]
		if !ok {
			continue
		}
		p, ok := v.find(c.plugin, class)
		if !ok {
			r.Errors = append(r.Errors, v.noConverter(c.key, class, c.interfaceName, r))
			continue
		}
		own := map[string]string{}
		prefix := c.key + "."
		def := ConverterDef(p)
		for _, k := range def {
			if text, ok := props[prefix+k.Name]; ok {
				own[k.Name] = text
			}
		}
		if _, ok := def.Key("converter.type"); ok {
			own["converter.type"] = c.use
			r.Values[prefix+"converter.type"] = c.use
		}
		for _, e := range def.Validate(own, "") {
			r.Errors = append(r.Errors, tasks.ConfigError{Key: prefix + e.Key, Message: e.Message})
		}
		for name, n := range ConverterOrder(def) {
			r.Order[prefix+name] = n
		}
		def = slices.Clone(def)
		slices.SortStableFunc(def, func(a, b tasks.ConfigKey) int { return bucket(a.Name, 16) - bucket(b.Name, 16) }) // a HashMap's order
		for _, k := range def {
			if k.DisplayName == "" {
				k.DisplayName = k.Name
			}
			k.Name = prefix + k.Name
			r.Def = append(r.Def, k)
		}
	}
}

func (v Validator) noConverter(key, class, interfaceName string, r *Report) tasks.ConfigError {
	for _, p := range v.Others {
		if slices.Contains(p.Names(), class) {
			r.Values[key] = p.Class
			return tasks.ConfigError{Key: key, Message: "Class class " + p.Class + " does not implement the " + interfaceName + " interface"}
		}
	}
	if ofJava(class) {
		r.Values[key] = class
		return tasks.ConfigError{Key: key, Message: "Class class " + class + " does not implement the " + interfaceName + " interface"}
	}
	r.Hidden[key+".plugin.version"] = true
	return tasks.InvalidValue(key, class, "Class "+class+" could not be found.")
}
