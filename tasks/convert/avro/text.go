package avro

// String returns the schema's text in the order of members that the Java library writes.
func (s *Schema) String() string {
	return string((&writer{seen: map[string]bool{}}).schema(nil, s, ""))
}

// writer remembers which names are defined already.
type writer struct{ seen map[string]bool }

func (w *writer) schema(dst []byte, s *Schema, space string) []byte {
	switch {
	case s.Kind == Union:
		dst = append(dst, '[')
		for i, b := range s.Branches {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = w.schema(dst, b, space)
		}
		return append(dst, ']')
	case s.Name != "" && w.seen[s.Name]:
		if namespaceOf(s.Name) == space {
			return appendString(dst, s.simpleName())
		}
		return appendString(dst, s.Name)
	case s.Kind < Record && len(s.props.keys) == 0:
		return appendString(dst, s.Kind.String())
	}
	dst = appendString(append(dst, `{"type":`...), s.Kind.String())
	if s.Name != "" {
		w.seen[s.Name] = true
		dst = appendString(append(dst, `,"name":`...), s.simpleName())
		if ns := namespaceOf(s.Name); ns != space {
			dst, space = appendString(append(dst, `,"namespace":`...), ns), ns
		}
		dst = appendOptional(dst, "doc", s.Doc)
	}
	switch s.Kind {
	case Record:
		dst = w.fields(dst, s, space)
	case Enum:
		dst = appendOptional(appendTexts(dst, "symbols", s.Symbols), "default", s.Default)
	case Fixed:
		size := intNode(int64(s.Size))
		dst = size.append(append(dst, `,"size":`...))
	case Array:
		dst = w.schema(append(dst, `,"items":`...), s.Items, space)
	case Map:
		dst = w.schema(append(dst, `,"values":`...), s.Items, space)
	}
	dst = appendProps(dst, &s.props)
	if len(s.Aliases) > 0 {
		dst = appendTexts(dst, "aliases", s.Aliases)
	}
	return append(dst, '}')
}

func (w *writer) fields(dst []byte, s *Schema, space string) []byte {
	dst = append(dst, `,"fields":[`...)
	for i := range s.Fields {
		f := &s.Fields[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(append(dst, `{"name":`...), f.Name)
		dst = w.schema(append(dst, `,"type":`...), f.Schema, space)
		dst = appendOptional(dst, "doc", f.Doc)
		if f.def != nil {
			dst = f.def.append(append(dst, `,"default":`...))
		}
		if len(f.Aliases) > 0 {
			dst = appendTexts(dst, "aliases", f.Aliases)
		}
		dst = append(appendProps(dst, &f.props), '}')
	}
	return append(dst, ']')
}

func appendOptional(dst []byte, key string, text *string) []byte {
	if text == nil {
		return dst
	}
	return appendString(append(appendString(append(dst, ','), key), ':'), *text)
}

func appendTexts(dst []byte, key string, list []string) []byte {
	n := node{kind: '['}
	for _, t := range list {
		n.items = append(n.items, stringNode(t))
	}
	return n.append(append(appendString(append(dst, ','), key), ':'))
}

func appendProps(dst []byte, props *node) []byte {
	for i, k := range props.keys {
		dst = props.items[i].append(append(appendString(append(dst, ','), k), ':'))
	}
	return dst
}
