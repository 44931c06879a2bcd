package javaregexp

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// escape reads what follows a backslash, outside of a class.
func (t *translator) escape() (node, error) {
	if t.i >= len(t.in) {
		t.i++
		return node{}, t.fail("Unexpected internal error")
	}
	r := t.in[t.i]
	t.i++
	switch r {
	case 'A', 'G': // Matching begins at the start.
		return node{text: `\A`}, nil
	case 'z':
		return node{text: `\z`}, nil
	case 'Z':
		return t.lineEnd(false), nil
	case 'b', 'B':
		return t.wordEnd(r), nil
	case 'R':
		ends := lineEnds.union(runes("\v\f")).String()
		if t.matters = true; t.plain {
			return node{ends, 1}, nil
		}
		t.backtracks = true
		return node{`(?>\r\n|` + ends + `)`, 2}, nil
	case 'k':
		return t.namedReference()
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		n := int(r - '0')
		for t.i < len(t.in) && isDigit(t.in[t.i]) && n*10+int(t.in[t.i]-'0') <= t.groups {
			n, t.i = n*10+int(t.in[t.i]-'0'), t.i+1
		}
		return t.reference(n), nil
	}
	t.i--
	s, single, err := t.classEscape()
	if err != nil {
		return node{}, err
	}
	if s == nil {
		return t.literal(single), nil
	}
	return node{s.String(), 1}, nil
}

// wordEnd is \b or \B.
func (t *translator) wordEnd(r rune) node {
	if t.matters = true; t.plain {
		return node{text: `\` + string(r)}
	}
	t.backtracks = true
	w := table(unicode.L).union(table(unicode.Nd), runes("_")).String()
	if r == 'B' {
		return node{text: `(?:(?<=` + w + `)(?=` + w + `)|(?<!` + w + `)(?!` + w + `))`}
	}
	return node{text: `(?:(?<=` + w + `)(?!` + w + `)|(?<!` + w + `)(?=` + w + `))`}
}

func (t *translator) namedReference() (node, error) {
	if !t.takeText("<") {
		t.i++
		return node{}, t.fail(`\k is not followed by '<' for named capturing group`)
	}
	name, err := t.groupName()
	if err != nil {
		return node{}, err
	}
	n, ok := t.names[name]
	if !ok {
		return node{}, t.fail("named capturing group <%s> does not exist", name)
	}
	return t.reference(n), nil
}

// reference is the text of an earlier group; one that there is not yet never matches.
func (t *translator) reference(n int) node {
	t.backtracks = true
	switch {
	case n > t.groups:
		return node{"(?!)", unbounded}
	case t.flags.fold:
		return node{`(?i:\` + strconv.Itoa(n) + `)`, unbounded}
	}
	return node{`(?:\` + strconv.Itoa(n) + `)`, unbounded}
}

// classEscape reads an escape that may stand in a class: a predefined class, or a single character when s is nil.
func (t *translator) classEscape() (s set, single rune, err error) {
	if t.i >= len(t.in) {
		t.i++
		return nil, 0, t.fail("Unexpected internal error")
	}
	r := t.in[t.i]
	t.i++
	switch r {
	case 'd', 's', 'w', 'h', 'v':
		return t.class(r), 0, nil
	case 'D', 'S', 'W', 'H', 'V':
		return t.class(r + 32).not(), 0, nil
	case 'p', 'P':
		s, err := t.propertyEscape(r == 'P')
		return s, 0, err
	case 't':
		return nil, '\t', nil
	case 'n':
		return nil, '\n', nil
	case 'r':
		return nil, '\r', nil
	case 'f':
		return nil, '\f', nil
	case 'a':
		return nil, 7, nil
	case 'e':
		return nil, 27, nil
	case 'c':
		if t.i >= len(t.in) {
			return nil, 0, t.fail("Illegal control escape sequence")
		}
		t.i++
		return nil, t.in[t.i-1] ^ 64, nil
	case '0':
		return t.octal()
	case 'x':
		return t.hexadecimal()
	case 'u':
		return t.utf16()
	}
	if isLetter(r) || isDigit(r) {
		return nil, 0, t.fail("Illegal/unsupported escape sequence")
	}
	return nil, r, nil
}

func (t *translator) octal() (set, rune, error) {
	n, digits := rune(0), 0
	for digits < 3 && t.i < len(t.in) && t.in[t.i] >= '0' && t.in[t.i] <= '7' && (digits < 2 || n <= 0o37) {
		n, digits, t.i = n*8+t.in[t.i]-'0', digits+1, t.i+1
	}
	if digits == 0 {
		return nil, 0, t.fail("Illegal octal escape sequence")
	}
	return nil, n, nil
}

func (t *translator) hexadecimal() (set, rune, error) {
	if t.takeText("{") {
		end := strings.IndexRune(string(t.in[t.i:]), '}')
		if end > 0 {
			n, err := strconv.ParseUint(string(t.in[t.i:])[:end], 16, 32)
			if err == nil && n <= 0x10ffff {
				t.i += end + 1
				return nil, rune(n), nil
			}
		}
		return nil, 0, t.fail("Illegal hexadecimal escape sequence")
	}
	n, ok := t.hex(2)
	if !ok {
		return nil, 0, t.fail("Illegal hexadecimal escape sequence")
	}
	return nil, n, nil
}

// utf16 reads \uhhhh; two of them may be the halves of one character.
func (t *translator) utf16() (set, rune, error) {
	n, ok := t.hex(4)
	if !ok {
		return nil, 0, t.fail("Illegal Unicode escape sequence")
	}
	if at := t.i; utf16.IsSurrogate(n) && t.takeText(`\u`) {
		if low, ok := t.hex(4); ok && utf16.DecodeRune(n, low) != '\ufffd' {
			return nil, utf16.DecodeRune(n, low), nil
		}
		t.i = at
	}
	return nil, n, nil
}

func (t *translator) hex(digits int) (rune, bool) {
	if t.i+digits > len(t.in) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(t.in[t.i:t.i+digits]), 16, 32)
	t.i += digits
	return rune(n), err == nil
}

// propertyEscape reads L or {name} behind \p or \P.
func (t *translator) propertyEscape(negated bool) (set, error) {
	if t.i >= len(t.in) {
		return nil, t.fail("Unknown character property")
	}
	name := string(t.in[t.i])
	t.i++
	if name == "{" {
		start := t.i
		for t.i < len(t.in) && t.in[t.i] != '}' {
			t.i++
		}
		if t.i >= len(t.in) {
			return nil, t.fail("Unclosed character family")
		}
		name = string(t.in[start:t.i])
		t.i++
		if name == "" {
			return nil, t.fail("Empty character family")
		}
	}
	s := t.named(name)
	switch {
	case s == nil:
		return nil, t.fail("Unknown character property name {%s}", name)
	case negated:
		return s.not(), nil
	}
	return s, nil
}
