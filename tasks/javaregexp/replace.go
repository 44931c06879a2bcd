package javaregexp

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Errors of a replacement, with the texts of Java.
var (
	errMissingIndex = errors.New("Illegal group reference: group index is missing")
	errReference    = errors.New("Illegal group reference")
	errEscape       = errors.New("character to be escaped is missing")
)

// NoGroupError says that a replacement names a group by a number that the pattern does not have; Java throws an
// IndexOutOfBoundsException there, for everything else an IllegalArgumentException.
type NoGroupError struct{ Number int }

func (e NoGroupError) Error() string { return fmt.Sprintf("No group %d", e.Number) }

// ReplaceFirst replaces the first match in s as Java's Matcher.replaceFirst: $1 and ${name} are groups, a backslash
// takes the next character as it is. Without a match it returns s.
func (r *Regexp) ReplaceFirst(s, replacement string) (string, error) {
	if !utf8.ValidString(s) {
		s = string([]rune(s)) // as Java would have read it: the bounds of a match are those of valid text
	}
	m, ok, err := r.first(s)
	if err != nil || !ok {
		return s, err
	}
	out, err := m.expand(replacement)
	if err != nil {
		return "", err
	}
	return s[:m.from] + out + s[m.to:], nil
}

func (m match) expand(replacement string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(replacement); i++ {
		switch replacement[i] {
		case '\\':
			i++
			if i == len(replacement) {
				return "", errEscape
			}
			b.WriteByte(replacement[i])
		case '$':
			text, n, err := m.group(replacement[i+1:])
			if err != nil {
				return "", err
			}
			b.WriteString(text)
			i += n
		default:
			b.WriteByte(replacement[i])
		}
	}
	return b.String(), nil
}

// group reads the reference after a dollar sign and returns its text and its length. Further digits belong to the number
// as long as such a group exists.
func (m match) group(ref string) (string, int, error) {
	if ref == "" {
		return "", 0, errMissingIndex
	}
	if ref[0] == '{' {
		name, _, ok := strings.Cut(ref[1:], "}")
		i, known := m.names[name]
		if !ok || name == "" || !known {
			return "", 0, fmt.Errorf("No group with name {%s}", name)
		}
		return m.groups[i], len(name) + 2, nil
	}
	if ref[0] < '0' || ref[0] > '9' {
		return "", 0, errReference
	}
	n, used := int(ref[0]-'0'), 1
	if n >= len(m.groups) {
		return "", 0, NoGroupError{n}
	}
	for used < len(ref) && ref[used] >= '0' && ref[used] <= '9' && n*10+int(ref[used]-'0') < len(m.groups) {
		n, used = n*10+int(ref[used]-'0'), used+1
	}
	return m.groups[n], used, nil
}
