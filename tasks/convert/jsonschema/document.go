package jsonschema

import (
	"strings"

	"github.com/mayfly-connect/mayfly/tasks/convert"
)

type shape uint8

const (
	nullDoc shape = iota
	booleanDoc
	numberDoc
	stringDoc
	arrayDoc
	objectDoc
)

// document is one value of a schema's text. It owns its memory.
type document struct {
	shape      shape
	truth      bool
	fractional bool
	text       string      // of a string or number
	raw        string      // the value as it stands
	items      []*document // of an array or object
	names      []string    // of an object, one for each item
}

// parseDocument reads the first value of a text.
func parseDocument(text string) (*document, error) {
	l, err := convert.NewLexer(nil, []byte(strings.Clone(text)))
	if err != nil {
		return nil, err
	}
	return readDocument(&l)
}

func readDocument(l *convert.Lexer) (d *document, err error) {
	c := l.Peek()
	start := *l
	d = &document{}
	switch {
	case c == '{' || c == '[':
		err = d.parts(l, c)
	case c == '"':
		d.shape = stringDoc
		var b []byte
		b, err = l.Text()
		d.text = string(b)
	case c == '-' || c >= '0' && c <= '9':
		d.shape = numberDoc
		var b []byte
		b, d.fractional, err = l.Number()
		d.text = string(b)
	default:
		if c == 't' || c == 'f' {
			d.shape, d.truth = booleanDoc, c == 't'
		}
		err = l.Skip()
	}
	if err != nil {
		return nil, err
	}
	d.raw = string(l.Since(start))
	return d, nil
}

func (d *document) parts(l *convert.Lexer, opening byte) error {
	d.shape = arrayDoc
	if opening == '{' {
		d.shape = objectDoc
	}
	if err := l.Enter(); err != nil {
		return err
	}
	closing := opening + 2
	if l.Empty(closing) {
		return nil
	}
	at := map[string]int{}
	for more := true; more; {
		place := len(d.items)
		if d.shape == objectDoc {
			name, err := l.Name()
			if err != nil {
				return err
			}
			old, ok := at[string(name)]
			if ok {
				place = old
			} else {
				at[string(name)] = place
				d.names = append(d.names, string(name))
			}
		}
		item, err := readDocument(l)
		if err != nil {
			return err
		}
		if place < len(d.items) {
			d.items[place] = item
		} else {
			d.items = append(d.items, item)
		}
		if more, err = l.Next(closing); err != nil {
			return err
		}
	}
	return nil
}

// member returns an object's member; nil when there is none, or d is nil or no object.
func (d *document) member(name string) *document {
	if d == nil {
		return nil
	}
	for i, n := range d.names {
		if n == name {
			return d.items[i]
		}
	}
	return nil
}

func (d *document) has(names ...string) bool {
	for _, n := range names {
		if d.member(n) != nil {
			return true
		}
	}
	return false
}

// string returns a member that is a string.
func (d *document) string(name string) (string, bool) {
	if m := d.member(name); m != nil && m.shape == stringDoc {
		return m.text, true
	}
	return "", false
}

// int returns a member that is an integer of 32 bits.
func (d *document) int(name string) *int32 {
	m := d.member(name)
	if m == nil || m.shape != numberDoc {
		return nil
	}
	n := convert.Number{Text: []byte(m.text), Fractional: m.fractional}
	if !n.IsInt() {
		return nil
	}
	i := int32(n.Long())
	return &i
}
