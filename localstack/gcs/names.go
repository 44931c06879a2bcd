package gcs

import (
	"net"
	"strings"
	"unicode/utf8"
)

// checkBucketName applies the naming rules of buckets.
func checkBucketName(name string) *apiError {
	legal := func(r rune) bool {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.'
	}
	edge := func(b byte) bool { return b != '-' && b != '_' && b != '.' }
	limit := 63
	if strings.Contains(name, ".") {
		limit = 222
	}
	ok := len(name) >= 3 && len(name) <= limit &&
		strings.IndexFunc(name, func(r rune) bool { return !legal(r) }) < 0 &&
		edge(name[0]) && edge(name[len(name)-1]) &&
		!strings.HasPrefix(name, "goog") && !strings.Contains(name, "google") && net.ParseIP(name) == nil
	for part := range strings.SplitSeq(name, ".") {
		ok = ok && part != "" && len(part) <= 63
	}
	if !ok {
		return errInvalid("Invalid bucket name: '%s'", name)
	}
	return nil
}

// checkObjectName applies the naming rules of objects.
func checkObjectName(name string) *apiError {
	switch {
	case name == "":
		return errRequired("name")
	case len(name) > 1024, !utf8.ValidString(name), strings.ContainsAny(name, "\r\n"),
		name == ".", name == "..", strings.HasPrefix(name, ".well-known/acme-challenge/"):
		return errInvalid("Invalid object name: %q", name)
	}
	return nil
}

// maxMetadata is the limit for an object's custom metadata, keys and values.
const maxMetadata = 8 << 10

func (a *attributes) check() *apiError {
	n := 0
	for k, v := range a.Metadata {
		n += len(k) + len(v)
	}
	if n > maxMetadata {
		return errInvalid("The custom metadata of %d bytes is larger than %d", n, maxMetadata)
	}
	return nil
}
