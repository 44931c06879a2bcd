package validator

import (
	"net/url"

	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

// Draft is a version of JSON Schema.
type Draft int

// The drafts.
const (
	Draft4    Draft = 4
	Draft6    Draft = 6
	Draft7    Draft = 7
	Draft2019 Draft = 2019
	Draft2020 Draft = 2020
)

// Schema is a compiled schema; safe for concurrent use. Where a field is nil, or empty, it asserts nothing.
type Schema struct {
	draft    Draft
	resource *resource
	never    bool // false as a schema

	ref, recursiveRef, dynamicRef *Schema
	recursiveAnchor               bool
	dynamicAnchor, dynamicName    string // its own name, and that by which dynamicRef is looked up

	types    []string
	enum     []string // canonical
	constant *string  // canonical

	minimum, maximum, above, below, multipleOf *number
	minLength, maxLength                       *int
	pattern                                    *javaregexp.Regexp
	patternText, formatName                    string
	format                                     func(string) bool

	prefix                    []*Schema
	items, contains           *Schema
	minItems, maxItems        *int
	minContains, maxContains  *int
	unique                    bool
	unevaluatedItems          *Schema
	properties                map[string]*Schema
	patterns                  []patternSchema
	additional, propertyNames *Schema
	minProperties             *int
	maxProperties             *int
	required                  []string
	dependentRequired         map[string][]string
	dependentSchemas          map[string]*Schema
	unevaluatedProperties     *Schema

	allOf, anyOf, oneOf    []*Schema
	not                    *Schema
	condition, then, other *Schema
}

// patternSchema is for the properties whose names a pattern is found in.
type patternSchema struct {
	pattern *javaregexp.Regexp
	schema  *Schema
}

// resource is a schema with an identifier of its own, against which references below it are resolved.
type resource struct {
	base            *url.URL
	root            any
	draft           Draft
	recursiveAnchor bool
	schema          *Schema            // of its root, once it is compiled
	dynamic         map[string]*Schema // by dynamic anchor; filled while compiling
	dynamicAt       map[string]string  // where they stand
}
