package protobuf

import (
	"fmt"
	"strings"
)

// linker knows the types of a file and of what it imports, by full name.
type linker struct {
	messages map[string]*message
	enums    map[string]*enum
	symbols  map[string]string // every name of the file at hand and what it is; what is defined twice is an error
}

// parseSchema parses a text with the files that it may import, by the names that imports use, and links the types. The
// well-known files are known without being given.
func parseSchema(text string, imports map[string]string) (*file, error) {
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	l := &linker{messages: map[string]*message{}, enums: map[string]*enum{}}
	if err := l.load(f, imports, map[string]bool{}); err != nil {
		return nil, err
	}
	return f, l.link(f)
}

// load takes in the types of what f imports, linked. What cannot be found is no error until a type of it is needed.
func (l *linker) load(f *file, imports map[string]string, seen map[string]bool) error {
	for _, name := range f.imports {
		if seen[name] {
			continue
		}
		seen[name] = true
		text, ok := imports[name]
		if !ok {
			if text = wellKnown(name); text == "" {
				continue
			}
		}
		below, err := parse(text)
		if err != nil {
			return fmt.Errorf("import %s: %w", name, err)
		}
		if err := l.load(below, imports, seen); err != nil {
			return err
		}
		if err := l.link(below); err != nil {
			return fmt.Errorf("import %s: %w", name, err)
		}
	}
	return nil
}

// link gives the types of f their full names, and its fields their types.
func (l *linker) link(f *file) error {
	l.symbols = map[string]string{}
	for _, m := range f.messages {
		if err := l.define(m, f.pkg); err != nil {
			return err
		}
	}
	if err := l.defineEnums(f.enums, f.pkg); err != nil {
		return err
	}
	for _, m := range f.messages {
		if err := l.resolve(m); err != nil {
			return err
		}
	}
	return nil
}

func join(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

func (l *linker) symbol(full, what string) error {
	name := full[strings.LastIndexByte(full, '.')+1:]
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return fmt.Errorf("%s: %q is not a valid identifier", full, name)
		}
	}
	if name == "" {
		return fmt.Errorf("%s: missing name", full)
	}
	if other, ok := l.symbols[full]; ok {
		return fmt.Errorf("%s: %q is already defined as %s", full, name, other)
	}
	l.symbols[full] = what
	return nil
}

func (l *linker) define(m *message, scope string) error {
	m.full = join(scope, m.name)
	if err := l.symbol(m.full, "a message"); err != nil {
		return err
	}
	l.messages[m.full] = m
	for _, below := range m.messages {
		if err := l.define(below, m.full); err != nil {
			return err
		}
	}
	if err := l.defineEnums(m.enums, m.full); err != nil {
		return err
	}
	numbers := map[int32]string{}
	for _, f := range m.fields {
		full := join(m.full, f.name)
		if err := l.symbol(full, "a field"); err != nil {
			return err
		}
		if f.number <= 0 || f.number > maxNumber {
			return fmt.Errorf("%s: field numbers must be positive integers", full)
		}
		if other, ok := numbers[f.number]; ok {
			return fmt.Errorf("%s: field number %d has already been used in %q by field %q", full, f.number, m.full, other)
		}
		numbers[f.number] = f.name
	}
	return nil
}

// maxNumber is the largest number of a field that the wire format has room for.
const maxNumber = 1<<29 - 1

func (l *linker) defineEnums(list []*enum, scope string) error {
	for _, e := range list {
		e.full = join(scope, e.name)
		if err := l.symbol(e.full, "an enum"); err != nil {
			return err
		}
		if len(e.values) == 0 {
			return fmt.Errorf("%s: enums must contain at least one value", e.full)
		}
		l.enums[e.full] = e
		for _, v := range e.values {
			if err := l.symbol(join(scope, v.name), "an enum value"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *linker) resolve(m *message) error {
	for _, f := range m.fields {
		if f.kind != 0 {
			continue
		}
		if !l.find(f, m.full) {
			return fmt.Errorf("%s: %q is not defined", join(m.full, f.name), f.typeName)
		}
	}
	for _, below := range m.messages {
		if err := l.resolve(below); err != nil {
			return err
		}
	}
	return nil
}

// find looks a field's type up in the message's scope and in those around it. The innermost scope that has the first part
// of the name counts.
func (l *linker) find(f *field, scope string) bool {
	if name, ok := strings.CutPrefix(f.typeName, "."); ok {
		return l.take(f, name)
	}
	first, _, dotted := strings.Cut(f.typeName, ".")
	for {
		if dotted && l.messages[join(scope, first)] != nil {
			return l.take(f, join(scope, f.typeName))
		}
		if l.take(f, join(scope, f.typeName)) {
			return true
		}
		if scope == "" {
			return false
		}
		scope = scope[:max(strings.LastIndexByte(scope, '.'), 0)]
	}
}

func (l *linker) take(f *field, full string) bool {
	if m := l.messages[full]; m != nil {
		f.kind, f.message = kindMessage, m
		return true
	}
	if e := l.enums[full]; e != nil {
		f.kind, f.enum = kindEnum, e
		return true
	}
	return false
}
