package aiven

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The variables of templates.
const (
	varKey         = "key"
	varTopic       = "topic"
	varPartition   = "partition"
	varStartOffset = "start_offset"
	varTimestamp   = "timestamp"
	varUTCDate     = "utc_date"
	varLocalDate   = "local_date"
)

// template is a text with variables in double braces, each perhaps with a parameter.
type template struct {
	text  string
	parts []part
}

// part is literal text, or a variable with the text it stands for if nothing is known for it.
type part struct {
	variable, parameter, value string
	text                       string
}

var (
	variablePattern  = regexp.MustCompile(`\{\{\s*(\w+)?(:?)([\w=]+)?\s*\}\}`)
	parameterPattern = regexp.MustCompile(`^(\w+)?=?(\w+)?`)
	oldYearPattern   = regexp.MustCompile(`\{\{\s*timestamp\s*:\s*unit\s*=\s*YYYY\s*\}\}`)
)

// parse reads a template. YYYY, an old word for the year, is taken for yyyy.
func parse(text string) (*template, error) {
	text = oldYearPattern.ReplaceAllStringFunc(text, func(s string) string { return strings.Replace(s, "YYYY", "yyyy", 1) })
	t := &template{text: text}
	at := 0
	for _, m := range variablePattern.FindAllStringSubmatchIndex(text, -1) {
		group := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return text[m[2*n]:m[2*n+1]]
		}
		p := part{variable: group(1), text: group(0)}
		if p.variable == "" {
			return nil, fmt.Errorf("Variable name hasn't been set for template: %s", text)
		}
		if group(2) == ":" && group(3) == "" {
			return nil, fmt.Errorf("Wrong variable with parameter definition")
		}
		if def := group(3); def != "" {
			var err error
			if p.parameter, p.value, err = parameter(p.variable, def); err != nil {
				return nil, err
			}
		}
		t.parts = append(t.parts, part{text: text[at:m[0]]}, p)
		at = m[1]
	}
	t.parts = append(t.parts, part{text: text[at:]})
	t.parts = slices.DeleteFunc(t.parts, func(p part) bool { return p.variable == "" && p.text == "" })
	return t, nil
}

func parameter(variable, def string) (name, value string, err error) {
	m := parameterPattern.FindStringSubmatch(def)
	switch {
	case m[1] == "":
		err = fmt.Errorf("Parameter name for variable `%s` has not been set", variable)
	case m[2] == "":
		err = fmt.Errorf("Parameter value for variable `%s` and parameter `%s` has not been set", variable, m[1])
	}
	return m[1], m[2], err
}

// variables returns the names of the variables, each once.
func (t *template) variables() (out []string) {
	for _, p := range t.parts {
		if p.variable != "" && !slices.Contains(out, p.variable) {
			out = append(out, p.variable)
		}
	}
	return out
}

// has reports whether a variable is there.
func (t *template) has(variable string) bool { return slices.Contains(t.variables(), variable) }

// checkUnits refuses times without a unit that can be written.
func (t *template) checkUnits() error {
	for _, p := range t.parts {
		switch {
		case p.variable != varTimestamp || slices.Contains(units, p.value):
		case p.value == "":
			return fmt.Errorf("parameter unit is required for the the variable timestamp, supported values are: %s", strings.Join(units, "|"))
		default:
			return errParameters
		}
	}
	return nil
}

// units are the parts of a time that a name can have.
var units = []string{"yyyy", "MM", "dd", "HH"}

var errParameters = fmt.Errorf("unsupported set of template variables parameters, supported sets are: " +
	"partition:padding=true|false,start_offset:padding=true|false,timestamp:unit=yyyy|MM|dd|HH")

// strict refuses unknown variables, and parameters that a variable does not have, as only the sink for GCS does.
func (t *template) strict() error {
	for _, p := range t.parts {
		switch {
		case p.variable == "":
		case !slices.Contains([]string{varTopic, varPartition, varStartOffset, varTimestamp, varKey}, p.variable):
			return fmt.Errorf("unsupported set of template variables, supported sets are: %s", supportedSets)
		case p.parameter == "":
		case p.variable == varPartition || p.variable == varStartOffset:
			if p.parameter != "padding" || p.value != "true" && p.value != "false" {
				return errParameters
			}
		case p.variable == varTimestamp && p.parameter != "unit":
			return errParameters
		}
	}
	return nil
}
