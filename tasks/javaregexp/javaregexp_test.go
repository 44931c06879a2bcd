package javaregexp_test

import (
	"strings"
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

// TestFullMatch has what java.util.regex of Java 17 answers.
func TestFullMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"or", "orders", false}, {"or.*", "orders", true}, {"o|orders", "orders", true}, {"(?!x).*", "orders", true}, {`\w{6}`, "orders", true},
		{"^orders$", "orders", true}, {"orders$", "orders\n", false}, {"(?s)orders$.", "orders\n", true}, {"a.b", "a\u0085b", false},
		{"o++rders", "orders", true}, {"o*+o", "ooo", false}, {"(?>a|ab)c", "abc", false}, {"[a-z&&[^aeiou]]+", "bcd", true},
		{"[a-z&&[^aeiou]]+", "bad", false}, {"[a[bc]]+", "abc", true}, {"[^a-c&&b-d]", "d", true}, {"[^a-c&&b-d]", "b", false},
		{`\p{Alpha}+`, "aé", false}, {`(?U)\p{Alpha}+`, "aé", true}, {`\p{IsLatin}+`, "aé", true}, {`\p{Lu}`, "É", true},
		{`\p{javaLowerCase}`, "é", true}, {"(?i)É", "é", false}, {"(?iu)É", "é", true}, {`\Qa.b\E+`, "a.bb", true}, {`(a)\1`, "aa", true},
		{`(?<x>a)\k<x>`, "aa", true}, {`\2(a)`, "a", false}, {"(?x) a b # c", "ab", true}, {`\x{1F600}`, "😀", true}, {`\uD83D\uDE00`, "😀", true},
		{`a\b.*`, "aé", false}, {`(?<=a)b|ab`, "ab", true}, {`\R`, "\r\n", true}, {"[]a]+", "]a", true}, {"a{2}{3}", "aa", true},
		{`\07`, "\a", true}, {`\cA`, "\x01", true}, {"}]", "}]", true}, {"(?i:A)b", "ab", true}, {"(?i)a(?-i)B", "AB", true},
	} {
		re, err := javaregexp.Compile(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got, err := re.FullMatch(c.text); got != c.want || err != nil {
			t.Errorf("%s matches %q: %v, %v, want %v", c.pattern, c.text, got, err, c.want)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"d", "orders", true}, {"^d", "orders", false}, {"rs$", "orders", true}, {"(?<=r)s", "orders", true}, {"(?<=e)s", "orders", false}, {"", "", true},
	} {
		re, err := javaregexp.Compile(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got, err := re.Find(c.text); got != c.want || err != nil {
			t.Errorf("%s in %q: %v, %v, want %v", c.pattern, c.text, got, err, c.want)
		}
	}
}

func TestGivesUp(t *testing.T) {
	t.Parallel()
	re, err := javaregexp.Compile(`(?!x)(a|aa)*c`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := re.FullMatch(strings.Repeat("a", 60) + "cd"); err == nil {
		t.Error("a match without end found one")
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"[": "Unclosed character class near index 0\n[\n^", "(": "Unclosed group near index 1\n(",
		"*": "Dangling meta character '*' near index 0\n*\n^", `\`: "Unexpected internal error near index 1\n\\",
		"a{": "Illegal repetition near index 2\na{", "x{2,1}": "Illegal repetition range near index 5\nx{2,1}\n     ^",
		"(?<1>a)": "capturing group name does not start with a Latin letter near index 3\n(?<1>a)\n   ^",
		"a)":      "Unmatched closing ')' near index 0\na)\n^", `\y`: "Illegal/unsupported escape sequence near index 1\n\\y\n ^",
		"(?<=a*)b": "Look-behind group does not have an obvious maximum length near index 6\n(?<=a*)b\n      ^",
		"[b-a]":    "Illegal character range near index 3\n[b-a]\n   ^", "(?<a>x)(?<a>y)": "Named capturing group <a> is already defined near index 11\n(?<a>x)(?<a>y)\n           ^",
		`\p{Nope}`: "Unknown character property name {Nope} near index 7\n\\p{Nope}\n       ^", "a**": "Dangling meta character '*' near index 2\na**\n  ^",
	} {
		if _, err := javaregexp.Compile(pattern); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", pattern, err, want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"a*+", "[a&&[^b]]", `(?<n>a)\k<n>`, "(?x) a #", `\Qa`, "(?iu)[a-é]{2,}?$"} {
		f.Add(s, "orders")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := javaregexp.Compile(pattern)
		if err != nil || len(text) > 20 {
			return
		}
		if _, err := re.ReplaceFirst(text, "$0"); err == nil {
			_, _ = re.FullMatch(text) // It may take too long, but never panics.
		}
	})
}
