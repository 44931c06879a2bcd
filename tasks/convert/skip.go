package convert

// Empty passes over the closing bracket when it follows the opening one at once.
func (l *Lexer) Empty(closing byte) bool {
	if l.Peek() != closing {
		return false
	}
	l.i++
	l.depth--
	return true
}

// End reports whether nothing but blanks is left.
func (l *Lexer) End() bool { return l.Peek() == 0 && l.i >= len(l.b) }

// Since returns the text from an earlier state of the lexer to where it is now.
func (l *Lexer) Since(earlier Lexer) []byte { return l.b[earlier.i:l.i] }

// Skip passes over one value and checks its syntax.
func (l *Lexer) Skip() error {
	var err error
	switch c := l.Peek(); {
	case c == '"':
		_, err = l.Text()
	case c == '{' || c == '[':
		return l.skipParts(c)
	case c == 't':
		err = l.Literal("true")
	case c == 'f':
		err = l.Literal("false")
	case c == 'n':
		err = l.Literal("null")
	case c == '-' || c >= '0' && c <= '9':
		_, _, err = l.Number()
	default:
		err = l.Problem()
	}
	return err
}

func (l *Lexer) skipParts(opening byte) error {
	if err := l.Enter(); err != nil {
		return err
	}
	closing := opening + 2 // in ASCII, of both kinds of brackets
	if l.Empty(closing) {
		return nil
	}
	for more := true; more; {
		if opening == '{' {
			if _, err := l.Name(); err != nil {
				return err
			}
		}
		err := l.Skip()
		if err == nil {
			more, err = l.Next(closing)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
