package spooldir

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// parser makes values of text.
type parser struct {
	zone    *time.Location
	layouts []string // of Go's time package
}

func parserOf(c tasks.Config) (parser, error) {
	zone, err := time.LoadLocation(c.String(timezoneKey))
	if err != nil {
		return parser{}, tasks.InvalidValue(timezoneKey, c.String(timezoneKey), "Not a known time zone")
	}
	p := parser{zone: zone}
	for _, f := range c.List(dateFormatsKey) {
		layout, err := layoutOf(f)
		if err != nil {
			return parser{}, tasks.InvalidValue(dateFormatsKey, f, err.Error())
		}
		p.layouts = append(p.layouts, layout)
	}
	return p, nil
}

// layoutOf translates a date pattern of Java's into a layout of Go's.
func layoutOf(pattern string) (string, error) {
	known := map[string]string{"yyyy": "2006", "yy": "06", "MM": "01", "M": "1", "dd": "02", "d": "2", "HH": "15", "mm": "04", "ss": "05",
		"SSS": "000", "X": "Z07", "XX": "Z0700", "XXX": "Z07:00", "Z": "-0700", "MMM": "Jan", "a": "PM", "hh": "03", "h": "3"}
	var b strings.Builder
	for i := 0; i < len(pattern); {
		c := pattern[i]
		n := 1
		switch {
		case c == '\'':
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				return "", errors.New("a quote is not closed")
			}
			quoted := pattern[i+1 : i+1+end]
			if strings.ContainsAny(quoted, "0123456789_-+,.") || len(quoted) > 1 {
				return "", fmt.Errorf("the quoted text %q is not supported; one letter or blank is", quoted)
			}
			b.WriteString(quoted)
			n = end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			layout, ok := known[pattern[i:i+n]]
			if !ok {
				return "", fmt.Errorf("the letters %s are not supported", pattern[i:i+n])
			}
			if layout == "000" && !strings.HasSuffix(b.String(), ".") {
				return "", errors.New("SSS is supported only behind a point")
			}
			b.WriteString(layout)
		case c >= '0' && c <= '9' || c == '_':
			return "", fmt.Errorf("the character %q is not supported", c)
		default:
			b.WriteByte(c)
		}
		i += n
	}
	return b.String(), nil
}

// value makes a value of a schema of text, which it may alias. The error says what is wrong with the text.
func (p *parser) value(a *tasks.Arena, s *tasks.Schema, text string) (tasks.Value, error) {
	switch s.Name {
	case tasks.DateName, tasks.TimeName, tasks.TimestampName:
		return p.date(s.Name, text)
	case tasks.DecimalName:
		return decimal(a, s, text)
	}
	var v tasks.Value
	var err error
	switch s.Type {
	case tasks.String:
		return tasks.NewString(text), nil
	case tasks.Int8, tasks.Int16, tasks.Int32, tasks.Int64:
		return integer(s.Type, text)
	case tasks.Float32:
		var f float64
		f, err = strconv.ParseFloat(text, 32)
		v = tasks.NewFloat32(float32(f))
	case tasks.Float64:
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		v = tasks.NewFloat64(f)
	case tasks.Boolean:
		switch {
		case strings.EqualFold(text, "true"):
			return tasks.NewBoolean(true), nil
		case strings.EqualFold(text, "false"):
			return tasks.NewBoolean(false), nil
		}
		err = errors.New("not a boolean")
	case tasks.Bytes:
		var b []byte
		b, err = base64.StdEncoding.DecodeString(text)
		v = tasks.NewBytes(b)
	default:
		return tasks.Null, fmt.Errorf("a column cannot be of type %s", s.Type)
	}
	if err != nil {
		return tasks.Null, fmt.Errorf("%s is not a %s", shown(text), s.Type)
	}
	return v, nil
}

func integer(t tasks.Type, text string) (tasks.Value, error) {
	bits := map[tasks.Type]int{tasks.Int8: 8, tasks.Int16: 16, tasks.Int32: 32, tasks.Int64: 64}[t]
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		return tasks.Null, fmt.Errorf("%s is not an %s", shown(text), t)
	}
	switch t {
	case tasks.Int8:
		return tasks.NewInt8(int8(n)), nil
	case tasks.Int16:
		return tasks.NewInt16(int16(n)), nil
	case tasks.Int32:
		return tasks.NewInt32(int32(n)), nil
	}
	return tasks.NewInt64(n), nil
}

// date makes a date, a time of the day or an instant. A Date keeps the day alone, a Time the time of the day.
func (p *parser) date(name, text string) (tasks.Value, error) {
	parse := func(layout string) (tasks.Value, bool) {
		t, err := time.ParseInLocation(layout, text, p.zone)
		if err != nil {
			return tasks.Null, false
		}
		switch name {
		case tasks.DateName:
			y, m, d := t.Date()
			return tasks.NewTime(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).UnixMilli()), true
		case tasks.TimeName:
			return tasks.NewTime((int64(t.Hour())*3600+int64(t.Minute())*60+int64(t.Second()))*1000 + int64(t.Nanosecond())/1e6), true
		}
		return tasks.NewTime(t.UnixMilli()), true
	}
	switch name {
	case tasks.DateName:
		if v, ok := parse(time.DateOnly); ok {
			return v, nil
		}
	case tasks.TimeName:
		if v, ok := parse(time.TimeOnly); ok {
			return v, nil
		}
	}
	for _, l := range p.layouts {
		if v, ok := parse(l); ok {
			return v, nil
		}
	}
	return tasks.Null, fmt.Errorf("%s fits none of the patterns of %s", shown(text), dateFormatsKey)
}

func scaleOf(s *tasks.Schema) (int32, error) {
	text, _ := s.Parameter(tasks.ScaleParameter)
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 || n > 1000 {
		return 0, fmt.Errorf("a Decimal needs the parameter %q, a number from 0 to 1000", tasks.ScaleParameter)
	}
	return int32(n), nil
}

// decimal makes a decimal of the schema's scale. Digits behind it are refused rather than rounded.
func decimal(a *tasks.Arena, s *tasks.Schema, text string) (tasks.Value, error) {
	scale, err := scaleOf(s)
	if err != nil {
		return tasks.Null, err
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > int(scale) {
		return tasks.Null, fmt.Errorf("%s has more than %d digits behind the point, the scale of its Decimal", shown(text), scale)
	}
	digits := strings.TrimLeft(whole, "+-") + fraction
	if digits == "" || len(whole)-len(strings.TrimLeft(whole, "+-")) > 1 || strings.Trim(digits, "0123456789") != "" {
		return tasks.Null, fmt.Errorf("%s is not a decimal number", shown(text))
	}
	d := a.Decimal()
	d.Scale = scale
	if _, ok := d.Unscaled.SetString(strings.TrimPrefix(whole, "+")+fraction+strings.Repeat("0", int(scale)-len(fraction)), 10); !ok {
		return tasks.Null, fmt.Errorf("%s is not a decimal number", shown(text))
	}
	return tasks.NewDecimal(d), nil
}

// shown quotes text for an error, cut when long.
func shown(text string) string {
	if len(text) > 60 {
		text = text[:60] + "..."
	}
	return strconv.Quote(text)
}
