package jsonpath

import (
	"unicode/utf16"

	"github.com/mayfly-connect/mayfly/tasks"
)

// names is .name or ['a','b'].
type names []string

func (n names) definite() bool { return true }

func (n names) leads(_ *search, v tasks.Value) bool {
	for _, name := range n {
		if _, ok := member(v, name); !ok {
			return false
		}
	}
	return true
}

func (n names) walk(s *search, rest []step, v tasks.Value, definite bool) error {
	if !isObject(v) {
		return missing(definite || s.strict)
	}
	if len(n) > 1 && len(rest) == 0 { // Several at the end: one object of those that are there.
		m := &tasks.Map{}
		for _, name := range n {
			if x, ok := member(v, name); ok {
				m.Put(name, x)
			} else if s.strict {
				return ErrMissing
			}
		}
		return s.walk(nil, tasks.NewMapValue(m), definite)
	}
	for _, name := range n {
		x, ok := member(v, name)
		switch {
		case ok:
			if err := s.walk(rest, x, definite && len(n) == 1); err != nil {
				return err
			}
		case s.strict || len(rest) > 0 && definite:
			return ErrMissing
		}
	}
	return nil
}

// index is [0], [-1] or [0,2].
type index []int

func (x index) definite() bool { return len(x) == 1 }

func (x index) leads(_ *search, v tasks.Value) bool { return v.Kind() == tasks.KindList }

func (x index) walk(s *search, rest []step, v tasks.Value, definite bool) error {
	if v.Kind() != tasks.KindList {
		return missing(definite)
	}
	items := v.List()
	for _, i := range x {
		if i < 0 {
			i += len(items)
		}
		if i < 0 || i >= len(items) {
			continue
		}
		if err := s.walk(rest, items[i], definite && len(x) == 1); err != nil {
			return err
		}
	}
	return nil
}

// slice is [1:3], with either end left out. A bound from the end is negative.
type slice struct {
	from, to       int
	hasFrom, hasTo bool
}

func (x slice) definite() bool { return false }

func (x slice) leads(_ *search, v tasks.Value) bool { return v.Kind() == tasks.KindList }

func (x slice) walk(s *search, rest []step, v tasks.Value, definite bool) error {
	if v.Kind() != tasks.KindList {
		return missing(definite)
	}
	items := v.List()
	from, to := 0, len(items)
	if x.hasFrom {
		from = x.from
	}
	if x.hasTo {
		to = x.to
	}
	if from < 0 {
		from = max(from+len(items), 0)
	}
	if to < 0 {
		to += len(items)
	}
	for i := from; i < min(to, len(items)); i++ {
		if err := s.walk(rest, items[i], false); err != nil {
			return err
		}
	}
	return nil
}

// wildcard is * or [*].
type wildcard struct{}

func (wildcard) definite() bool { return false }

func (wildcard) leads(*search, tasks.Value) bool { return true }

func (wildcard) walk(s *search, rest []step, v tasks.Value, _ bool) error {
	for _, child := range children(v) {
		if err := s.walk(rest, child, false); err != nil {
			return err
		}
	}
	return nil
}

// descent is ..; it tries the next step everywhere below and at v.
type descent struct{}

func (descent) definite() bool { return false }

func (descent) leads(*search, tasks.Value) bool { return true }

func (d descent) walk(s *search, rest []step, v tasks.Value, _ bool) error {
	inside := children(v)
	if inside == nil && !isObject(v) {
		return nil
	}
	if rest[0].leads(s, v) {
		if err := s.walk(rest, v, false); err != nil {
			return err
		}
	}
	for _, child := range inside {
		if err := d.walk(s, rest, child, false); err != nil {
			return err
		}
	}
	return nil
}

// predicate is [?(...)]: of an array the items that pass, of an object the object itself.
type predicate struct{ test condition }

func (predicate) definite() bool { return false }

func (p predicate) leads(s *search, v tasks.Value) bool { return isObject(v) && p.test.holds(s, v) }

func (p predicate) walk(s *search, rest []step, v tasks.Value, definite bool) error {
	switch {
	case v.Kind() == tasks.KindList:
		for _, item := range v.List() {
			if p.test.holds(s, item) {
				if err := s.walk(rest, item, false); err != nil {
					return err
				}
			}
		}
		return nil
	case isObject(v):
		if p.test.holds(s, v) {
			return s.walk(rest, v, false)
		}
		return nil
	case v.IsNull() && definite:
		return ErrMissing
	case definite:
		return ErrPrimitive
	}
	return nil
}

// length is length() or size(): the number of items of an array, of members of an object; null for anything else.
type length struct{}

func (length) definite() bool { return true }

func (length) leads(*search, tasks.Value) bool { return true }

func (length) walk(s *search, _ []step, v tasks.Value, definite bool) error {
	if v.Kind() != tasks.KindList && !isObject(v) {
		return s.walk(nil, tasks.Null, definite)
	}
	return s.walk(nil, tasks.NewInt32(int32(len(children(v)))), definite)
}

// textLength is Java's String.length.
func textLength(s string) int { return len(utf16.Encode([]rune(s))) }
