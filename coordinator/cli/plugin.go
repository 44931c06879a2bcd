package cli

import (
	"context"
	"net/url"
	"strings"
)

type key struct {
	Name       string  `json:"name"`
	Type       string  `json:"type"`
	Required   bool    `json:"required"`
	Default    *string `json:"default_value"`
	Importance string  `json:"importance"`
	Doc        string  `json:"documentation"`
}

// Plugin is the command plugin.
func Plugin(ctx context.Context, env Env, args []string) error {
	return execute(ctx, env, "plugin", []action{
		{"list", "", "all plugins: connectors, transforms, predicates, converters", 0, func(ctx context.Context, r *run, _ []string) error {
			var all []struct {
				Class   string `json:"class"`
				Type    string `json:"type"`
				Version string `json:"version"`
			}
			if err := r.client.call(ctx, "GET", "/connector-plugins?connectorsOnly=false", nil, &all); err != nil {
				return err
			}
			if r.json {
				return r.print(all)
			}
			var rows [][]string
			for _, p := range all {
				rows = append(rows, []string{p.Type, p.Class, p.Version})
			}
			return r.table("TYPE CLASS VERSION", rows)
		}},
		{"show", "CLASS", "the configuration keys of a plugin", 1, func(ctx context.Context, r *run, args []string) error {
			var keys []key
			if err := r.client.call(ctx, "GET", "/connector-plugins/"+url.PathEscape(args[0])+"/config", nil, &keys); err != nil {
				return err
			}
			if r.json {
				return r.print(keys)
			}
			var rows [][]string
			for _, k := range keys {
				def := "required"
				if k.Default != nil {
					def = *k.Default
				} else if !k.Required {
					def = "-"
				}
				doc, _, _ := strings.Cut(k.Doc, "\n")
				rows = append(rows, []string{k.Name, strings.ToLower(k.Type), strings.ToLower(k.Importance), def, doc})
			}
			return r.table("KEY TYPE IMPORTANCE DEFAULT MEANING", rows)
		}},
	}, args, nil)
}
