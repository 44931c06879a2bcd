package convert

import (
	"bytes"
	"slices"
)

// nodeKind is a kind of JSON value, with the names that the original's messages have.
type nodeKind string

const (
	nullNode    nodeKind = "NULL"
	booleanNode nodeKind = "BOOLEAN"
	numberNode  nodeKind = "NUMBER"
	stringNode  nodeKind = "STRING"
	arrayNode   nodeKind = "ARRAY"
	objectNode  nodeKind = "OBJECT"
)

// node is one value of a JSON text whose numbers keep their digits, as a schema decides what they become.
type node struct {
	kind       nodeKind
	text       []byte // of a number or string
	raw        []byte // the whole value as it stands
	fractional bool
	truth      bool
	items      []node   // of an array or object
	names      [][]byte // of an object, one for each item
}

// field returns the member of that name; nil when there is none, or n is not an object.
func (n *node) field(name string) *node {
	for i := range n.names {
		if string(n.names[i]) == name {
			return &n.items[i]
		}
	}
	return nil
}

// digits returns the digits of a number node.
func (n *node) digits() Number { return Number{n.text, n.fractional} }

// long is [Number.Long]; 0 for what is not a number.
func (n *node) long() int64 {
	if n.kind != numberNode {
		return 0
	}
	return n.digits().Long()
}

func (n *node) double() float64 {
	if n.kind != numberNode {
		return 0
	}
	return n.digits().Double()
}

func (n *node) float() float32 {
	if n.kind != numberNode {
		return 0
	}
	return n.digits().Float()
}

func (n *node) isInt() bool { return n.kind == numberNode && n.digits().IsInt() }

// parser reads JSON into nodes, which live until its next text.
type parser struct {
	Lexer
}

func (p *parser) value() (node, error) {
	p.Peek()
	start := p.i
	n, err := p.any()
	n.raw = p.b[start:p.i]
	return n, err
}

func (p *parser) any() (node, error) {
	switch c := p.Peek(); {
	case c == '"':
		s, err := p.Text()
		return node{kind: stringNode, text: s}, err
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == 't':
		return node{kind: booleanNode, truth: true}, p.Literal("true")
	case c == 'f':
		return node{kind: booleanNode}, p.Literal("false")
	case c == 'n':
		return node{kind: nullNode}, p.Literal("null")
	case c == '-' || c >= '0' && c <= '9':
		text, fractional, err := p.Number()
		return node{kind: numberNode, text: text, fractional: fractional}, err
	}
	return node{}, p.Problem()
}

func (p *parser) array() (node, error) {
	n := node{kind: arrayNode}
	if err := p.Enter(); err != nil {
		return n, err
	}
	if p.Empty(']') {
		return n, nil
	}
	for more := true; more; {
		v, err := p.value()
		if err != nil {
			return n, err
		}
		n.items = append(n.items, v)
		if more, err = p.Next(']'); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (p *parser) object() (node, error) {
	n := node{kind: objectNode}
	if err := p.Enter(); err != nil {
		return n, err
	}
	if p.Empty('}') {
		return n, nil
	}
	var index map[string]int // once there are many members
	for more := true; more; {
		name, err := p.Name()
		if err != nil {
			return n, err
		}
		v, err := p.value()
		if err != nil {
			return n, err
		}
		var at int
		if index != nil {
			at = lookUp(index, name)
		} else {
			at = slices.IndexFunc(n.names, func(other []byte) bool { return bytes.Equal(other, name) })
		}
		if at >= 0 {
			n.items[at] = v
		} else {
			n.names, n.items = append(n.names, name), append(n.items, v)
			if index != nil {
				index[asString(name)] = len(n.names) - 1
			} else if len(n.names) == manyEntries {
				index = indexOf(manyEntries, func(i int) []byte { return n.names[i] })
			}
		}
		if more, err = p.Next('}'); err != nil {
			return n, err
		}
	}
	return n, nil
}
