// Package javaregexp matches with the regular expressions of java.util.regex. Patterns that RE2 can take run in linear
// time; look-around, back-references and atomic groups fall back to a backtracking engine.
//
// Not understood: possessive quantifiers and class intersections ([a&&b]); Compile refuses them rather than matching
// something else.
package javaregexp

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/dlclark/regexp2"
)

// Regexp is a compiled pattern, safe for concurrent use.
type Regexp struct {
	full, find   *regexp.Regexp // nil when only the backtracking engine takes the pattern
	full2, find2 *regexp2.Regexp
}

// Compile reads a Java pattern.
func Compile(pattern string) (*Regexp, error) {
	if err := check(pattern); err != nil {
		return nil, err
	}
	find, err := regexp.Compile(pattern)
	if err == nil {
		full, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
		return &Regexp{full: full, find: find}, err
	}
	find2, err2 := regexp2.Compile(pattern, regexp2.RE2)
	if err2 != nil {
		return nil, err
	}
	full2, err2 := regexp2.Compile(`\A(?:`+pattern+`)\z`, regexp2.RE2)
	return &Regexp{full2: full2, find2: find2}, err2
}

var repetition = regexp.MustCompile(`^\{\d+(,\d*)?\}`)

// check refuses what Go's engines read otherwise than Java: a brace that opens no repetition, and class intersections.
func check(p string) error {
	class := 0
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\' && i+1 < len(p):
			i++
			if i+1 < len(p) && p[i+1] == '{' { // \p{L}, \x{41}; \d{2} is a repetition and needs no look
				if end := strings.IndexByte(p[i:], '}'); end > 0 {
					i += end
				}
			} else if p[i] == 'Q' {
				end := strings.Index(p[i:], `\E`)
				if end < 0 {
					return nil
				}
				i += end + 1
			}
		case c == '[' && class == 0:
			class = 1
			if strings.HasPrefix(p[i+1:], "^") {
				i++
			}
			if strings.HasPrefix(p[i+1:], "]") {
				i++
			}
		case c == ']':
			class = 0
		case class > 0 && (c == '[' && !strings.HasPrefix(p[i:], "[:") || strings.HasPrefix(p[i:], "&&")):
			return fmt.Errorf("class unions and intersections are not supported near index %d", i)
		case c == '{' && class == 0 && !repetition.MatchString(p[i:]):
			return fmt.Errorf("Illegal repetition near index %d", i)
		}
	}
	return nil
}

// FullMatch reports whether the whole of s matches.
func (r *Regexp) FullMatch(s string) bool {
	if r.full != nil {
		return r.full.MatchString(s)
	}
	ok, err := r.full2.MatchString(s)
	return err == nil && ok
}

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
	m, ok := r.first(s)
	if !ok {
		return s, nil
	}
	out, err := m.expand(replacement)
	if err != nil {
		return "", err
	}
	return s[:m.from] + out + s[m.to:], nil
}

// match is one match: its bounds in bytes and the texts of its groups, 0 being the whole.
type match struct {
	from, to int
	groups   []string
	names    map[string]int
}

func (r *Regexp) first(s string) (match, bool) {
	if r.find != nil {
		at := r.find.FindStringSubmatchIndex(s)
		if at == nil {
			return match{}, false
		}
		m := match{from: at[0], to: at[1], names: map[string]int{}}
		for i, name := range r.find.SubexpNames() {
			text := ""
			if at[2*i] >= 0 {
				text = s[at[2*i]:at[2*i+1]]
			}
			m.groups = append(m.groups, text)
			m.names[name] = i
		}
		return m, true
	}
	found, err := r.find2.FindStringMatch(s)
	if err != nil || found == nil {
		return match{}, false
	}
	runes := []rune(s)
	m := match{from: len(string(runes[:found.Index])), names: map[string]int{}}
	m.to = m.from + len(found.String())
	for i, g := range found.Groups() {
		m.groups = append(m.groups, g.String())
		m.names[g.Name] = i
	}
	return m, true
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
