package api

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/tasks"
)

func (s *server) pluginRoutes() {
	s.on("GET", "/connector-plugins", s.plugins)
	s.on("GET", "/connector-plugins/{p}/config", s.pluginConfig)
	s.on("PUT", "/connector-plugins/{p}/config/validate", s.validate)
}

type pluginInfo struct {
	Class   string `json:"class"`
	Type    string `json:"type"`
	Version string `json:"version,omitempty"`
}

// pluginTypes are in the order in which they are listed.
var pluginTypes = []tasks.PluginType{tasks.SinkPluginType, tasks.SourcePluginType, tasks.TransformationPluginType, tasks.PredicatePluginType,
	tasks.ConverterPluginType, tasks.HeaderConverterPluginType}

func (s *server) plugins(_ http.ResponseWriter, c call) (int, any, error) {
	all := s.connectorPlugins()
	if !flag(c.Request, "connectorsOnly", true) {
		all = append(all, s.OtherPlugins...)
	}
	slices.SortStableFunc(all, func(a, b tasks.Plugin) int {
		return cmp.Or(slices.Index(pluginTypes, a.Type)-slices.Index(pluginTypes, b.Type), strings.Compare(a.Class, b.Class))
	})
	out := []pluginInfo{}
	for _, p := range all {
		out = append(out, pluginInfo{p.Class, string(p.Type), p.Version})
	}
	return http.StatusOK, out, nil
}

func (s *server) connectorPlugins() []tasks.Plugin {
	var out []tasks.Plugin
	for _, p := range s.Plugins.Sinks {
		out = append(out, p.Plugin)
	}
	for _, p := range s.Plugins.Sources {
		out = append(out, p.Plugin)
	}
	return out
}

func (s *server) pluginConfig(_ http.ResponseWriter, c call) (int, any, error) {
	name := c.path["p"]
	all := append(s.connectorPlugins(), s.OtherPlugins...)
	i := slices.IndexFunc(all, func(p tasks.Plugin) bool { return slices.Contains(p.Names(), name) })
	if i < 0 && strings.HasPrefix(name, "java.") {
		return 0, nil, statusError{http.StatusInternalServerError, "Instantiation error"}
	}
	if i < 0 {
		return 0, nil, notFound("Unknown plugin %s.", name)
	}
	p := all[i]
	if v := c.URL.Query().Get("version"); v != "" && v != p.Version {
		return 0, nil, badRequest("%s", connector.WrongVersion(p, v))
	}
	keys, order := slices.Clone(p.Config), map[string]int{}
	var framework tasks.ConfigDef
	switch p.Type {
	case tasks.SinkPluginType:
		framework = connector.SinkDef()
	case tasks.SourcePluginType:
		framework = connector.SourceDef()
	case tasks.ConverterPluginType, tasks.HeaderConverterPluginType:
		keys = connector.ConverterDef(p)
		order = connector.ConverterOrder(keys)
	}
	if p.Inherits {
		keys = append(connector.Common(), keys...)
	}
	defined := keys
	for _, k := range framework {
		if k.Name == connector.VersionKey && p.Version != "" {
			k.Default = tasks.DefaultTo(p.Version)
		}
		if _, ok := defined.Key(k.Name); !ok {
			keys = append(keys, k)
		}
	}
	out := []keyInfo{}
	for _, k := range keys {
		out = append(out, definition(k, keys, order))
	}
	return http.StatusOK, out, nil
}

func (s *server) validate(_ http.ResponseWriter, c call) (int, any, error) {
	config, err := configBody(c.body)
	if err != nil {
		return 0, nil, err
	}
	asked := c.path["p"]
	if class := config[connector.ClassKey]; class != nil && !strings.HasSuffix(bare(*class), bare(asked)) {
		return 0, nil, badRequest("Included connector type %s does not match request type %s", *class, asked)
	}
	props, _, report, err := s.check(config)
	if err != nil {
		e := tasks.AsException(err)
		return 0, nil, fmt.Errorf("%s: %s", e.Class, e.Error()) // as Java prints what broke off the validation
	}
	if report.ClassError != "" {
		return 0, nil, fmt.Errorf("org.apache.kafka.connect.runtime.rest.errors.BadRequestException: %s", report.Message())
	}
	return http.StatusOK, configInfos(report, props), nil
}

func bare(class string) string { return strings.TrimSuffix(class, "Connector") }
