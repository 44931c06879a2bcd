package jsonschema

// kind is what a schema turned out to be, by the classes of the library that the original uses.
type kind uint8

const (
	emptyKind kind = iota
	trueKind
	falseKind
	nullKind
	booleanKind
	numberKind
	stringKind
	enumKind
	constKind
	arrayKind
	objectKind
	combinedKind
	referenceKind
	notKind
	conditionalKind
)

// class is how errors name a kind.
func (k kind) class() string {
	return "org.everit.json.schema." + [...]string{"Empty", "True", "False", "Null", "Boolean", "Number", "String", "Enum", "Const", "Array",
		"Object", "Combined", "Reference", "Not", "Conditional"}[k] + "Schema"
}

// Ways to combine schemas.
const (
	allOf = "allOf"
	anyOf = "anyOf"
	oneOf = "oneOf"
)

// schema is a loaded JSON schema. It can be cyclic through target.
type schema struct {
	kind     kind
	doc      *document // where title, default and Connect's attributes stand; nil for a part of another schema
	integer  bool      // of a number
	symbols  []*document
	how      string // of a combined one: allOf, anyOf, oneOf
	parts    []*schema
	items    *schema // of an array, nil when unknown
	fields   []property
	more     *schema // of additional properties
	target   *schema // of a reference
	required map[string]bool
}

type property struct {
	name   string
	schema *schema
}
