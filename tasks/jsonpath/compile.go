package jsonpath

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// maxDepth bounds parentheses, lists and paths within filters.
const maxDepth = 100

// Compile reads a path. One that begins with neither $ nor @ begins at the root.
func Compile(text string) (*Path, error) {
	return compile(strings.TrimSpace(text), 0)
}

func compile(text string, depth int) (*Path, error) {
	p := &parser{s: text, depth: depth}
	path, err := p.path()
	if err != nil {
		return nil, fmt.Errorf("the JSONPath %q is wrong at character %d: %w", text, p.i+1, err)
	}
	return path, nil
}

type parser struct {
	s     string
	i     int
	depth int
}

// problem is a mistake at the current place.
type problem string

func (e problem) Error() string { return string(e) }

// enter counts a level of nesting.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return problem("the nesting is too deep")
	}
	return nil
}

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *parser) blanks() byte {
	for p.peek() == ' ' {
		p.i++
	}
	return p.peek()
}

// take passes over a text if it comes next, blanks before it aside.
func (p *parser) take(text string) bool {
	p.blanks()
	if strings.HasPrefix(p.s[p.i:], text) {
		p.i += len(text)
		return true
	}
	return false
}

func (p *parser) want(text string) error {
	if !p.take(text) {
		return problem("expected " + text)
	}
	return nil
}

func (p *parser) path() (*Path, error) {
	out := &Path{rooted: p.peek() != '@', definite: true}
	switch {
	case p.s == "":
		return nil, problem("the path is empty")
	case p.peek() == '$' || p.peek() == '@':
		p.i++
	default:
		p.s = "." + p.s
	}
	for p.i < len(p.s) {
		steps, err := p.steps()
		if err != nil {
			return nil, err
		}
		for _, st := range steps {
			if _, ok := st.(length); ok && p.i < len(p.s) {
				return nil, problem("nothing can follow a function")
			}
			out.definite = out.definite && st.definite()
			out.steps = append(out.steps, st)
		}
	}
	return out, nil
}

// steps reads what begins with a dot or bracket: one step, or a descent and the step behind it.
func (p *parser) steps() ([]step, error) {
	switch {
	case strings.HasPrefix(p.s[p.i:], "..["):
		p.i += 2
		st, err := p.bracket()
		return []step{descent{}, st}, err
	case strings.HasPrefix(p.s[p.i:], ".."):
		p.i += 2
		st, err := p.named()
		return []step{descent{}, st}, err
	case p.peek() == '.':
		p.i++
		st, err := p.named()
		return []step{st}, err
	case p.peek() == '[':
		st, err := p.bracket()
		return []step{st}, err
	}
	return nil, problem("expected a dot or [")
}

// named reads a name without quotes, a wildcard or a function.
func (p *parser) named() (step, error) {
	end := p.i
	for end < len(p.s) && !strings.ContainsRune(".[( ", rune(p.s[end])) {
		end++
	}
	name := p.s[p.i:end]
	switch {
	case name == "":
		return nil, problem("expected a name")
	case end < len(p.s) && p.s[end] == ' ':
		return nil, problem("a name with blanks must stand in brackets and quotes: ['my name']")
	case end < len(p.s) && p.s[end] == '(':
		if !strings.HasPrefix(p.s[end:], "()") || name != "length" && name != "size" {
			return nil, problem("the function " + name + " is not known here; length() and size() are")
		}
		p.i = end + 2
		return length{}, nil
	}
	p.i = end
	if name == "*" {
		return wildcard{}, nil
	}
	return names{name}, nil
}

func (p *parser) bracket() (step, error) {
	p.i++
	switch c := p.blanks(); {
	case c == '*':
		p.i++
		return wildcard{}, p.want("]")
	case c == '\'' || c == '"':
		return p.quoted()
	case c == '-' || c == ':' || c >= '0' && c <= '9':
		return p.numbers()
	case c == '?':
		p.i++
		if err := p.want("("); err != nil {
			return nil, err
		}
		test, err := p.either()
		if err != nil {
			return nil, err
		}
		if err := p.want(")"); err != nil {
			return nil, err
		}
		return predicate{test}, p.want("]")
	}
	return nil, problem("expected a quoted name, a number, * or ?( in the brackets")
}

func (p *parser) quoted() (step, error) {
	var n names
	for {
		name, err := p.text()
		if err != nil {
			return nil, err
		}
		n = append(n, name)
		if p.take("]") {
			return n, nil
		}
		if err := p.want(","); err != nil {
			return nil, err
		}
		p.blanks()
	}
}

// numbers reads [1], [1,2] or [1:2].
func (p *parser) numbers() (step, error) {
	end := strings.IndexByte(p.s[p.i:], ']')
	if end < 0 {
		return nil, problem("expected ]")
	}
	inside := p.s[p.i : p.i+end]
	if from, to, ok := strings.Cut(inside, ":"); ok {
		var s slice
		var err error
		if s.from, s.hasFrom, err = bound(from); err != nil {
			return nil, err
		}
		if s.to, s.hasTo, err = bound(to); err != nil {
			return nil, err
		}
		p.i += end + 1
		return s, nil
	}
	var x index
	for _, part := range strings.Split(inside, ",") {
		n, ok, err := bound(part)
		if err != nil || !ok {
			return nil, problem("expected a number")
		}
		x = append(x, n)
	}
	p.i += end + 1
	return x, nil
}

func bound(text string) (n int, ok bool, err error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, false, nil
	}
	m, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, false, problem(text + " is no number")
	}
	return int(m), true, nil
}

// text reads a text in single or double quotes.
func (p *parser) text() (string, error) {
	quote := p.peek()
	if quote != '\'' && quote != '"' {
		return "", problem("expected a quote")
	}
	var b strings.Builder
	for i := p.i + 1; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == quote:
			p.i = i + 1
			return b.String(), nil
		case c == '\\' && i+1 < len(p.s):
			i++
			n, err := escape(&b, p.s[i:])
			if err != nil {
				return "", err
			}
			i += n
		default:
			b.WriteByte(c)
		}
	}
	return "", problem("the text has no closing quote")
}

// escape writes what follows a backslash; n is how many bytes it takes beyond the first.
func escape(b *strings.Builder, s string) (n int, err error) {
	if i := strings.IndexByte("nrtbf", s[0]); i >= 0 {
		b.WriteByte("\n\r\t\b\f"[i])
		return 0, nil
	}
	if s[0] != 'u' {
		b.WriteByte(s[0])
		return 0, nil
	}
	if len(s) < 5 {
		return 0, problem("\\u needs four digits")
	}
	r, err := strconv.ParseUint(s[1:5], 16, 16)
	if err != nil {
		return 0, problem("\\u needs four digits")
	}
	b.WriteRune(rune(r))
	return 4, nil
}

func newNumber(text string) (operand, error) {
	n := parseNumber(text)
	if n == nil {
		return operand{}, problem(text + " is no number")
	}
	o := operand{exact: n}
	if n.isInt {
		o.value = tasks.NewInt64(n.whole)
	} else {
		f, _ := n.rat.Float64()
		o.value = tasks.NewFloat64(f)
	}
	return o, nil
}
