package mirror

import (
	"fmt"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

// filter is a list of regular expressions to match and one of those not to, as topics, groups and configuration keys have.
type filter struct{ include, exclude *javaregexp.Regexp }

func newFilter(include, exclude []string) (f filter, err error) {
	if f.include, err = anyOf(include); err != nil {
		return f, err
	}
	f.exclude, err = anyOf(exclude)
	return f, err
}

// anyOf compiles the alternatives; nil when there are none.
func anyOf(patterns []string) (*javaregexp.Regexp, error) {
	text := strings.Join(patterns, "|")
	if text == "" {
		return nil, nil
	}
	re, err := javaregexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("regular expression %s: %w", text, err)
	}
	return re, nil
}

// takes reports whether the whole name matches.
func (f filter) takes(name string) bool { return matches(f.include, name) && !matches(f.exclude, name) }

// matches reports whether a pattern matches a whole name. One that takes too long does not.
func matches(re *javaregexp.Regexp, name string) bool {
	if re == nil {
		return false
	}
	ok, err := re.FullMatch(name)
	return ok && err == nil
}
