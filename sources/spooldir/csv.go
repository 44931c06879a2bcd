package spooldir

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unsafe"

	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

// The null field indicators.
const (
	nullNeither    = "NEITHER"
	nullSeparators = "EMPTY_SEPARATORS"
	nullQuotes     = "EMPTY_QUOTES"
	nullBoth       = "BOTH"
)

// csvFormat reads CSV files.
type csvFormat struct {
	dialect                dialect
	charset                text.Charset
	header, caseSensitive  bool
	normalize              bool
	skip                   int
	nullBare, nullInQuotes bool
	schemas                schemas
	parser                 parser
}

func newCSV(c tasks.Config) (format, error) {
	charset, err := text.NewCharset(c.String(charsetKey))
	if err != nil {
		return nil, tasks.InvalidValue(charsetKey, c.String(charsetKey), err.Error())
	}
	sch, err := schemasOf(c)
	if err != nil {
		return nil, err
	}
	p, err := parserOf(c)
	if err != nil {
		return nil, err
	}
	nulls, escape := c.String(nullKey), byte(c.Int(escapeKey))
	if c.Bool(rfcKey) {
		escape = 0
	}
	f := &csvFormat{charset: charset, header: c.Bool(headerKey), caseSensitive: c.Bool(caseKey), normalize: c.Bool(normalizeKey),
		skip: int(c.Int(skipKey)), nullBare: nulls == nullSeparators || nulls == nullBoth, nullInQuotes: nulls == nullQuotes || nulls == nullBoth,
		schemas: sch, parser: p,
		dialect: newDialect(byte(c.Int(separatorKey)), byte(c.Int(quoteKey)), escape, c.Bool(blanksKey))}
	if d := f.dialect; d.separator == 0 || d.separator == d.quote || d.separator == d.escape || strings.ContainsAny("\r\n", string(d.separator)) {
		return nil, tasks.InvalidValue(separatorKey, fmt.Sprint(d.separator), "it must not be 0, a line end, or the same as the quote or escape character")
	}
	return f, nil
}

// end trims blank lines: those behind the last row are no rows.
func (c *csvFormat) end(f readerAt, size int64) (int64, error) {
	last := int64(0) // behind the last byte that is not of a line end
	err := text.ScanBack(f, 0, size, func(block []byte, at int64) bool {
		for i := len(block) - 1; i >= 0; i-- {
			if block[i] != '\n' && block[i] != '\r' {
				last = at + int64(i) + 1
				return true
			}
		}
		return false
	})
	if err != nil || last == 0 {
		return 0, err
	}
	var tail [2]byte
	n, err := f.ReadAt(tail[:min(2, size-last)], last)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read at %d: %w", last, err)
	}
	switch {
	case n == 2 && tail == [2]byte{'\r', '\n'}:
		return last + 2, nil
	case n > 0 && (tail[0] == '\n' || n == 1):
		return last + 1, nil
	}
	return last, nil
}

// resume refuses to read on in the middle of a row: the last row had no line end, and the file has grown since.
func (c *csvFormat) resume(f readerAt, offset, until int64) error {
	if offset == 0 || offset >= until {
		return nil
	}
	var b [3]byte
	n, err := f.ReadAt(b[:], offset-1)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read at %d: %w", offset-1, err)
	}
	if b[0] == '\n' || n > 1 && b[1] == '\n' || n > 2 && b[1] == '\r' && b[2] == '\n' {
		return nil
	}
	return fmt.Errorf("it was read to byte %d, where its last row had no line end, and was then written on in the middle of that row; "+
		"set %s so that files are read when they are whole", offset, minimumAgeKey)
}

var bom = []byte("\uFEFF")

// begin skips lines and reads the header.
func (c *csvFormat) begin(w window) (rows, int64, error) {
	if err := skipBOM(w); err != nil {
		return nil, 0, err
	}
	r := &csvRows{csvFormat: c}
	for range c.skip {
		if err := skipLine(w); err != nil {
			return nil, 0, err
		}
	}
	var names []string
	if c.header {
		n, err := r.split(w)
		if err == io.EOF {
			return nil, w.Offset(), nil
		}
		if err != nil {
			return nil, 0, err
		}
		row := bytes.Clone(w.Bytes()[:n])
		plain := c.charset.Plain(row)
		for _, f := range r.fields {
			names = append(names, c.columnName(c.text(row, f, plain)))
		}
		w.Skip(n)
	} else if names = c.schemas.names(); names == nil {
		start := w.Offset()
		if _, err := r.split(w); err == io.EOF {
			return nil, w.Offset(), nil
		} else if err != nil {
			return nil, 0, err
		}
		for i := range r.fields {
			names = append(names, fmt.Sprintf("column%02d", i+1))
		}
		return r, start, r.bind(names)
	}
	return r, w.Offset(), r.bind(names)
}

func skipBOM(w window) error {
	if err := w.More(); err != nil && err != io.EOF {
		return err
	}
	if len(w.Bytes()) >= len(bom) && string(w.Bytes()[:len(bom)]) == string(bom) && w.Offset() == 0 {
		w.Skip(len(bom))
	}
	return nil
}

func skipLine(w window) error {
	for {
		b := w.Bytes()
		for i, c := range b {
			if c == '\n' {
				w.Skip(i + 1)
				return nil
			}
		}
		w.Skip(len(b))
		if err := w.More(); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
	}
}

var notAvro = regexp.MustCompile(`[^A-Za-z0-9_]+`)

func (c *csvFormat) columnName(name string) string {
	if !c.normalize {
		return name
	}
	name = notAvro.ReplaceAllString(name, "_")
	if name != "" && name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name
}

// text returns a field's text; it may change row, which it aliases when row is plain, that is, needs no decoding.
func (c *csvFormat) text(row []byte, f field, plain bool) string {
	if f.dirty {
		f.to = c.dialect.clean(row, f)
	}
	b := row[f.from:f.to]
	if !plain {
		return string(c.charset.Append(nil, b))
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}
