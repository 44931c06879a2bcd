package protobuf

import (
	"slices"
	"strings"
)

// parser reads one .proto text.
type parser struct {
	lexer
	f *file
}

// Canonical returns a text as the Java classes write it, so that texts of the same declarations are the same; ok is false
// for one that has what this package does not keep, or that is no .proto text.
func Canonical(text string) (canonical string, ok bool) {
	p, err := parseAll(text)
	if err != nil || p.lossy || p.f.syntax != "proto3" || len(p.f.enums) > 0 {
		return "", false
	}
	return p.f.text(), true
}

// parse returns the declarations of a .proto text, not linked yet.
func parse(text string) (*file, error) {
	p, err := parseAll(text)
	return p.f, err
}

func parseAll(text string) (*parser, error) {
	p := &parser{lexer: lexer{s: text, line: 1}, f: &file{syntax: "proto2"}}
	if err := p.next(); err != nil {
		return p, err
	}
	for p.kind != tokenEnd {
		if err := p.topLevel(); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *parser) topLevel() error {
	if ok, err := p.take(";"); ok || err != nil {
		return err
	}
	word, err := p.word()
	if err != nil {
		return err
	}
	switch word {
	case "syntax", "edition":
		return p.syntax(word)
	case "package":
		if p.f.pkg, err = p.word(); err != nil {
			return err
		}
		return p.expect(";")
	case "import":
		return p.importing()
	case "option":
		_, err := p.optionStatement()
		return err
	case "message":
		m, err := p.message()
		if err != nil {
			return err
		}
		p.f.messages = append(p.f.messages, m)
	case "enum":
		e, err := p.enum()
		if err != nil {
			return err
		}
		p.f.enums = append(p.f.enums, e)
	case "service", "extend":
		p.lossy = true
		if _, err := p.word(); err != nil {
			return err
		}
		return p.block()
	default:
		return p.errorf("unexpected label: %s", word)
	}
	return nil
}

func (p *parser) syntax(word string) error {
	if err := p.expect("="); err != nil {
		return err
	}
	s, err := p.str()
	if err != nil {
		return err
	}
	switch {
	case word == "edition":
		s = "editions"
	case s != "proto2" && s != "proto3":
		return p.errorf("unexpected syntax: %s", s)
	}
	p.f.syntax = s
	return p.expect(";")
}

func (p *parser) importing() error {
	if p.kind == tokenWord {
		if p.text != "public" && p.text != "weak" {
			return p.errorf("expected a string but found %q", p.text)
		}
		p.lossy = true
		if err := p.next(); err != nil {
			return err
		}
	}
	name, err := p.str()
	if err != nil {
		return err
	}
	p.f.imports = append(p.f.imports, name)
	return p.expect(";")
}

func (p *parser) optionStatement() (option, error) {
	p.lossy = true
	o, err := p.option()
	if err != nil {
		return o, err
	}
	return o, p.expect(";")
}

// block passes over { … }.
func (p *parser) block() error {
	if err := p.expect("{"); err != nil {
		return err
	}
	for depth := 1; depth > 0; {
		switch {
		case p.kind == tokenEnd:
			return p.errorf("the braces do not match")
		case p.is("{"):
			depth++
		case p.is("}"):
			depth--
		}
		if err := p.next(); err != nil {
			return err
		}
	}
	return nil
}

// statement passes over what ends with a semicolon.
func (p *parser) statement() error {
	for !p.is(";") {
		if p.kind == tokenEnd {
			return p.errorf("expected ';'")
		}
		if err := p.next(); err != nil {
			return err
		}
	}
	return p.next()
}

func (p *parser) message() (*message, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.errorf("nested too deeply")
	}
	defer func() { p.depth-- }()
	name, err := p.word()
	if err != nil {
		return nil, err
	}
	m := &message{name: name, file: p.f}
	var plain []*field
	if err := p.expect("{"); err != nil {
		return nil, err
	}
	for !p.is("}") {
		f, err := p.member(m)
		if err != nil {
			return nil, err
		}
		if f != nil {
			plain = append(plain, f)
		}
	}
	// The fields of oneofs come first, as in Java's descriptor.
	m.fields = append(m.fields, plain...)
	return m, p.expect("}")
}

// member reads one declaration inside of a message. It returns a field that is in no oneof; the others are in m already.
func (p *parser) member(m *message) (*field, error) {
	if ok, err := p.take(";"); ok || err != nil {
		return nil, err
	}
	word, err := p.word()
	if err != nil {
		return nil, err
	}
	if p.kind == tokenWord || p.is("(") || p.kind == tokenString {
		switch word {
		case "message":
			p.lossy = p.lossy || len(m.enums) > 0 // the order is not kept
			below, err := p.message()
			m.messages = append(m.messages, below)
			return nil, err
		case "enum":
			e, err := p.enum()
			m.enums = append(m.enums, e)
			return nil, err
		case "oneof":
			return nil, p.oneof(m)
		case "option":
			_, err := p.optionStatement()
			return nil, err
		case "extend":
			p.lossy = true
			if err := p.next(); err != nil {
				return nil, err
			}
			return nil, p.block()
		case "reserved", "extensions":
			p.lossy = true
			return nil, p.statement()
		}
	}
	return p.field(m, word)
}

func (p *parser) oneof(m *message) error {
	name, err := p.word()
	if err != nil {
		return err
	}
	o := &oneof{name: name}
	m.oneofs = append(m.oneofs, o)
	if err := p.expect("{"); err != nil {
		return err
	}
	for !p.is("}") {
		if ok, err := p.take(";"); ok || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		word, err := p.word()
		if err != nil {
			return err
		}
		if word == "option" {
			if _, err := p.optionStatement(); err != nil {
				return err
			}
			continue
		}
		f, err := p.field(m, word)
		if err != nil {
			return err
		}
		if f != nil {
			f.oneof = o
			o.fields = append(o.fields, f)
			m.fields = append(m.fields, f)
		}
	}
	return p.expect("}")
}

// field reads a field whose first word is read; nil for a group, which the Java parser leaves out.
func (p *parser) field(m *message, word string) (*field, error) {
	f := &field{}
	labels := map[string]label{"optional": labelOptional, "required": labelRequired, "repeated": labelRepeated}
	if l, ok := labels[word]; ok && p.kind == tokenWord {
		f.label = l
		var err error
		if word, err = p.word(); err != nil {
			return nil, err
		}
	}
	if word == "group" && p.kind == tokenWord {
		p.lossy = true
		return nil, p.group()
	}
	var entry *message
	if word == "map" && p.is("<") {
		var err error
		if entry, err = p.mapTypes(); err != nil {
			return nil, err
		}
		p.lossy = true
		f.label, f.kind, f.message = labelRepeated, kindMessage, entry
	} else {
		f.kind, f.typeName = scalar(word), word
	}
	var err error
	if f.name, err = p.word(); err != nil {
		return nil, err
	}
	if err := p.expect("="); err != nil {
		return nil, err
	}
	if f.number, err = p.integer(); err != nil {
		return nil, err
	}
	options, err := p.options()
	if err != nil {
		return nil, err
	}
	f.set(options)
	p.lossy = p.lossy || len(options) > 0 && !onlyParams(options)
	if entry != nil {
		entry.name = mapEntry(f.name)
		m.messages = append(m.messages, entry)
	}
	return f, p.expect(";")
}

// group passes over a group after its keyword.
func (p *parser) group() error {
	if _, err := p.word(); err != nil {
		return err
	}
	if err := p.expect("="); err != nil {
		return err
	}
	if _, err := p.integer(); err != nil {
		return err
	}
	if _, err := p.options(); err != nil {
		return err
	}
	return p.block()
}

func (p *parser) mapTypes() (*message, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	entry := &message{file: p.f, entry: true}
	for i, name := range []string{"key", "value"} {
		word, err := p.word()
		if err != nil {
			return nil, err
		}
		f := &field{name: name, number: int32(i + 1), kind: scalar(word)}
		if f.kind == 0 {
			f.typeName = word
		}
		entry.fields = append(entry.fields, f)
		if err := p.expect([]string{",", ">"}[i]); err != nil {
			return nil, err
		}
	}
	return entry, nil
}

// set takes from a field's options what matters.
func (f *field) set(options []option) {
	yes := func(s string) *bool { v := s == "true"; return &v }
	for _, o := range options {
		switch o.name {
		case "default":
			f.def = &o.value.text
		case "packed":
			f.packed = yes(o.value.text)
		case "features.field_presence":
			switch v := o.value.text == "IMPLICIT"; {
			case o.value.text == "LEGACY_REQUIRED":
				f.label = labelRequired
			default:
				f.implicit = &v
			}
		case "features.repeated_field_encoding":
			v := o.value.text == "PACKED"
			f.packed = &v
		}
	}
	f.params = metaParams(options)
}

func (p *parser) enum() (*enum, error) {
	name, err := p.word()
	if err != nil {
		return nil, err
	}
	e := &enum{name: name, open: p.f.syntax != "proto2"}
	if err := p.expect("{"); err != nil {
		return nil, err
	}
	for !p.is("}") {
		if ok, err := p.take(";"); ok || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		if err := p.enumMember(e); err != nil {
			return nil, err
		}
	}
	return e, p.expect("}")
}

func (p *parser) enumMember(e *enum) error {
	word, err := p.word()
	if err != nil {
		return err
	}
	if !p.is("=") {
		switch word {
		case "option":
			o, err := p.optionStatement()
			if o.name == "features.enum_type" {
				e.open = o.value.text != "CLOSED"
			}
			return err
		case "reserved":
			p.lossy = true
			return p.statement()
		}
	}
	if err := p.expect("="); err != nil {
		return err
	}
	n, err := p.integer()
	if err != nil {
		return err
	}
	options, err := p.options()
	if err != nil {
		return err
	}
	p.lossy = p.lossy || len(options) > 0
	e.values = append(e.values, enumValue{word, n})
	return p.expect(";")
}

// mapEntry names the message of a map field's entries.
func mapEntry(name string) string {
	if strings.Contains(name, "_") {
		words := strings.Split(name, "_")
		for i, w := range words {
			if w != "" {
				words[i] = strings.ToUpper(w[:1]) + strings.ToLower(w[1:])
			}
		}
		name = strings.Join(words, "")
	}
	return name + entrySuffix
}

const entrySuffix = "Entry"

// mapName names the map of an entry's message: the reverse, in words of lower case.
func mapName(entry string) string {
	name, ok := strings.CutSuffix(entry, entrySuffix)
	if !ok {
		return entry
	}
	var out []byte
	for i, c := range []byte(name) {
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				out = append(out, '_')
			}
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

// isMap reports whether a field is read as a map.
func (f *field) isMap() bool {
	if f.label != labelRepeated || f.kind != kindMessage || !strings.HasSuffix(f.message.name, entrySuffix) {
		return false
	}
	pair := f.message.fields
	return len(pair) == 2 && pair[0].name == "key" && pair[1].name == "value" &&
		!slices.ContainsFunc(pair, func(f *field) bool { return f.label == labelRepeated })
}
