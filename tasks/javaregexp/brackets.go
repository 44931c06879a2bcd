package javaregexp

// brackets reads a class behind its opening bracket, with the one that closes it.
func (t *translator) brackets() (set, error) {
	negated := t.takeText("^")
	s, err := t.items()
	if err != nil {
		return nil, err
	}
	t.i++
	if negated {
		s = s.not()
	}
	return s, nil
}

// items reads the items of a class up to its closing bracket, which is left.
func (t *translator) items() (set, error) {
	if t.depth++; t.depth > maxDepth {
		return nil, t.fail("Classes are nested more than %d deep", maxDepth)
	}
	defer func() { t.depth-- }()
	var s set
	empty := true
	for {
		t.more() // skips what is a comment here; the end of the pattern is an item's mistake
		var item set
		var err error
		switch {
		case t.peek() == ']' && !empty:
			return s, nil
		case t.takeText("["):
			item, err = t.brackets()
		case t.takeText("&&"):
			if s, err = t.intersection(s, empty); err != nil {
				return nil, err
			}
			empty = false
			continue
		default:
			item, err = t.item()
		}
		if err != nil {
			return nil, err
		}
		s, empty = s.union(item), false
	}
}

// intersection reads the right side of &&: classes in brackets, or all items up to the end.
func (t *translator) intersection(left set, empty bool) (set, error) {
	var right set
	none := true
	for t.more() && t.peek() != ']' && t.peek() != '&' {
		var item set
		var err error
		if t.takeText("[") {
			item, err = t.brackets()
		} else {
			item, err = t.items()
		}
		if err != nil {
			return nil, err
		}
		right, none = right.union(item), false
	}
	switch {
	case none && empty:
		t.i++
		return nil, t.fail("Bad class syntax")
	case none:
		return left, nil
	case empty:
		return right, nil
	}
	return left.and(right), nil
}

// item reads a character, a range or a predefined class.
func (t *translator) item() (set, error) {
	s, from, err := t.classCharacter()
	if err != nil || s != nil {
		return s, err
	}
	if t.peek() != '-' || t.i+1 >= len(t.in) || t.in[t.i+1] == '[' || t.in[t.i+1] == ']' {
		return t.folded(spans(from, from)), nil
	}
	t.i++
	s, to, err := t.classCharacter()
	switch {
	case err != nil:
		return nil, err
	case s != nil || to < from:
		return nil, t.fail("Illegal character range")
	}
	return t.folded(spans(from, to)), nil
}

// classCharacter reads one character of a class, or a predefined class when s is not nil.
func (t *translator) classCharacter() (s set, r rune, err error) {
	if !t.more() {
		return nil, 0, t.fail("Unclosed character class")
	}
	r = t.in[t.i]
	t.i++
	if r == '\\' {
		return t.classEscape()
	}
	return nil, r, nil
}
