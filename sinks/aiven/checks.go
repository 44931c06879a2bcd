package aiven

import (
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// challenge is where certificates are asked for; Google Cloud Storage takes no object there.
const (
	challenge = ".well-known/acme-challenge"
	acme      = "no object's name may begin with " + challenge
)

// template checks file.name.template.
func (s Store) template(v any) string {
	text, ok := v.(string)
	if !ok {
		return ""
	}
	if strings.HasPrefix(text, challenge) {
		return acme
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
		return acme
	}
	return ""
}

// Validate returns the mistakes that concern several of [Store.Keys].
func (s Store) Validate(c tasks.Config) (errs []tasks.ConfigError) {
	add := func(key, message string) { errs = append(errs, tasks.ConfigError{Key: key, Message: message}) }
	if !c.Bool(keyEnvelope) && len(fields(c)) != 1 {
		add(keyEnvelope, "Without an envelope there is room for one field: leave one in "+keyFields+", or set "+keyEnvelope+" to true")
	}
	text := c.String(keyTemplate)
	if t, err := parse(text); err == nil && text != "" {
		if g, err := group(t); err == nil && g.latest && c.Int(keyMaxRecords) > 1 {
			add(keyMaxRecords, "An object named "+text+" holds the newest record of its key: leave "+keyMaxRecords+" out, or set it to 1")
		}
	}
	return errs
}
