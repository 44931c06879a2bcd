package javaregexp

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// flags are those of (?idmsux) and (?U).
type flags struct {
	fold, unixLines, multiline, dotAll, foldAll, comments, unicode bool
}

// translator reads a Java pattern and writes it for an engine. It does itself what the engines see differently: flags,
// classes, the ends of lines, the numbers of groups.
type translator struct {
	pattern    string
	in         []rune
	i          int
	flags      flags
	out        string
	groups     int
	names      map[string]int
	backtracks bool
	depth      int
	flagsOnly  bool // the atom just read is flags such as (?i)
	// plain writes for texts of ASCII without line terminators, in which the ends of lines are those of the text. matters
	// tells afterwards whether that made a difference.
	plain, matters bool
}

// node is a part of the pattern, written out, and the most characters that it can match.
type node struct {
	text  string
	width int
}

// unbounded is the width of what can match any number of characters.
const unbounded = math.MaxInt32

// maxDepth bounds the nesting of groups and classes.
const maxDepth = 500

// syntaxError is Java's PatternSyntaxException.
type syntaxError struct {
	text, pattern string
	at            int
}

func (e *syntaxError) Error() string {
	if e.at < 0 {
		return e.text + "\n" + e.pattern
	}
	m := fmt.Sprintf("%s near index %d\n%s", e.text, e.at, e.pattern)
	if e.at < len([]rune(e.pattern)) {
		m += "\n" + strings.Repeat(" ", e.at) + "^"
	}
	return m
}

func (t *translator) fail(format string, args ...any) error {
	return &syntaxError{fmt.Sprintf(format, args...), t.pattern, t.i - 1}
}

func translate(pattern string, plain bool) (*translator, error) {
	t := &translator{pattern: pattern, plain: plain, in: unquote([]rune(pattern)), names: map[string]int{}}
	n, err := t.alternatives()
	if err != nil {
		return nil, err
	}
	if t.more() {
		return nil, t.fail("Unmatched closing ')'")
	}
	t.out = n.text
	return t, nil
}

// unquote writes \Q...\E with a backslash for each character that may mean something.
func unquote(in []rune) []rune {
	var out []rune
	quoted := false
	for i := 0; i < len(in); i++ {
		next := rune(0)
		if i+1 < len(in) {
			next = in[i+1]
		}
		switch {
		case quoted && in[i] == '\\' && next == 'E':
			quoted = false
			i++
		case quoted && in[i] < 0x80 && !isLetter(in[i]) && !isDigit(in[i]):
			out = append(out, '\\', in[i])
		case quoted:
			out = append(out, in[i])
		case in[i] == '\\' && next == 'Q':
			quoted = true
			i++
		case in[i] == '\\' && next != 0:
			out = append(out, in[i], next)
			i++
		default:
			out = append(out, in[i])
		}
	}
	return out
}

// more reports whether there is a character to read; in comments mode blanks and comments are none.
func (t *translator) more() bool {
	for t.flags.comments && t.i < len(t.in) {
		switch r := t.in[t.i]; {
		case r == '#':
			for t.i < len(t.in) && t.in[t.i] != '\n' && t.in[t.i] != '\r' {
				t.i++
			}
		case r == ' ' || r >= '\t' && r <= '\r':
			t.i++
		default:
			return true
		}
	}
	return t.i < len(t.in)
}

// peek returns the next character, 0 at the end.
func (t *translator) peek() rune {
	if t.more() {
		return t.in[t.i]
	}
	return 0
}

// take consumes the next character when it is r.
func (t *translator) take(r rune) bool {
	if t.more() && t.in[t.i] == r {
		t.i++
		return true
	}
	return false
}

// takeText consumes a text that stands next as it is.
func (t *translator) takeText(s string) bool {
	if strings.HasPrefix(string(t.in[t.i:min(len(t.in), t.i+len(s))]), s) {
		t.i += len(s)
		return true
	}
	return false
}

// alternatives reads up to the end or a closing parenthesis. Flags that change inside hold to there.
func (t *translator) alternatives() (node, error) {
	before := t.flags
	defer func() { t.flags = before }()
	if t.depth++; t.depth > maxDepth {
		return node{}, t.fail("Groups are nested more than %d deep", maxDepth)
	}
	defer func() { t.depth-- }()
	var b strings.Builder
	width := 0
	for {
		n, err := t.sequence()
		if err != nil {
			return n, err
		}
		b.WriteString(n.text)
		width = max(width, n.width)
		if !t.take('|') {
			return node{b.String(), width}, nil
		}
		b.WriteByte('|')
	}
}

func (t *translator) sequence() (node, error) {
	var b strings.Builder
	width := 0
	for t.more() && t.peek() != '|' && t.peek() != ')' {
		t.flagsOnly = false
		n, err := t.atom()
		if err == nil && !t.flagsOnly { // Flags cannot be repeated.
			n, err = t.quantified(n)
		}
		if err != nil {
			return n, err
		}
		b.WriteString(n.text)
		width = min(unbounded, width+n.width)
	}
	return node{b.String(), width}, nil
}

func (t *translator) atom() (node, error) {
	switch r := t.peek(); r {
	case '{': // A repetition of nothing, or no repetition.
		return node{}, nil
	case '*', '+', '?':
		t.i++
		return node{}, t.fail("Dangling meta character '%c'", r)
	case '(':
		t.i++
		return t.group()
	case '[':
		t.i++
		s, err := t.brackets()
		return node{s.String(), 1}, err
	case '\\':
		t.i++
		return t.escape()
	case '.':
		t.i++
		return node{t.dot().String(), 1}, nil
	case '^':
		t.i++
		return t.lineStart(), nil
	case '$':
		t.i++
		return t.lineEnd(t.flags.multiline), nil
	default:
		t.i++
		return t.literal(r), nil
	}
}

func (t *translator) dot() set {
	switch {
	case t.flags.dotAll:
		return set(nil).not()
	case t.flags.unixLines:
		return runes("\n").not()
	}
	return lineEnds.not()
}

func (t *translator) literal(r rune) node {
	if s := t.folded(spans(r, r)); len(s) > 1 || s[0].from < s[0].to {
		return node{s.String(), 1}
	}
	if r >= 0xd800 && r < 0xe000 {
		return node{set{}.String(), 1}
	}
	return node{escaped(r), 1}
}

// folded adds the other cases of the characters when the flags say so.
func (t *translator) folded(s set) set {
	if !t.flags.fold {
		return s
	}
	return s.fold(t.flags.foldAll)
}

func (t *translator) ends() string {
	if t.flags.unixLines {
		return `\n`
	}
	return `(?:\r\n|` + lineEnds.String() + `)`
}

func (t *translator) lineStart() node {
	if !t.flags.multiline {
		return node{text: `\A`}
	}
	if t.matters = true; t.plain {
		return node{text: `\A`}
	}
	t.backtracks = true
	if t.flags.unixLines {
		return node{text: `(?:\A|(?<=\n)(?!\z))`}
	}
	return node{text: `(?:\A|(?:(?<=` + lineEnds.and(runes("\r").not()).String() + `)|(?<=\r)(?!\n))(?!\z))`}
}

// lineEnd is the end of the text, or the place before the line terminator at its end; in multiline mode any line's end.
func (t *translator) lineEnd(multiline bool) node {
	if t.matters = true; t.plain {
		return node{text: `\z`}
	}
	t.backtracks = true
	if multiline {
		return node{text: `(?:(?=` + lineEnds.and(runes("\n").not()).String() + `)|(?<!\r)(?=\n)|\z)`}
	}
	return node{text: `(?:(?=` + t.ends() + `\z)|\z)`}
}

// quantified reads a quantifier behind n.
func (t *translator) quantified(n node) (node, error) {
	low, high := 1, 1
	switch t.peek() {
	case '?':
		low = 0
	case '*':
		low, high = 0, unbounded
	case '+':
		high = unbounded
	case '{':
		t.i++
		var err error
		if low, high, err = t.counts(); err != nil {
			return n, err
		}
		t.i--
	default:
		return n, nil
	}
	t.i++
	width := unbounded
	if n.width == 0 {
		width = 0
	} else if high < unbounded && n.width < unbounded/max(high, 1) {
		width = n.width * high
	}
	suffix := ""
	switch t.peek() {
	case '?':
		t.i++
		suffix = "?"
	case '+':
		t.i++
		suffix = "+"
	}
	if n.text == "" {
		return n, nil
	}
	text := "(?:" + n.text + ")" + counted(low, high)
	if high > 1000 && high < unbounded || low > 1000 {
		t.backtracks = true // More than Go's engine takes.
	}
	if suffix == "+" {
		t.backtracks = true
		return node{"(?>" + text + ")", width}, nil
	}
	return node{text + suffix, width}, nil
}

func counted(low, high int) string {
	switch {
	case low == 0 && high == 1:
		return "?"
	case low == 0 && high == unbounded:
		return "*"
	case low == 1 && high == unbounded:
		return "+"
	case high == unbounded:
		return fmt.Sprintf("{%d,}", low)
	}
	return fmt.Sprintf("{%d,%d}", low, high)
}

// counts reads n}, n,} or n,m}.
func (t *translator) counts() (low, high int, err error) {
	if !isDigit(t.peek()) {
		t.i++
		return 0, 0, t.fail("Illegal repetition")
	}
	if low, err = t.count(); err != nil {
		return 0, 0, err
	}
	high = low
	if t.take(',') {
		high = unbounded
		if t.peek() != '}' {
			if high, err = t.count(); err != nil {
				return 0, 0, err
			}
		}
	}
	switch {
	case !t.take('}'):
		t.i++
		return 0, 0, t.fail("Unclosed counted closure")
	case high < low:
		return 0, 0, t.fail("Illegal repetition range")
	}
	return low, high, nil
}

func (t *translator) count() (int, error) {
	start := t.i
	for isDigit(t.peek()) {
		t.i++
	}
	n, err := strconv.ParseInt(string(t.in[start:t.i]), 10, 32)
	if err != nil && t.i > start || n == unbounded {
		return 0, t.fail("Illegal repetition range")
	}
	return int(n), nil
}
