package javaregexp_test

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

func TestReplaceFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, pattern, in, replacement, want, err string }{
		{name: "groups by number", pattern: "(a)(b)", in: "ab", replacement: "$2$1", want: "ba"},
		{name: "group by name", pattern: "(?<x>a)b", in: "ab", replacement: "${x}c", want: "ac"},
		{name: "escaped dollar", pattern: "a", in: "a", replacement: `\$1`, want: "$1"},
		{name: "digits past the last group", pattern: "(a)", in: "a", replacement: "$12", want: "a2"},
		{name: "look-ahead", pattern: "é(?=b)", in: "aéb", replacement: "x", want: "axb"},
		{name: "no such group", pattern: "(a)", in: "a", replacement: "$2", err: "No group 2"},
		{name: "lone dollar", pattern: "a", in: "a", replacement: "$", err: "Illegal group reference: group index is missing"},
		{name: "no match", pattern: "b", in: "a", replacement: "$9", want: "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			re, err := javaregexp.Compile(c.pattern)
			if err != nil {
				t.Fatal(err)
			}
			got, err := re.ReplaceFirst(c.in, c.replacement)
			if text := errText(err); got != c.want || text != c.err {
				t.Errorf("got %q, %q, want %q, %q", got, text, c.want, c.err)
			}
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestFullMatch(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]bool{"or": false, "or.*": true, "o|orders": true, "(?!x).*": true, `\w{6}`: true} {
		re, err := javaregexp.Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := re.FullMatch("orders"); got != want {
			t.Errorf("%s: got %v, want %v", pattern, got, want)
		}
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"[", "(", "*", `\`, "a{", "x{2,1}", "[a&&b]", "a*+"} {
		if _, err := javaregexp.Compile(pattern); err == nil {
			t.Errorf("%s is accepted", pattern)
		}
	}
}
