package provider

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// placeholder is Kafka's own pattern: provider, path (with its colon, and without), key.
var placeholder = regexp.MustCompile(`\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}`)

// Key is the worker property that names the providers; what defines one begins with Key + "." + its name.
const Key = "config.providers"

// Resolver replaces placeholders. Safe for concurrent use.
type Resolver struct{ providers map[string]Provider }

// New makes the providers that worker properties define. kinds are what this binary has built in. A class that other
// binaries have is an error only when it is asked for a value, one that nobody has is an error here.
func New(props map[string]string, environ []string, log *slog.Logger, kinds ...Kind) (*Resolver, error) {
	r := &Resolver{map[string]Provider{}}
	for _, name := range tasks.SplitList(props[Key]) {
		prefix := Key + "." + name
		class, ok := props[prefix+".class"]
		if !ok {
			continue // as in Connect: its placeholders stay as they are
		}
		class = strings.TrimSpace(class)
		i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Class == class })
		if i < 0 {
			family, known := elsewhere[class]
			if !known {
				e := tasks.InvalidValue(prefix+".class", class, "Could not load config provider class or one of its dependencies")
				return nil, tasks.ConfigException("%s", e.Message)
			}
			r.providers[name] = absent{name, class, family}
			continue
		}
		p, err := kinds[i].New(Settings{Params: tasks.Prefixed(props, prefix+".param."), Environ: environ, Log: log})
		if err != nil {
			return nil, fmt.Errorf("config provider %s: %w", name, err)
		}
		r.providers[name] = p
	}
	return r, nil
}

// Any reports whether a text of a configuration has the form of a placeholder.
func Any(props map[string]string) bool {
	for _, v := range props {
		if strings.Contains(v, "${") && placeholder.MatchString(v) {
			return true
		}
	}
	return false
}

// Placeholders returns the placeholders in a text.
func Placeholders(text string) []string { return placeholder.FindAllString(text, -1) }

// ref is what a placeholder points to, key aside.
type ref struct{ provider, path string }

// Resolve returns a configuration with its placeholders replaced; it leaves props alone. A placeholder of an unknown provider
// or key stays as it is; without a resolver, all stay. It may block on the providers; errors are theirs.
func (r *Resolver) Resolve(ctx context.Context, props map[string]string) (Resolved, error) {
	if r == nil {
		return Resolved{Props: props}, nil
	}
	wanted := map[ref][]string{}
	for _, v := range props {
		for _, m := range placeholder.FindAllStringSubmatch(v, -1) {
			at, key := ref{m[1], m[3]}, m[4]
			if r.providers[at.provider] != nil && !slices.Contains(wanted[at], key) {
				wanted[at] = append(wanted[at], key)
			}
		}
	}
	if len(wanted) == 0 {
		return Resolved{Props: props}, nil
	}
	out := Resolved{}
	found := map[ref]map[string]string{}
	for _, at := range slices.SortedFunc(maps.Keys(wanted), compare) {
		slices.Sort(wanted[at])
		data, err := r.providers[at.provider].Get(ctx, at.path, wanted[at])
		if err != nil {
			return Resolved{Props: props}, err
		}
		found[at] = data.Values
		out.expires(data.TTL)
	}
	out.Props = make(map[string]string, len(props))
	for k, v := range props {
		out.Props[k] = placeholder.ReplaceAllStringFunc(v, func(text string) string {
			m := placeholder.FindStringSubmatch(text)
			value, ok := found[ref{m[1], m[3]}][m[4]]
			if !ok {
				return text
			}
			out.hide(k, value, text)
			return value
		})
	}
	return out, nil
}

func compare(a, b ref) int {
	return cmp.Or(strings.Compare(a.provider, b.provider), strings.Compare(a.path, b.path))
}

// Resolved is a configuration with its placeholders replaced, and what it takes to keep the values to oneself.
type Resolved struct {
	Props map[string]string
	// TTL is when the first of the values expires; 0 for never.
	TTL time.Duration
	// mask is pairs of a text to hide and what to show instead.
	mask [][2]string
}

func (r *Resolved) expires(ttl time.Duration) {
	if ttl > 0 && (r.TTL == 0 || ttl < r.TTL) {
		r.TTL = ttl
	}
}
