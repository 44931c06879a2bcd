package avro

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// node is a JSON value whose members keep their order. kind is one of n (null), b (boolean), 0 (number), s, [ and {.
type node struct {
	kind  byte
	text  string // of a string, or a number's or boolean's literal
	keys  []string
	items []node // elements, or the values of keys
}

// maxDepth bounds the nesting of schema texts and of data, so that hostile input cannot exhaust the stack.
const maxDepth = 512

var errDeep = errors.New("nested too deeply")

func stringNode(s string) node { return node{kind: 's', text: s} }
func intNode(i int64) node     { return node{kind: '0', text: strconv.FormatInt(i, 10)} }

// get returns a member, or nil.
func (n *node) get(key string) *node {
	if n.kind != '{' {
		return nil
	}
	for i, k := range n.keys {
		if k == key {
			return &n.items[i]
		}
	}
	return nil
}

// str returns a string member; false when it is absent or something else.
func (n *node) str(key string) (string, bool) {
	if m := n.get(key); m != nil && m.kind == 's' {
		return m.text, true
	}
	return "", false
}

// set adds a member, or replaces it.
func (n *node) set(key string, v node) {
	n.kind = '{'
	if m := n.get(key); m != nil {
		*m = v
		return
	}
	n.keys, n.items = append(n.keys, key), append(n.items, v)
}

func parseJSON(text string) (node, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	n, err := parseNode(d, 0)
	if err != nil {
		return node{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return node{}, errors.New("more text after the JSON value")
	}
	return n, nil
}

func parseNode(d *json.Decoder, depth int) (node, error) {
	if depth > maxDepth {
		return node{}, errDeep
	}
	t, err := d.Token()
	if err != nil {
		return node{}, err
	}
	switch t := t.(type) {
	case nil:
		return node{kind: 'n'}, nil
	case bool:
		return node{kind: 'b', text: strconv.FormatBool(t)}, nil
	case json.Number:
		return node{kind: '0', text: t.String()}, nil
	case string:
		return stringNode(t), nil
	case json.Delim:
		return parseGroup(d, byte(t), depth)
	}
	return node{}, errors.New("unexpected JSON token")
}

func parseGroup(d *json.Decoder, kind byte, depth int) (node, error) {
	n := node{kind: kind}
	for d.More() {
		key := ""
		if kind == '{' {
			t, err := d.Token()
			if err != nil {
				return node{}, err
			}
			key, _ = t.(string)
		}
		item, err := parseNode(d, depth+1)
		if err != nil {
			return node{}, err
		}
		if kind == '{' {
			n.set(key, item)
		} else {
			n.items = append(n.items, item)
		}
	}
	_, err := d.Token()
	return n, err
}

func (n *node) append(dst []byte) []byte {
	switch n.kind {
	case 's':
		return appendString(dst, n.text)
	case '[', '{':
		dst = append(dst, n.kind)
		for i := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			if n.kind == '{' {
				dst = append(appendString(dst, n.keys[i]), ':')
			}
			dst = n.items[i].append(dst)
		}
		return append(dst, n.kind+2) // the closing brackets are two code points on
	case 'b', '0':
		return append(dst, n.text...)
	}
	return append(dst, "null"...)
}

// appendString writes a JSON string as Jackson does: short escapes, \u00XX for the other controls, all else as it is.
func appendString(dst []byte, s string) []byte {
	const digits = "0123456789ABCDEF"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\b':
			dst = append(dst, `\b`...)
		case r == '\f':
			dst = append(dst, `\f`...)
		case r < ' ':
			dst = append(dst, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// latin1 turns bytes into the text in which Avro writes them as a default: one code point for each byte.
func latin1(b []byte) string {
	var out []byte
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return string(out)
}

// fromLatin1 is the opposite of latin1; false when a code point is above 255.
func fromLatin1(s string) ([]byte, bool) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 255 {
			return nil, false
		}
		out = append(out, byte(r))
	}
	return out, true
}
