package javaregexp

import (
	"strings"
	"unicode"
)

// The predefined classes. Those of the left column are ASCII's; with the flag U they are Unicode's.
func (t *translator) class(letter rune) set {
	switch letter {
	case 'd':
		return t.property("Digit")
	case 's':
		return t.property("Space")
	case 'w':
		if t.flags.unicode {
			return table(unicode.L).union(table(unicode.M), table(unicode.Nd), table(unicode.Pc), table(unicode.Nl), table(unicode.Other_Alphabetic), table(unicode.Join_Control))
		}
		return spans('a', 'z', 'A', 'Z', '0', '9', '_', '_')
	case 'h':
		return runes(" \t\u00a0\u1680\u180e\u202f\u205f\u3000").union(spans(0x2000, 0x200a))
	}
	return lineEnds.union(runes("\v\f"))
}

// lineEnds are Java's line terminators.
var lineEnds = runes("\n\r\u0085\u2028\u2029")

// posix returns a class of \p{Alpha} and its like; nil for an unknown name.
func (t *translator) property(name string) set {
	u := t.flags.unicode
	choose := func(ascii set, tables ...*unicode.RangeTable) set {
		if !u {
			return ascii
		}
		var s set
		for _, x := range tables {
			s = s.union(table(x))
		}
		return s
	}
	alpha := []*unicode.RangeTable{unicode.L, unicode.Nl, unicode.Other_Alphabetic}
	switch name {
	case "Lower":
		if t.flags.fold {
			return choose(spans('a', 'z', 'A', 'Z'), unicode.Ll, unicode.Lu, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase)
		}
		return choose(spans('a', 'z'), unicode.Ll, unicode.Other_Lowercase)
	case "Upper":
		if t.flags.fold {
			return t.property("Lower")
		}
		return choose(spans('A', 'Z'), unicode.Lu, unicode.Other_Uppercase)
	case "ASCII":
		return spans(0, 0x7f)
	case "Alpha":
		return choose(spans('a', 'z', 'A', 'Z'), alpha...)
	case "Digit":
		return choose(spans('0', '9'), unicode.Nd)
	case "Alnum":
		return choose(spans('a', 'z', 'A', 'Z', '0', '9'), append(alpha, unicode.Nd)...)
	case "Punct":
		return choose(spans('!', '/', ':', '@', '[', '`', '{', '~'), unicode.P)
	case "Graph":
		if u {
			return table(unicode.C).union(table(unicode.Z), table(unicode.White_Space)).not().and(unassigned().not())
		}
		return spans('!', '~')
	case "Print":
		if u {
			return t.property("Graph").union(t.property("Blank")).and(table(unicode.Cc).not())
		}
		return spans(' ', '~')
	case "Blank":
		return choose(runes(" \t"), unicode.Zs).union(runes("\t"))
	case "Cntrl":
		return choose(spans(0, 0x1f, 0x7f, 0x7f), unicode.Cc)
	case "XDigit":
		return choose(spans('0', '9', 'a', 'f', 'A', 'F'), unicode.Nd, unicode.Hex_Digit)
	case "Space":
		return choose(runes(" \t\n\v\f\r"), unicode.White_Space)
	}
	return nil
}

// assignable are the characters that some category holds.
func unassigned() set {
	var s set
	for name, t := range unicode.Categories {
		if len(name) == 2 && name != "Cn" && name != "LC" {
			s = s.union(table(t))
		}
	}
	return s.not()
}

// javaMethods are the classes named after methods of java.lang.Character.
func javaMethod(name string) set {
	join := func(tables ...*unicode.RangeTable) (s set) {
		for _, x := range tables {
			s = s.union(table(x))
		}
		return s
	}
	switch name {
	case "javaLowerCase":
		return join(unicode.Ll, unicode.Other_Lowercase)
	case "javaUpperCase":
		return join(unicode.Lu, unicode.Other_Uppercase)
	case "javaTitleCase":
		return join(unicode.Lt)
	case "javaAlphabetic":
		return join(unicode.L, unicode.Nl, unicode.Other_Alphabetic)
	case "javaLetter":
		return join(unicode.L)
	case "javaDigit":
		return join(unicode.Nd)
	case "javaLetterOrDigit":
		return join(unicode.L, unicode.Nd)
	case "javaSpaceChar":
		return join(unicode.Z)
	case "javaWhitespace":
		return join(unicode.Z).and(runes("\u00a0\u2007\u202f").not()).union(spans('\t', '\r', 0x1c, 0x1f))
	case "javaISOControl":
		return spans(0, 0x1f, 0x7f, 0x9f)
	case "javaIdeographic":
		return join(unicode.Ideographic)
	case "javaDefined":
		return unassigned().not()
	}
	return nil
}

// binary are the properties that Java takes behind Is, in capitals.
var binary = map[string][]*unicode.RangeTable{
	"ALPHABETIC": {unicode.L, unicode.Nl, unicode.Other_Alphabetic}, "LETTER": {unicode.L}, "IDEOGRAPHIC": {unicode.Ideographic},
	"LOWERCASE": {unicode.Ll, unicode.Other_Lowercase}, "UPPERCASE": {unicode.Lu, unicode.Other_Uppercase}, "TITLECASE": {unicode.Lt},
	"WHITE_SPACE": {unicode.White_Space}, "WHITESPACE": {unicode.White_Space}, "CONTROL": {unicode.Cc}, "PUNCTUATION": {unicode.P},
	"HEX_DIGIT": {unicode.Nd, unicode.Hex_Digit}, "HEXDIGIT": {unicode.Nd, unicode.Hex_Digit}, "DIGIT": {unicode.Nd},
	"NONCHARACTER_CODE_POINT": {unicode.Noncharacter_Code_Point}, "JOIN_CONTROL": {unicode.Join_Control}, "JOINCONTROL": {unicode.Join_Control},
}

// named returns the class of \p{name}; nil for a name that is unknown.
func (t *translator) named(name string) set {
	if key, value, ok := strings.Cut(name, "="); ok {
		switch strings.ToLower(key) {
		case "sc", "script":
			return script(value)
		case "gc", "general_category":
			return t.category(value)
		}
		return nil
	}
	if rest, ok := strings.CutPrefix(name, "Is"); ok {
		if tables, ok := binary[strings.ToUpper(rest)]; ok {
			var s set
			for _, x := range tables {
				s = s.union(table(x))
			}
			return s
		}
		if strings.EqualFold(rest, "Assigned") {
			return unassigned().not()
		}
		if s := t.category(rest); s != nil {
			return s
		}
		return script(rest)
	}
	if s := t.property(name); s != nil {
		return s
	}
	if s := javaMethod(name); s != nil {
		return s
	}
	return t.category(name)
}

func (t *translator) category(name string) set {
	switch name {
	case "L1":
		return spans(0, 0xff)
	case "all":
		return set(nil).not()
	case "LC":
		return table(unicode.Lu).union(table(unicode.Ll), table(unicode.Lt))
	case "LD":
		return table(unicode.L).union(table(unicode.Nd))
	case "Cn":
		return unassigned()
	case "C":
		return table(unicode.C).union(unassigned())
	case "Lu", "Ll", "Lt":
		if t.flags.fold {
			return t.category("LC")
		}
	}
	if x, ok := unicode.Categories[name]; ok {
		return table(x)
	}
	return nil
}

func script(name string) set {
	for known, x := range unicode.Scripts {
		if strings.EqualFold(known, name) {
			return table(x)
		}
	}
	return nil
}
