package jsonpath

import (
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

// condition is the inside of a filter.
type condition interface {
	holds(s *search, v tasks.Value) bool
}

type or []condition

func (c or) holds(s *search, v tasks.Value) bool {
	return slices.ContainsFunc(c, func(x condition) bool { return x.holds(s, v) })
}

type and []condition

func (c and) holds(s *search, v tasks.Value) bool {
	return !slices.ContainsFunc(c, func(x condition) bool { return !x.holds(s, v) })
}

type not struct{ condition }

func (c not) holds(s *search, v tasks.Value) bool { return !c.condition.holds(s, v) }

// exists is a path alone. Every field that it names must be there.
type exists struct{ *Path }

func (c exists) holds(s *search, v tasks.Value) bool {
	_, err := c.find(s.root, v, true)
	return err == nil
}

// operand is one side of a comparison: a path, a pattern or a value.
type operand struct {
	path    *Path
	pattern *javaregexp.Regexp
	value   tasks.Value
	exact   *number // of a number
}

// resolved is what an operand is for one record. Undefined is neither null nor equal to anything.
type resolved struct {
	value     tasks.Value
	exact     *number
	undefined bool
}

func (o *operand) resolve(s *search, v tasks.Value) resolved {
	if o.path == nil {
		return resolved{value: o.value, exact: o.exact}
	}
	found, err := o.path.find(s.root, v, false)
	switch {
	case err != nil:
		return resolved{undefined: true}
	case o.path.definite:
		return resolved{value: found[0]}
	}
	return resolved{value: tasks.NewList(found)}
}

// comparison is left op right.
type comparison struct {
	left, right operand
	op          string
}

func (c *comparison) holds(s *search, v tasks.Value) bool {
	if c.op == "=~" {
		return c.matches(s, v)
	}
	l, r := c.left.resolve(s, v), c.right.resolve(s, v)
	switch c.op {
	case "==":
		return l.equal(r)
	case "!=":
		return !l.equal(r)
	case "===":
		return l.sameClass(r) && l.equal(r)
	case "!==":
		return !l.sameClass(r) || !l.equal(r)
	case "<":
		n, ok := l.compare(r)
		return ok && n < 0
	case "<=":
		n, ok := l.compare(r)
		return ok && n <= 0
	case ">":
		n, ok := l.compare(r)
		return ok && n > 0
	case ">=":
		n, ok := l.compare(r)
		return ok && n >= 0
	}
	return c.holdsList(l, r)
}

// holdsList is the operators that look into an array or text.
func (c *comparison) holdsList(l, r resolved) bool {
	in := func(list, x resolved) bool {
		return !list.undefined && slices.ContainsFunc(list.value.List(), func(item tasks.Value) bool { return x.equal(resolved{value: item}) })
	}
	each := func(list, all resolved) (hits, n int) {
		for _, item := range list.value.List() {
			if in(all, resolved{value: item}) {
				hits++
			}
		}
		return hits, len(list.value.List())
	}
	lists := l.value.Kind() == tasks.KindList && r.value.Kind() == tasks.KindList
	switch c.op {
	case "in":
		return in(r, l)
	case "nin":
		return !in(r, l)
	case "contains":
		if l.isText() && r.isText() {
			return strings.Contains(text(l.value), text(r.value))
		}
		return in(l, r)
	case "subsetof":
		hits, n := each(l, r)
		return lists && hits == n
	case "anyof":
		hits, _ := each(l, r)
		return lists && hits > 0
	case "noneof":
		hits, _ := each(l, r)
		return lists && hits == 0
	case "size":
		n, ok := l.size()
		return ok && resolved{value: tasks.NewInt64(int64(n))}.equal(r)
	}
	n, ok := l.size() // empty
	if isObject(l.value) {
		n, ok = len(children(l.value)), true
	}
	return ok && r.value.Kind() == tasks.KindBoolean && (n == 0) == r.value.Bool()
}

// size is that of a text or an array.
func (l resolved) size() (int, bool) {
	switch {
	case l.isText():
		return textLength(text(l.value)), true
	case l.value.Kind() == tasks.KindList:
		return len(l.value.List()), true
	}
	return 0, false
}

// matches is =~: the pattern must match the whole text, or that of some item.
func (c *comparison) matches(s *search, v tasks.Value) bool {
	pattern, other := c.right.pattern, &c.left
	if pattern == nil {
		pattern, other = c.left.pattern, &c.right
	}
	x := other.resolve(s, v)
	inputs := []tasks.Value{x.value}
	if x.value.Kind() == tasks.KindList {
		inputs = x.value.List()
	}
	return slices.ContainsFunc(inputs, func(v tasks.Value) bool {
		ok, err := pattern.FullMatch(text(v))
		return ok && err == nil
	})
}

// compareText is Java's String.compareTo.
func compareText(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}
