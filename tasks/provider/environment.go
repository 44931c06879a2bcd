package provider

import (
	"context"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

// environment reads environment variables; it knows no path.
type environment map[string]string

func newEnvironment(s Settings) (Provider, error) {
	admit := func(string) (bool, error) { return true, nil }
	if pattern, ok := s.Params["allowlist.pattern"]; ok {
		re, err := javaregexp.Compile(pattern)
		if err != nil {
			return nil, tasks.NewException("java.util.regex.PatternSyntaxException", "%s", err)
		}
		admit = re.FullMatch
	}
	e := environment{}
	for _, kv := range s.Environ {
		k, v, _ := strings.Cut(kv, "=")
		ok, err := admit(k)
		if err != nil {
			return nil, tasks.ConfigException("allowlist.pattern on the variable %s: %v", k, err)
		}
		if ok {
			e[k] = v
		}
	}
	return e, nil
}

// Get implements [Provider].
func (e environment) Get(_ context.Context, path string, keys []string) (Data, error) {
	if path != "" {
		return Data{}, tasks.ConfigException("Path is not supported for EnvVarConfigProvider, invalid value '%s'", path)
	}
	return Data{Values: only(e, keys)}, nil
}
