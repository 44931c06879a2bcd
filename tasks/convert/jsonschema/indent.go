package jsonschema

import "bytes"

// indent puts each member and item on its own line as the original's printer does: objects by two blanks for each level,
// arrays in one line.
func indent(text []byte) []byte {
	var out []byte
	level := 0
	line := func() { out = append(append(out, '\n'), bytes.Repeat([]byte("  "), level)...) }
	var open []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			end := i + 1
			for text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			out = append(out, text[i:end+1]...)
			i = end
		case '{', '[':
			open = append(open, c)
			out = append(out, c)
			if text[i+1] == c+2 {
				out = append(out, ' ', c+2)
				i++
				open = open[:len(open)-1]
				continue
			}
			if c == '[' {
				out = append(out, ' ')
				continue
			}
			level++
			line()
		case '}':
			level--
			line()
			out, open = append(out, c), open[:len(open)-1]
		case ']':
			out, open = append(out, ' ', c), open[:len(open)-1]
		case ',':
			out = append(out, c)
			if open[len(open)-1] == '[' {
				out = append(out, ' ')
			} else {
				line()
			}
		case ':':
			out = append(out, " : "...)
		default:
			out = append(out, c)
		}
	}
	return out
}
