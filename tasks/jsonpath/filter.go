package jsonpath

import (
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

// either reads conditions between ||.
func (p *parser) either() (condition, error) {
	var c or
	for {
		x, err := p.both()
		if err != nil {
			return nil, err
		}
		c = append(c, x)
		if !p.take("||") {
			break
		}
	}
	if len(c) == 1 {
		return c[0], nil
	}
	return c, nil
}

// both reads conditions between &&, which binds more than ||.
func (p *parser) both() (condition, error) {
	var c and
	for {
		x, err := p.single()
		if err != nil {
			return nil, err
		}
		c = append(c, x)
		if !p.take("&&") {
			break
		}
	}
	if len(c) == 1 {
		return c[0], nil
	}
	return c, nil
}

func (p *parser) single() (condition, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	switch p.blanks() {
	case '!':
		p.i++
		c, err := p.single()
		return not{c}, err
	case '(':
		p.i++
		c, err := p.either()
		if err != nil {
			return nil, err
		}
		return c, p.want(")")
	}
	return p.comparison()
}

// operators, the longer before those that they begin with.
var operators = []string{"===", "!==", "==", "!=", "<=", ">=", "=~", "<", ">",
	"in", "nin", "contains", "subsetof", "anyof", "noneof", "size", "empty"}

func (p *parser) operator() string {
	p.blanks()
	for _, op := range operators {
		rest, ok := strings.CutPrefix(p.s[p.i:], op)
		if !ok || op[0] >= 'a' && (rest == "" || !strings.ContainsRune(" [('\"@$", rune(rest[0]))) {
			continue
		}
		p.i += len(op)
		return op
	}
	return ""
}

func (p *parser) comparison() (condition, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	op := p.operator()
	if op == "" {
		if left.path == nil {
			return nil, problem("expected a comparison")
		}
		return exists{left.path}, nil
	}
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	patterns := 0
	for _, o := range []operand{left, right} {
		if o.pattern != nil {
			patterns++
		}
	}
	if (op == "=~") != (patterns == 1) {
		return nil, problem("=~ compares a text with a /pattern/, and only =~ does")
	}
	return &comparison{left: left, right: right, op: op}, nil
}

// operand reads a path or a literal.
func (p *parser) operand() (operand, error) {
	switch c := p.blanks(); {
	case c == '@' || c == '$':
		path, err := p.inner()
		return operand{path: path}, err
	case c == '/':
		return p.regex()
	}
	return p.literal()
}

// inner reads a path within a filter: it ends before an operator, a blank or the closing parenthesis.
func (p *parser) inner() (*Path, error) {
	start, brackets := p.i, 0
	for ; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case brackets > 0 && (c == '\'' || c == '"'):
			if _, err := p.text(); err != nil {
				return nil, err
			}
			p.i--
		case c == '[':
			brackets++
		case c == ']':
			if brackets--; brackets < 0 {
				return nil, problem("the bracket closes nothing")
			}
		case brackets > 0:
		case strings.HasPrefix(p.s[p.i:], "()"):
			p.i++
		case strings.ContainsRune(" )<>=~!&|,", rune(c)):
			return compile(p.s[start:p.i], p.depth)
		}
	}
	return nil, problem("the filter has no end")
}

// regex reads /pattern/flags.
func (p *parser) regex() (operand, error) {
	end := p.i + 1
	for end < len(p.s) && p.s[end] != '/' {
		if p.s[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.s) {
		return operand{}, problem("the pattern has no closing /")
	}
	pattern := p.s[p.i+1 : end]
	p.i = end + 1
	flags := ""
	for p.i < len(p.s) && strings.IndexByte("idmsuxU", p.s[p.i]) >= 0 {
		flags += p.s[p.i : p.i+1]
		p.i++
	}
	if flags != "" {
		pattern = "(?" + flags + ")" + pattern
	}
	re, err := javaregexp.Compile(pattern)
	if err != nil {
		return operand{}, err
	}
	return operand{pattern: re}, nil
}

// literal reads a text, a number, true, false, null, a list or an object.
func (p *parser) literal() (operand, error) {
	switch c := p.blanks(); {
	case c == '\'' || c == '"':
		s, err := p.text()
		return operand{value: tasks.NewString(s)}, err
	case c == '[':
		return p.list()
	case c == '{':
		return p.object()
	case p.take("true"):
		return operand{value: tasks.NewBoolean(true)}, nil
	case p.take("false"):
		return operand{value: tasks.NewBoolean(false)}, nil
	case p.take("null"):
		return operand{value: tasks.Null}, nil
	case c == '-' || c >= '0' && c <= '9':
		start := p.i
		for p.i < len(p.s) && strings.IndexByte("0123456789.-+eE", p.s[p.i]) >= 0 {
			p.i++
		}
		return newNumber(p.s[start:p.i])
	}
	return operand{}, problem("expected a path, a text in quotes, a number, true, false, null or a list")
}

func (p *parser) list() (operand, error) {
	var items []tasks.Value
	err := p.items("[", "]", func() error {
		o, err := p.literal()
		items = append(items, o.value)
		return err
	})
	return operand{value: tasks.NewList(items)}, err
}

func (p *parser) object() (operand, error) {
	m := &tasks.Map{}
	err := p.items("{", "}", func() error {
		p.blanks()
		name, err := p.text()
		if err != nil {
			return err
		}
		if err := p.want(":"); err != nil {
			return err
		}
		o, err := p.literal()
		m.Put(name, o.value)
		return err
	})
	return operand{value: tasks.NewMapValue(m)}, err
}

// items reads what stands between two brackets, with commas.
func (p *parser) items(opening, closing string, item func() error) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	p.take(opening)
	if p.take(closing) {
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if p.take(closing) {
			return nil
		}
		if err := p.want(","); err != nil {
			return err
		}
	}
}
