package aiven

import (
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

const challenge = ".well-known/acme-challenge"

// template checks file.name.template.
func (s Store) template(v any) string {
	text, ok := v.(string)
	if !ok {
		return ""
	}
	if strings.HasPrefix(text, challenge) {
		return "cannot start with '" + challenge + "'"
	}
	t, err := parse(text)
	if err == nil && s == GCS {
		err = t.strict()
	}
	if err == nil {
		err = t.checkUnits()
	}
	if err == nil {
		_, err = group(t)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func prefixTemplate(v any) string {
	text, _ := v.(string)
	t, err := parse(text)
	if err == nil {
		err = t.checkUnits()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func namePrefix(v any) string {
	switch s, _ := v.(string); {
	case len(s) > 1024:
		return "cannot be longer than 1024 characters"
	case strings.HasPrefix(s, challenge):
		return "cannot start with '" + challenge + "'"
	}
	return ""
}

// Validate returns the mistakes that concern several of [Store.Keys].
func (s Store) Validate(c tasks.Config) (errs []tasks.ConfigError) {
	add := func(key, message string) { errs = append(errs, tasks.ConfigError{Key: key, Message: message}) }
	if !c.Bool(keyEnvelope) && len(fields(c)) != 1 {
		add(keyEnvelope, "When "+keyEnvelope+" is false, "+keyFields+" must contain only one field")
	}
	text := c.String(keyTemplate)
	if t, err := parse(text); err == nil && text != "" {
		if g, err := group(t); err == nil && g.latest && c.Int(keyMaxRecords) > 1 {
			add(keyMaxRecords, "When "+keyTemplate+" is "+text+", "+keyMaxRecords+" must be either 1 or not set")
		}
	}
	return errs
}
