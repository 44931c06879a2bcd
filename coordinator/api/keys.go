package api

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/tasks"
)

type keyInfo struct {
	Name          string   `json:"name"`
	Type          string   `json:"type"`
	Required      bool     `json:"required"`
	Default       *string  `json:"default_value"`
	Importance    string   `json:"importance"`
	Documentation string   `json:"documentation"`
	Group         *string  `json:"group"`
	Order         int      `json:"order_in_group"`
	Width         string   `json:"width"`
	DisplayName   string   `json:"display_name"`
	Dependents    []string `json:"dependents"`
}

type valueInfo struct {
	Name        string   `json:"name"`
	Value       *string  `json:"value"`
	Recommended []string `json:"recommended_values"`
	Errors      []string `json:"errors"`
	Visible     bool     `json:"visible"`
}

type keyAndValue struct {
	Definition *keyInfo  `json:"definition"`
	Value      valueInfo `json:"value"`
}

type infos struct {
	Name   string        `json:"name"`
	Errors int           `json:"error_count"`
	Groups []string      `json:"groups"`
	Keys   []keyAndValue `json:"configs"`
}

const hidden = "[hidden]"

// definition shows a key; def holds the keys among which it has its place, unless order says it.
func definition(k tasks.ConfigKey, def tasks.ConfigDef, order map[string]int) keyInfo {
	out := keyInfo{k.Name, string(k.Type), k.Required(), nil, string(k.Importance), k.Doc, optional(k.Group), -1,
		string(k.Width), k.DisplayName, append([]string{}, k.Dependents...)}
	if text, ok := k.DefaultText(); ok {
		out.Default = shown(k, text)
	}
	if k.Width == "" {
		out.Width = string(tasks.WidthNone)
	}
	if k.DisplayName == "" {
		out.DisplayName = k.Name
	}
	if n, ok := order[k.Name]; ok {
		out.Order = n
	} else if n, ok := connector.Place(k.Name); ok && k.Group != "" {
		out.Order = n
	} else if k.Group != "" {
		out.Order = 0
		for _, other := range def {
			if other.Group == k.Group {
				out.Order++
			}
			if other.Name == k.Name {
				break
			}
		}
	}
	return out
}

// shown is a value as REST shows it: passwords hidden, lists without blanks.
func shown(k tasks.ConfigKey, text string) *string {
	switch {
	case k.Type == tasks.TypePassword:
		text = hidden
	case k.Type == tasks.TypeList:
		parts := strings.Split(text, ",")
		for i, p := range parts {
			parts[i] = strings.TrimSpace(p)
		}
		text = strings.Join(parts, ",")
	case k.Type == tasks.TypeBoolean:
		text = strings.ToLower(strings.TrimSpace(text))
	case !k.Untrimmed:
		text = strings.TrimSpace(text)
	}
	return &text
}

// Validation is the answer to PUT /connector-plugins/{p}/config/validate, to be written as JSON.
func Validation(r connector.Report, props map[string]string) any { return configInfos(r, props) }

func configInfos(r connector.Report, props map[string]string) infos {
	if r.Resolved != nil {
		props = r.Resolved // as in Connect
	}
	out := infos{r.Class, len(r.Errors), []string{}, []keyAndValue{}}
	for _, k := range r.Def {
		if k.Group != "" && !slices.Contains(out.Groups, k.Group) {
			out.Groups = append(out.Groups, k.Group)
		}
		d := definition(k, r.Def, r.Order)
		v := valueInfo{Name: k.Name, Recommended: append([]string{}, k.Recommended...), Errors: r.Of(k.Name), Visible: !r.Hidden[k.Name]}
		if text, ok := r.Values[k.Name]; ok {
			v.Value = &text
		} else if !unreadable(k, props) && !(k.Type == tasks.TypeClass && len(v.Errors) > 0) {
			v.Value = d.Default
			if text, ok := props[k.Name]; ok {
				v.Value = shown(k, text)
			}
		}
		out.Keys = append(out.Keys, keyAndValue{&d, v})
	}
	for _, key := range r.Unknown {
		text := props[key]
		out.Keys = append(out.Keys, keyAndValue{nil, valueInfo{key, &text, []string{}, r.Of(key), true}})
	}
	var undefined []keyAndValue
	for _, e := range r.Errors {
		named := func(k keyAndValue) bool { return k.Value.Name == e.Key }
		if !slices.ContainsFunc(out.Keys, named) && !slices.ContainsFunc(undefined, named) {
			undefined = append(undefined, keyAndValue{nil, valueInfo{e.Key, nil, []string{}, r.Of(e.Key), true}})
		}
	}
	out.Keys = append(undefined, out.Keys...)
	if r.Mask != nil {
		out.mask(r.Mask)
	}
	return out
}

// mask hides values of placeholders, which also stand in the names of keys and groups where they are aliases.
func (i *infos) mask(hide func(string) string) {
	i.Name = hide(i.Name)
	each := func(texts []string) {
		for n := range texts {
			texts[n] = hide(texts[n])
		}
	}
	each(i.Groups)
	for n := range i.Keys {
		k := &i.Keys[n]
		for _, text := range []*string{k.Value.Value, &k.Value.Name} {
			if text != nil {
				*text = hide(*text)
			}
		}
		each(k.Value.Recommended)
		if d := k.Definition; d != nil {
			d.Name, d.DisplayName, d.Documentation = hide(d.Name), hide(d.DisplayName), hide(d.Documentation)
			each(d.Dependents)
			for _, text := range []*string{d.Group, d.Default} {
				if text != nil {
					*text = hide(*text)
				}
			}
		}
	}
}

// unreadable reports whether the value is not of the key's type, which REST shows as null.
func unreadable(k tasks.ConfigKey, props map[string]string) bool {
	k.Check, k.Validator, k.Distinct = nil, nil, false
	_, err := k.Parse(props)
	return err != nil
}
