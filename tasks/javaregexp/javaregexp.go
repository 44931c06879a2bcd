// Package javaregexp matches with the regular expressions of java.util.regex. A pattern is read by Java's rules and written
// anew for one of two engines: Go's own, which runs in linear time, and a backtracking one for look-around,
// back-references, atomic groups and possessive quantifiers, which gives up after [Patience].
//
// Not understood, and refused by Compile: \X, \N{name}, and Unicode blocks such as \p{InGreek}.
package javaregexp

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// Patience is for how long the backtracking engine looks for a match.
const Patience = time.Second

// Regexp is a compiled pattern, safe for concurrent use.
type Regexp struct {
	pattern      string
	names        map[string]int // of groups
	full, find   *regexp.Regexp // nil when only the backtracking engine takes the pattern
	full2, find2 *regexp2.Regexp
	exact        *Regexp // for texts that are not plain, when that makes a difference
}

// Compile reads a Java pattern. The error has Java's text, in most cases.
func Compile(pattern string) (*Regexp, error) {
	t, err := translate(pattern, true)
	if err != nil {
		return nil, err
	}
	r, err := compile(t)
	if err != nil || !t.matters {
		return r, err
	}
	if t, err = translate(pattern, false); err == nil {
		r.exact, err = compile(t)
	}
	return r, err
}

func compile(t *translator) (*Regexp, error) {
	r := &Regexp{pattern: t.pattern, names: t.names}
	whole := `\A(?:` + t.out + `)\z`
	var err error
	if !t.backtracks {
		if r.find, err = regexp.Compile(t.out); err == nil {
			r.full, err = regexp.Compile(whole)
		}
		if err == nil {
			return r, nil
		}
		r.full, r.find = nil, nil // Go's engine refuses what grows too large for it.
	}
	if r.find2, err = regexp2.Compile(t.out, regexp2.RE2); err != nil {
		return nil, err
	}
	if r.full2, err = regexp2.Compile(whole, regexp2.RE2); err != nil {
		return nil, err
	}
	r.find2.MatchTimeout, r.full2.MatchTimeout = Patience, Patience
	return r, nil
}

// of returns the expression for a text.
func (r *Regexp) of(s string) *Regexp {
	if r.exact != nil && strings.IndexFunc(s, func(c rune) bool { return c >= 0x80 || c == '\n' || c == '\r' }) >= 0 {
		return r.exact
	}
	return r
}

// FullMatch reports whether the whole of s matches. An error says that finding out takes too long.
func (r *Regexp) FullMatch(s string) (bool, error) {
	r = r.of(s)
	if r.full != nil {
		return r.full.MatchString(s), nil
	}
	ok, err := r.full2.MatchString(s)
	if err != nil {
		return false, r.tooLong(s)
	}
	return ok, nil
}

// Find reports whether the pattern matches anywhere in s. An error says that finding out takes too long.
func (r *Regexp) Find(s string) (bool, error) {
	r = r.of(s)
	if r.find != nil {
		return r.find.MatchString(s), nil
	}
	ok, err := r.find2.MatchString(s)
	if err != nil {
		return false, r.tooLong(s)
	}
	return ok, nil
}

func (r *Regexp) tooLong(s string) error {
	return fmt.Errorf("matching %q with the pattern %s takes more than %s", s, r.pattern, Patience)
}

// match is one match: its bounds in bytes and the texts of its groups, 0 being the whole.
type match struct {
	from, to int
	groups   []string
	names    map[string]int
}

// first finds the first match.
func (r *Regexp) first(s string) (m match, ok bool, err error) {
	r = r.of(s)
	m.names = r.names
	if r.find != nil {
		at := r.find.FindStringSubmatchIndex(s)
		if at == nil {
			return m, false, nil
		}
		m.from, m.to = at[0], at[1]
		for i := 0; i < len(at); i += 2 {
			text := ""
			if at[i] >= 0 {
				text = s[at[i]:at[i+1]]
			}
			m.groups = append(m.groups, text)
		}
		return m, true, nil
	}
	found, err := r.find2.FindStringMatch(s)
	if err != nil {
		return m, false, r.tooLong(s)
	}
	if found == nil {
		return m, false, nil
	}
	m.from = len(string([]rune(s)[:found.Index]))
	m.to = m.from + len(found.String())
	for _, g := range found.Groups() {
		m.groups = append(m.groups, g.String())
	}
	return m, true, nil
}
