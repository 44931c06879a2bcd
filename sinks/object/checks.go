package object

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/jodatime"
)

// simple is the last part of a class name.
func simple(class string) string { return class[strings.LastIndexByte(class, '.')+1:] }

// className takes any class whose simple name is one of those given.
func className(names ...string) tasks.Check {
	return func(v any) string {
		if s, ok := v.(string); ok && !slices.Contains(names, simple(s)) {
			return "Class " + s + " could not be found. What is there: " + strings.Join(names, ", ")
		}
		return ""
	}
}

func formatClass(v any) string {
	return className("AvroFormat", "JsonFormat", "ByteArrayFormat", "ParquetFormat")(v)
}

func compression(v any) string {
	if s, _ := v.(string); s != "none" && s != "gzip" {
		return "Value must be one of: [none, gzip]"
	}
	return ""
}

func nullBehavior(v any) string {
	switch s, _ := v.(string); Nulls(strings.ToLower(s)) {
	case FailOnNull, IgnoreNull, WriteNull:
		return ""
	}
	return "String must be one of: ignore, fail, write"
}

func zoneName(v any) string {
	if s, _ := v.(string); s != "" {
		if _, err := jodatime.Zone(s); err != nil {
			return err.Error() + "; use a name such as Europe/Berlin or an offset such as +02:00"
		}
	}
	return ""
}

// Validate returns the mistakes that concern several of [Kin.Keys].
func (k Kin) Validate(c tasks.Config) []tasks.ConfigError {
	var errs []tasks.ConfigError
	add := func(key, reason string) { errs = append(errs, tasks.InvalidValue(key, c.String(key), reason)) }
	if c.Int(keySchedule) > 0 && c.String(keyTimezone) == "" {
		add(keyTimezone, keyTimezone+" configuration must be set when using "+keySchedule)
	}
	if Nulls(strings.ToLower(c.String(keyNulls))) == WriteNull && !c.Bool(keyStoreKeys) {
		add(keyNulls, keyStoreKeys+" must be true when it is write")
	}
	if c.String(k.keyCompression()) == "gzip" {
		errs = append(errs, k.validateGzip(c)...)
	}
	if _, err := newPartitioner(c); err != nil {
		errs = append(errs, *err)
	}
	return errs
}

// validateGzip names the formats that compress inside.
func (k Kin) validateGzip(c tasks.Config) (errs []tasks.ConfigError) {
	for _, f := range []struct{ what, format, store string }{{"", keyFormat, ""}, {"keys ", keyKeysFormat, keyStoreKeys}, {"headers ", keyHeadFormat, keyStoreHeaders}} {
		class := c.String(f.format)
		if f.store != "" && !c.Bool(f.store) || simple(class) == "JsonFormat" || simple(class) == "ByteArrayFormat" {
			continue
		}
		message := "Compression Type gzip not valid for " + f.what + "format class: ( " + class + " )."
		for _, key := range []string{f.store, k.keyCompression(), f.format} {
			if key != "" {
				errs = append(errs, tasks.ConfigError{Key: key, Message: message})
			}
		}
	}
	return errs
}
