package javaregexp

import "strings"

// group reads what follows an opening parenthesis.
func (t *translator) group() (node, error) {
	if !t.take('?') {
		t.groups++
		return t.rest("(")
	}
	switch {
	case t.takeText(":"):
		return t.rest("(?:")
	case t.takeText(">"):
		t.backtracks = true
		return t.rest("(?>")
	case t.takeText("="):
		return t.look("(?=")
	case t.takeText("!"):
		return t.look("(?!")
	case t.takeText("<="):
		return t.lookBehind("(?<=")
	case t.takeText("<!"):
		return t.lookBehind("(?<!")
	case t.takeText("<"):
		name, err := t.groupName()
		if err != nil {
			return node{}, err
		}
		if _, ok := t.names[name]; ok {
			return node{}, t.fail("Named capturing group <%s> is already defined", name)
		}
		t.groups++
		t.names[name] = t.groups
		return t.rest("(")
	}
	return t.inlineFlags()
}

// rest reads the group's content and its end.
func (t *translator) rest(open string) (node, error) {
	n, err := t.alternatives()
	if err != nil {
		return n, err
	}
	if !t.take(')') {
		t.i++
		return n, t.fail("Unclosed group")
	}
	return node{open + n.text + ")", n.width}, nil
}

func (t *translator) look(open string) (node, error) {
	t.backtracks = true
	n, err := t.rest(open)
	return node{text: n.text}, err
}

func (t *translator) lookBehind(open string) (node, error) {
	t.backtracks = true
	n, err := t.rest(open)
	if err == nil && n.width >= unbounded {
		err = t.fail("Look-behind group does not have an obvious maximum length")
	}
	return node{text: n.text}, err
}

// groupName reads a name and the bracket that closes it.
func (t *translator) groupName() (string, error) {
	start := t.i
	for t.i < len(t.in) && (isLetter(t.in[t.i]) || t.i > start && isDigit(t.in[t.i])) {
		t.i++
	}
	switch {
	case t.i == start:
		t.i++
		return "", t.fail("capturing group name does not start with a Latin letter")
	case t.i >= len(t.in) || t.in[t.i] != '>':
		t.i++
		return "", t.fail("named capturing group is missing trailing '>'")
	}
	t.i++
	return string(t.in[start : t.i-1]), nil
}

// inlineFlags reads (?i-m) or (?i-m: with its group.
func (t *translator) inlineFlags() (node, error) {
	before := t.flags
	on := true
	for t.i < len(t.in) {
		r := t.in[t.i]
		t.i++
		switch {
		case r == ')':
			t.flagsOnly = true
			return node{}, nil
		case r == ':':
			n, err := t.rest("(?:")
			t.flags = before
			return n, err
		case r == '-' && on:
			on = false
		case !t.flags.set(r, on):
			return node{}, t.fail("Unknown inline modifier")
		}
	}
	return node{}, t.fail("Unknown inline modifier")
}

func (f *flags) set(r rune, on bool) bool {
	switch r {
	case 'i':
		f.fold = on
	case 'd':
		f.unixLines = on
	case 'm':
		f.multiline = on
	case 's':
		f.dotAll = on
	case 'u':
		f.foldAll = on
	case 'x':
		f.comments = on
	case 'U':
		f.unicode, f.foldAll = on, on
	default:
		return strings.ContainsRune("c", r) // Canonical equivalence is read and left out.
	}
	return true
}
