package protobuf

import "strings"

// option is one option or one member of an option's value.
type option struct {
	name  string
	value optionValue
}

// optionValue is a text (a word or a string), a list, or members.
type optionValue struct {
	text    string
	list    []optionValue
	members []option
}

// options reads [name = value, …], when it is there.
func (l *lexer) options() ([]option, error) {
	if ok, err := l.take("["); !ok || err != nil {
		return nil, err
	}
	var out []option
	for !l.is("]") {
		o, err := l.option()
		if err != nil {
			return nil, err
		}
		out = append(out, o)
		if ok, err := l.take(","); err != nil {
			return nil, err
		} else if !ok && !l.is("]") {
			return nil, l.errorf("expected ',' or ']' but found %q", l.text)
		}
	}
	return out, l.expect("]")
}

func (l *lexer) option() (option, error) {
	name, err := l.optionName()
	if err != nil {
		return option{}, err
	}
	if err := l.expect("="); err != nil {
		return option{}, err
	}
	v, err := l.optionValue()
	return option{name, v}, err
}

// optionName reads a.b, (a.b) or (a.b).c, and returns it without parentheses.
func (l *lexer) optionName() (string, error) {
	var b strings.Builder
	for {
		switch ok, err := l.take("("); {
		case err != nil:
			return "", err
		case ok:
			w, err := l.word()
			if err != nil {
				return "", err
			}
			b.WriteString(strings.TrimPrefix(w, "."))
			if err := l.expect(")"); err != nil {
				return "", err
			}
		case l.kind == tokenWord:
			b.WriteString(l.text)
			if err := l.next(); err != nil {
				return "", err
			}
		default:
			if b.Len() == 0 {
				return "", l.errorf("expected the name of an option but found %q", l.text)
			}
			return b.String(), nil
		}
	}
}

func (l *lexer) optionValue() (v optionValue, err error) {
	if l.depth++; l.depth > maxDepth {
		return v, l.errorf("nested too deeply")
	}
	defer func() { l.depth-- }()
	switch {
	case l.kind == tokenString:
		v.text, err = l.str()
	case l.is("{"):
		v.members, err = l.members()
	case l.is("["):
		v.list, err = l.list()
	default:
		v.text, err = l.word()
	}
	return v, err
}

func (l *lexer) list() (out []optionValue, err error) {
	if err := l.expect("["); err != nil {
		return nil, err
	}
	for !l.is("]") {
		v, err := l.optionValue()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if ok, err := l.take(","); err != nil {
			return nil, err
		} else if !ok && !l.is("]") {
			return nil, l.errorf("expected ',' or ']' but found %q", l.text)
		}
	}
	return out, l.expect("]")
}

func (l *lexer) members() (out []option, err error) {
	if err := l.expect("{"); err != nil {
		return nil, err
	}
	for !l.is("}") {
		name, err := l.memberName()
		if err != nil {
			return nil, err
		}
		for _, sign := range []string{":", "="} {
			if _, err := l.take(sign); err != nil {
				return nil, err
			}
		}
		v, err := l.optionValue()
		if err != nil {
			return nil, err
		}
		out = append(out, option{name, v})
		for _, sign := range []string{",", ";"} {
			if _, err := l.take(sign); err != nil {
				return nil, err
			}
		}
	}
	return out, l.expect("}")
}

// memberName reads a, or [a.b] or "a".
func (l *lexer) memberName() (string, error) {
	if l.kind == tokenString {
		return l.str()
	}
	bracket, err := l.take("[")
	if err != nil {
		return "", err
	}
	w, err := l.word()
	if err == nil && bracket {
		err = l.expect("]")
	}
	return w, err
}

// metaParams returns the parameters that a field's options give as confluent.field_meta.
func metaParams(options []option) (out []param) {
	for _, o := range options {
		path, ok := strings.CutPrefix(o.name, "confluent.field_meta")
		switch {
		case ok && path == "":
			for _, m := range o.value.members {
				if m.name == "params" {
					out = appendParams(out, m.value)
				}
			}
		case ok && path == ".params":
			out = appendParams(out, o.value)
		}
	}
	return out
}

// onlyParams reports whether options are nothing but parameters of confluent.field_meta.
func onlyParams(options []option) bool {
	if len(options) != 1 || options[0].name != "confluent.field_meta" {
		return false
	}
	m := options[0].value.members
	return len(m) == 1 && m[0].name == "params"
}

func appendParams(out []param, v optionValue) []param {
	for _, one := range v.list {
		out = appendParams(out, one)
	}
	if v.members == nil {
		return out
	}
	var p param
	for _, m := range v.members {
		switch m.name {
		case "key":
			p.name = m.value.text
		case "value":
			p.value = m.value.text
		}
	}
	return append(out, p)
}
