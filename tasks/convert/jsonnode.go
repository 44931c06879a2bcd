package convert

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
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

// long returns what JsonNode.longValue does: the low 64 bits of the whole part; 0 for what is not a number.
func (n *node) long() int64 {
	switch {
	case n.kind != numberNode:
		return 0
	case !n.fractional:
		return parseLong(n.text)
	}
	var d tasks.Decimal
	if !n.decimal(&d) || d.Scale < -10_000 || d.Scale > 10_000 {
		return 0 // Beyond such exponents the whole part has no low bits, or no bits at all.
	}
	power := new(big.Int).Exp(ten, big.NewInt(int64(max(d.Scale, -d.Scale))), nil)
	if d.Scale > 0 {
		power.Quo(&d.Unscaled, power)
	} else {
		power.Mul(&d.Unscaled, power)
	}
	low := new(big.Int).And(power, new(big.Int).SetUint64(1<<64-1))
	return int64(low.Uint64())
}

func (n *node) double() float64 {
	if n.kind != numberNode {
		return 0
	}
	return parseDouble(n.text)
}

func (n *node) float() float32 {
	if n.kind != numberNode || allZero(n.text) {
		return 0
	}
	f, _ := strconv.ParseFloat(asString(n.text), 32)
	return float32(f)
}

// isInt reports whether the number is an integer of 32 bits.
func (n *node) isInt() bool {
	if n.kind != numberNode || n.fractional {
		return false
	}
	_, err := strconv.ParseInt(asString(n.text), 10, 32)
	return err == nil
}

// decimal reads the number exactly, with its own scale; false when the scale is beyond 32 bits.
func (n *node) decimal(d *tasks.Decimal) bool {
	mantissa, exponent := string(n.text), int64(0)
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		var err error
		if exponent, err = strconv.ParseInt(mantissa[i+1:], 10, 32); err != nil {
			return false
		}
		mantissa = mantissa[:i]
	}
	if i := strings.IndexByte(mantissa, '.'); i >= 0 {
		exponent -= int64(len(mantissa) - i - 1)
		mantissa = mantissa[:i] + mantissa[i+1:]
	}
	if exponent < -1<<31+1 || exponent > 1<<31 {
		return false
	}
	d.Scale = int32(-exponent)
	_, ok := d.Unscaled.SetString(mantissa, 10)
	return ok
}

// parser reads JSON into nodes, which live until its next text.
type parser struct {
	lexer
}

func (p *parser) value() (node, error) {
	p.peek()
	start := p.i
	n, err := p.any()
	n.raw = p.b[start:p.i]
	return n, err
}

func (p *parser) any() (node, error) {
	switch c := p.peek(); {
	case c == '"':
		s, err := p.string()
		return node{kind: stringNode, text: s}, err
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == 't':
		return node{kind: booleanNode, truth: true}, p.literal("true")
	case c == 'f':
		return node{kind: booleanNode}, p.literal("false")
	case c == 'n':
		return node{kind: nullNode}, p.literal("null")
	case c == '-' || c >= '0' && c <= '9':
		text, fractional, err := p.number()
		return node{kind: numberNode, text: text, fractional: fractional}, err
	}
	return node{}, p.problem()
}

func (p *parser) array() (node, error) {
	n := node{kind: arrayNode}
	if err := p.enter(); err != nil {
		return n, err
	}
	if p.peek() == ']' {
		p.i++
		p.depth--
		return n, nil
	}
	for more := true; more; {
		v, err := p.value()
		if err != nil {
			return n, err
		}
		n.items = append(n.items, v)
		if more, err = p.next(']'); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (p *parser) object() (node, error) {
	n := node{kind: objectNode}
	if err := p.enter(); err != nil {
		return n, err
	}
	if p.peek() == '}' {
		p.i++
		p.depth--
		return n, nil
	}
	for more := true; more; {
		name, err := p.name()
		if err != nil {
			return n, err
		}
		v, err := p.value()
		if err != nil {
			return n, err
		}
		if old := n.field(asString(name)); old != nil {
			*old = v
		} else {
			n.names, n.items = append(n.names, name), append(n.items, v)
		}
		if more, err = p.next('}'); err != nil {
			return n, err
		}
	}
	return n, nil
}
