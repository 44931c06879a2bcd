package spooldir

// dialect is how fields and rows are told apart. A quote or escape of 0 is none.
type dialect struct {
	separator, quote, escape byte
	blanks                   bool // skip blanks before an opening quote
	// special marks the bytes that may end a field or mean something in it.
	special [256]bool
}

func newDialect(separator, quote, escape byte, blanks bool) dialect {
	d := dialect{separator: separator, quote: quote, escape: escape, blanks: blanks}
	for _, c := range []byte{separator, quote, escape, '\r', '\n'} {
		d.special[c] = true
	}
	return d
}

// field is where a field lies in its row.
type field struct {
	from, to int
	quoted   bool
	dirty    bool // holds escapes, or CRLF that is to become LF
}

// split finds the fields of the row at the start of b and returns the row's length with its line end, which is LF, CRLF, or
// the end of the data when atEnd is set. A length of 0 says that the row goes on behind b. It appends to fields.
func (d *dialect) split(b []byte, atEnd bool, fields []field) ([]field, int, *rowError) {
	i, below := 0, 0
	for {
		start := i
		if d.blanks {
			for i < len(b) && (b[i] == ' ' || b[i] == '\t') && b[i] != d.separator {
				i++
			}
		}
		if d.quote != 0 && i < len(b) && b[i] == d.quote {
			f, next, lines, err := d.quoted(b, i+1, atEnd)
			below += lines
			if err != nil {
				err.below = below
				return fields, 0, err
			}
			if next < 0 {
				return fields, 0, nil
			}
			fields, i = append(fields, f), next
		} else {
			f, next, err := d.bare(b, start, atEnd)
			if err != nil {
				err.below = below
				return fields, 0, err
			}
			if next < 0 {
				return fields, 0, nil
			}
			fields, i = append(fields, f), next
		}
		switch {
		case i >= len(b):
			return fields, i, nil // the end of the data
		case b[i] == d.separator:
			i++
		case b[i] == '\r' && i+1 < len(b):
			return fields, i + 2, nil
		default:
			return fields, i + 1, nil
		}
	}
}

// bare finds the end of a field without quotes that starts at b[i]: the index of what ends it, or -1 when more is needed.
func (d *dialect) bare(b []byte, i int, atEnd bool) (field, int, *rowError) {
	f := field{from: i}
	for ; i < len(b); i++ {
		if !d.special[b[i]] {
			continue
		}
		switch c := b[i]; {
		case c == d.separator || c == '\n':
			f.to = i
			return f, i, nil
		case c == '\r' && i+1 < len(b) && b[i+1] == '\n', c == '\r' && i+1 == len(b) && atEnd:
			f.to = i
			return f, i, nil
		case c == d.quote && c != 0:
			return f, 0, &rowError{reason: "a quote stands inside a field that does not begin with one"}
		case c == d.escape && c != 0 && d.escapes(b, i):
			f.dirty = true
			i++
		}
	}
	f.to = i
	if !atEnd {
		return f, -1, nil
	}
	return f, i, nil
}

// escapes reports whether the escape character at b[i] makes the next one plain.
func (d *dialect) escapes(b []byte, i int) bool {
	return i+1 < len(b) && (b[i+1] == d.escape || b[i+1] == d.quote && d.quote != 0)
}

// quoted finds the end of a field whose text starts at b[i], behind the opening quote, and counts its line ends.
func (d *dialect) quoted(b []byte, i int, atEnd bool) (f field, next, lines int, _ *rowError) {
	f = field{from: i, quoted: true}
	for ; i < len(b); i++ {
		if !d.special[b[i]] {
			continue
		}
		switch c := b[i]; {
		case c == d.escape && c != 0 && c != d.quote && d.escapes(b, i):
			f.dirty = true
			i++
		case c == d.quote:
			if i+1 == len(b) && !atEnd {
				return f, -1, lines, nil
			}
			if i+1 < len(b) && b[i+1] == d.quote {
				f.dirty = true
				i++
				continue
			}
			f.to = i
			return d.closed(b, f, lines, atEnd)
		case c == '\n':
			lines++
			f.dirty = f.dirty || i > f.from && b[i-1] == '\r'
		}
	}
	if atEnd {
		return f, 0, lines, &rowError{reason: "a quoted field is not closed", open: true}
	}
	return f, -1, lines, nil
}

// closed checks that what follows the closing quote at b[f.to] ends the field.
func (d *dialect) closed(b []byte, f field, lines int, atEnd bool) (field, int, int, *rowError) {
	i := f.to + 1
	switch {
	case i == len(b) || b[i] == d.separator || b[i] == '\n':
		return f, i, lines, nil
	case b[i] == '\r' && i+1 == len(b):
		if !atEnd {
			return f, -1, lines, nil
		}
		return f, i, lines, nil
	case b[i] == '\r' && b[i+1] == '\n':
		return f, i, lines, nil
	}
	return f, 0, lines, &rowError{reason: "text follows the closing quote of a field"}
}

// clean removes the escapes of a dirty field in place, and makes CRLF inside quotes LF. It returns the field's new end.
func (d *dialect) clean(b []byte, f field) int {
	out := f.from
	for i := f.from; i < f.to; i++ {
		c := b[i]
		switch {
		case c == d.escape && c != 0 && c != d.quote && d.escapes(b[:f.to], i), f.quoted && c == d.quote:
			i++
			c = b[i]
		case f.quoted && c == '\r' && i+1 < f.to && b[i+1] == '\n':
			continue
		}
		b[out] = c
		out++
	}
	return out
}
