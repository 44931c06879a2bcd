package spooldir

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// The configuration keys, by the names of the original connectors; csv.header.normalize is our own.
const (
	topicKey          = "topic"
	inputPathKey      = "input.path"
	inputPatternKey   = "input.file.pattern"
	finishedPathKey   = "finished.path"
	errorPathKey      = "error.path"
	cleanupKey        = "cleanup.policy"
	haltKey           = "halt.on.error"
	batchSizeKey      = "batch.size"
	minimumAgeKey     = "file.minimum.age.ms"
	emptyPollKey      = "empty.poll.wait.ms"
	keySchemaKey      = "key.schema"
	valueSchemaKey    = "value.schema"
	generateKey       = "schema.generation.enabled"
	generateFieldsKey = "schema.generation.key.fields"
	generateKeyKey    = "schema.generation.key.name"
	generateValueKey  = "schema.generation.value.name"
	dateFormatsKey    = "parser.timestamp.date.formats"
	timezoneKey       = "parser.timestamp.timezone"
	headerKey         = "csv.first.row.as.header"
	caseKey           = "csv.case.sensitive.field.names"
	separatorKey      = "csv.separator.char"
	quoteKey          = "csv.quote.char"
	escapeKey         = "csv.escape.char"
	rfcKey            = "csv.rfc.4180.parser.enabled"
	blanksKey         = "csv.ignore.leading.whitespace"
	nullKey           = "csv.null.field.indicator"
	skipKey           = "csv.skip.lines"
	charsetKey        = "csv.file.charset"
	normalizeKey      = "csv.header.normalize"
)

// The cleanup policies.
const (
	cleanupNone   = "NONE"
	cleanupDelete = "DELETE"
	cleanupMove   = "MOVE"
)

func key(name string, t tasks.ConfigType, d tasks.Default, check tasks.Check, imp tasks.Importance, doc string) tasks.ConfigKey {
	return tasks.ConfigKey{Name: name, Type: t, Default: d, Check: check, Importance: imp, Doc: doc, Width: tasks.WidthNone, DisplayName: name}
}

func commonKeys() tasks.ConfigDef {
	var required tasks.Default
	text := tasks.DefaultTo
	return tasks.ConfigDef{
		key(topicKey, tasks.TypeString, required, tasks.NonEmpty, tasks.High, "The topic that takes the rows."),
		key(inputPathKey, tasks.TypeString, required, tasks.NonEmpty, tasks.High, "The directory whose files are read."),
		key(inputPatternKey, tasks.TypeString, required, isRegexp, tasks.High, "Regular expression (Go's syntax) that the whole name of a file must match to be read."),
		key(finishedPathKey, tasks.TypeString, text(""), nil, tasks.High, "The directory for files that were read to their end. Needed for cleanup.policy=MOVE; on the same file system as input.path."),
		key(errorPathKey, tasks.TypeString, text(""), nil, tasks.High, "The directory for files with a row that cannot be read. Needed for halt.on.error=false; on the same file system as input.path."),
		key(cleanupKey, tasks.TypeString, text(cleanupMove), tasks.OneOf(cleanupNone, cleanupDelete, cleanupMove), tasks.Medium,
			"What to do with a file that was read to its end: leave it (NONE), delete it (DELETE), or move it to finished.path (MOVE)."),
		key(haltKey, tasks.TypeBoolean, text("true"), nil, tasks.High, "Whether a row that cannot be read stops the task. If false, the file is moved to error.path as a whole; its rows before that one are delivered, those behind it are not."),
		key(batchSizeKey, tasks.TypeInt, text("1000"), tasks.AtLeast(1), tasks.Low, "The largest number of rows that are read at once."),
		key(minimumAgeKey, tasks.TypeLong, text("0"), tasks.AtLeast(0), tasks.Low, "Milliseconds since a file was last written before it is read. Set it when files are written in place instead of being moved into the directory."),
		key(emptyPollKey, tasks.TypeLong, text("500"), tasks.AtLeast(1), tasks.Low, "Accepted for compatibility; when to look for files again is the coordinator's decision."),
	}
}

func schemaKeys() tasks.ConfigDef {
	text := tasks.DefaultTo
	return tasks.ConfigDef{
		key(keySchemaKey, tasks.TypeString, text(""), nil, tasks.High, "The key's schema as JSON: a STRUCT of fields of the value. Without it keys are null."),
		key(valueSchemaKey, tasks.TypeString, text(""), nil, tasks.High, "The value's schema as JSON, such as {\"name\":\"Row\",\"type\":\"STRUCT\",\"fieldSchemas\":{\"id\":{\"type\":\"INT64\",\"isOptional\":true}}}. Needed unless schema.generation.enabled is true."),
		key(generateKey, tasks.TypeBoolean, text("false"), nil, tasks.Medium, "Whether to make the schema from the file: each column is an optional STRING."),
		key(generateFieldsKey, tasks.TypeList, text(""), nil, tasks.Medium, "The columns of which generated keys consist. If empty, keys are null."),
		key(generateKeyKey, tasks.TypeString, text("com.github.jcustenborder.kafka.connect.model.Key"), tasks.NonEmpty, tasks.Medium, "The name of generated key schemas."),
		key(generateValueKey, tasks.TypeString, text("com.github.jcustenborder.kafka.connect.model.Value"), tasks.NonEmpty, tasks.Medium, "The name of generated value schemas."),
		key(dateFormatsKey, tasks.TypeList, text("yyyy-MM-dd'T'HH:mm:ss,yyyy-MM-dd' 'HH:mm:ss"), nil, tasks.Low, "Patterns for Date, Time and Timestamp columns, tried in order: y M d H m s S, X or Z for the zone, and quoted text. yyyy-MM-dd for dates and HH:mm:ss for times are always known."),
		key(timezoneKey, tasks.TypeString, text("UTC"), isTimezone, tasks.Low, "The time zone of dates that do not name one."),
	}
}

func jsonKeys() tasks.ConfigDef { return append(commonKeys(), schemaKeys()...) }

func csvKeys() tasks.ConfigDef {
	text, char := tasks.DefaultTo, tasks.Between(0, 127)
	return append(jsonKeys(),
		key(headerKey, tasks.TypeBoolean, text("false"), nil, tasks.Medium, "Whether the first row holds the names of the columns. If not, the columns are the fields of value.schema in their order, or column01, column02 and so on when the schema is generated."),
		key(caseKey, tasks.TypeBoolean, text("false"), nil, tasks.Low, "Whether the header's names must match the schema's in case."),
		key(separatorKey, tasks.TypeInt, text("44"), char, tasks.Low, "The character between fields, as its ASCII number."),
		key(quoteKey, tasks.TypeInt, text("34"), char, tasks.Low, "The character around quoted fields, as its ASCII number. It is doubled inside them."),
		key(escapeKey, tasks.TypeInt, text("92"), char, tasks.Low, "The character that makes a following quote or escape character plain text, as its ASCII number; 0 for none. Before any other character it stands for itself."),
		key(rfcKey, tasks.TypeBoolean, text("false"), nil, tasks.Low, "Whether to read as RFC 4180 has it, without an escape character."),
		key(blanksKey, tasks.TypeBoolean, text("true"), nil, tasks.Low, "Whether blanks before an opening quote are ignored."),
		key(nullKey, tasks.TypeString, text("NEITHER"), tasks.OneOf(nullNeither, nullSeparators, nullQuotes, nullBoth), tasks.Low, "Which empty fields are null: those with nothing between separators, those with nothing between quotes, both, or neither. An empty field of a column that is not a STRING is null in any case."),
		key(skipKey, tasks.TypeInt, text("0"), tasks.AtLeast(0), tasks.Low, "Number of lines to skip at the beginning of each file."),
		key(charsetKey, tasks.TypeString, text("UTF-8"), nil, tasks.Low, "The files' character set: UTF-8, US-ASCII, ISO-8859-n, windows-125n or another one of single bytes."),
		key(normalizeKey, tasks.TypeBoolean, text("false"), nil, tasks.Low, "Whether to make the header's names fit for Avro: each run of characters other than A-Z, a-z, 0-9 and _ becomes one _. Mayfly's own key."),
	)
}

func isRegexp(v any) string {
	s, _ := v.(string)
	if _, err := regexp.Compile(s); err != nil {
		return "Could not compile regex: " + err.Error()
	}
	return ""
}

func isTimezone(v any) string {
	s, _ := v.(string)
	if _, err := time.LoadLocation(s); err != nil {
		return "Not a known time zone"
	}
	return ""
}

// settings is what all three connectors have in common.
type settings struct {
	topic, input, finished, failed string
	pattern                        *regexp.Regexp
	cleanup                        string
	halt                           bool
	batch                          int
	minimumAge                     time.Duration
}

func settingsOf(c tasks.Config) (settings, error) {
	pattern, err := regexp.Compile("^(?:" + c.String(inputPatternKey) + ")$")
	if err != nil {
		return settings{}, tasks.InvalidValue(inputPatternKey, c.String(inputPatternKey), err.Error())
	}
	s := settings{topic: c.String(topicKey), input: c.String(inputPathKey), finished: c.String(finishedPathKey), failed: c.String(errorPathKey),
		pattern: pattern, cleanup: c.String(cleanupKey), halt: c.Bool(haltKey), batch: int(c.Int(batchSizeKey)),
		minimumAge: time.Duration(c.Int(minimumAgeKey)) * time.Millisecond}
	if s.cleanup == cleanupMove && s.finished == "" {
		return settings{}, missing(finishedPathKey, "cleanup.policy=MOVE moves finished files there")
	}
	if !s.halt && s.failed == "" {
		return settings{}, missing(errorPathKey, "halt.on.error=false moves files with a bad row there")
	}
	return s, unsupported(c)
}

// unsupported refuses keys of the original connectors that change what is read and that are not known here: to ignore them
// would be to read something else than was asked for.
func unsupported(c tasks.Config) error {
	for _, k := range []struct{ name, neutral string }{
		{"input.path.walk.recursively", "false"}, {"csv.strict.quotes", "false"}, {"timestamp.mode", "PROCESS_TIME"},
		{"csv.ignore.quotations", "false"}, {"csv.keep.carriage.return", "false"}, {"csv.separator.string", ""},
	} {
		if v, ok := c.Props()[k.name]; ok && v != k.neutral {
			return tasks.InvalidValue(k.name, v, fmt.Sprintf("only %q is supported; remove the key", k.neutral))
		}
	}
	return nil
}

func missing(key, why string) tasks.ConfigError {
	return tasks.ConfigError{Key: key, Message: fmt.Sprintf("Missing configuration %q: %s.", key, why)}
}

func asConfigError(err error) tasks.ConfigError {
	if e, ok := errors.AsType[tasks.ConfigError](err); ok {
		return e
	}
	return tasks.ConfigError{Key: inputPathKey, Message: err.Error()}
}
