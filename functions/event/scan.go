package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// scanner reads JSON text from its beginning to its end without making anything of it: what is read are parts of the text. It sees
// what it must see; what it skips may be no JSON inside.
type scanner struct {
	b []byte
	i int
}

var errTruncated = errors.New("the JSON text ends too early; it was truncated")

// peek skips blanks and returns the next byte.
func (s *scanner) peek() (byte, error) {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return c, nil
		}
	}
	return 0, errTruncated
}

// expect reads one byte.
func (s *scanner) expect(want byte) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != want {
		return s.odd(fmt.Sprintf("%q", want))
	}
	s.i++
	return nil
}

func (s *scanner) odd(want string) error {
	return fmt.Errorf("byte %d of the JSON text is %q where %s is expected", s.i, s.b[s.i], want)
}

// object calls member with each name, without escapes; it reads the value.
func (s *scanner) object(member func(name []byte) error) error {
	return s.each('{', '}', func() error {
		name, escaped, err := s.text()
		if err != nil {
			return err
		}
		if escaped {
			if name, err = unescape(name); err != nil {
				return err
			}
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return member(name)
	})
}

// array calls item before each item; it reads it.
func (s *scanner) array(item func() error) error { return s.each('[', ']', item) }

func (s *scanner) each(open, end byte, part func() error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c == end {
		s.i++
		return nil
	}
	for {
		if _, err := s.peek(); err != nil {
			return err
		}
		if err := part(); err != nil {
			return err
		}
		switch c, err := s.peek(); {
		case err != nil:
			return err
		case c == end:
			s.i++
			return nil
		case c != ',':
			return s.odd(fmt.Sprintf("',' or %q", end))
		}
		s.i++
	}
}

const shortText = 24

// text reads a string: what stands between its quotes.
func (s *scanner) text() (raw []byte, escaped bool, err error) {
	if err := s.expect('"'); err != nil {
		return nil, false, err
	}
	start := s.i
	for end := min(len(s.b), start+shortText); s.i < end; s.i++ { // names and numbers: not worth a call
		switch s.b[s.i] {
		case '"':
			s.i++
			return s.b[start : s.i-1], false, nil
		case '\\':
			end = s.i
			s.i--
		}
	}
	for {
		n := bytes.IndexByte(s.b[s.i:], '"')
		if n < 0 {
			return nil, false, errTruncated
		}
		raw = s.b[start : s.i+n]
		if bytes.IndexByte(raw[s.i-start:], '\\') < 0 && !escaped {
			s.i += n + 1
			return raw, false, nil
		}
		escaped = true
		s.i += n + 1
		back := 0
		for len(raw) > back && raw[len(raw)-1-back] == '\\' {
			back++
		}
		if back%2 == 0 {
			return raw, true, nil
		}
	}
}

// unescape makes the text of what stands between quotes.
func unescape(raw []byte) ([]byte, error) {
	quoted := append(append([]byte{'"'}, raw...), '"')
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return nil, err
	}
	return []byte(s), nil
}

// plain reads a string's text, and returns nil for null.
func (s *scanner) plain() ([]byte, error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	if c != '"' {
		v, err := s.value()
		if err == nil && string(v) != "null" {
			err = fmt.Errorf("the JSON text has %.20s where a text is expected", v)
		}
		return nil, err
	}
	raw, escaped, err := s.text()
	if err != nil || !escaped {
		return raw, err
	}
	return unescape(raw)
}

// number reads an integer.
func (s *scanner) number() (int64, error) {
	c, err := s.peek()
	if err != nil {
		return 0, err
	}
	start := s.i
	if c == '-' {
		s.i++
	}
	n := int64(0)
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 && n <= (math.MaxInt64-9)/10 {
		n = n*10 + int64(s.b[s.i]-'0')
		s.i++
	}
	if s.i < len(s.b) && !isEnd(s.b[s.i]) || s.b[s.i-1]-'0' > 9 {
		return 0, fmt.Errorf("the JSON text has %.20q where an integer is expected", s.b[start:])
	}
	if c == '-' {
		n = -n
	}
	return n, nil
}

// value skips a value of any kind and returns its text.
func (s *scanner) value() ([]byte, error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	start := s.i
	switch c {
	case '"':
		_, _, err = s.text()
	case '{', '[':
		err = s.skip()
	default:
		for s.i < len(s.b) && !isEnd(s.b[s.i]) {
			s.i++
		}
		if s.i == start {
			return nil, s.odd("a value")
		}
	}
	return s.b[start:s.i], err
}

func isEnd(c byte) bool {
	return c == ',' || c == '}' || c == ']' || c == ':' || c == ' ' || c == '\t' || c == '\n' || c == '\r'
}

// skip skips an object or array by its brackets.
func (s *scanner) skip() error {
	for depth := 0; s.i < len(s.b); {
		switch s.b[s.i] {
		case '"':
			if _, _, err := s.text(); err != nil {
				return err
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				s.i++
				return nil
			}
		}
		s.i++
	}
	return errTruncated
}

// end makes sure that nothing follows.
func (s *scanner) end() error {
	if c, err := s.peek(); err == nil {
		return fmt.Errorf("byte %d of the JSON text is %q where it should end", s.i, c)
	}
	return nil
}
