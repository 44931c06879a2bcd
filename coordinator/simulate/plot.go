package simulate

import (
	"fmt"
	"html"
	"io"
	"maps"
	"slices"
	"strings"
)

// panel is one curve of the plot over time.
type panel struct {
	title string
	value func(Bin) float64
	color string
}

var panels = []panel{
	{"records that arrive in each piece of time", func(b Bin) float64 { return float64(b.Arrived) }, "#4e79a7"},
	{"lag: records that wait, the most", func(b Bin) float64 { return float64(b.Lag) }, "#e15759"},
	{"executors, the most at once", func(b Bin) float64 { return float64(b.Executors) }, "#59a14f"},
}

// The plot's measures, in px.
const (
	plotWidth   = 960
	panelHeight = 110
	panelGap    = 34
	margin      = 64
)

// Plot writes the timelines as SVG, one block of panels for each run.
func (r *Report) Plot(w io.Writer) error {
	var b strings.Builder
	names := slices.Sorted(maps.Keys(r.Timelines))
	block := len(panels)*(panelHeight+panelGap) + 40
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, block*len(names)+10)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	for i, name := range names {
		top := i*block + 20
		fmt.Fprintf(&b, `<text x="10" y="%d" font-size="15" font-weight="bold">%s</text>`+"\n", top, html.EscapeString(name))
		for j, p := range panels {
			p.draw(&b, r.Timelines[name], top+24+j*(panelHeight+panelGap))
		}
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// draw draws the panel below y.
func (p panel) draw(b *strings.Builder, line []Bin, y int) {
	most := 1.0
	for _, bin := range line {
		most = max(most, p.value(bin))
	}
	const width = plotWidth - margin - 16
	fmt.Fprintf(b, `<text x="%d" y="%d" fill="#333">%s</text>`+"\n", margin, y+8, html.EscapeString(p.title))
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" fill="#666">%s</text>`+"\n", margin-6, y+24, short(most))
	bottom := y + 14 + panelHeight
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" fill="#666">0</text>`+"\n", margin-6, bottom)
	fmt.Fprintf(b, `<polygon fill="%s" fill-opacity="0.35" stroke="%s" points="%d,%d`, p.color, p.color, margin, bottom)
	step := float64(width) / float64(max(1, len(line)))
	for i, bin := range line {
		h := float64(bottom) - p.value(bin)/most*panelHeight
		fmt.Fprintf(b, " %.1f,%.1f %.1f,%.1f", margin+float64(i)*step, h, margin+float64(i+1)*step, h)
	}
	fmt.Fprintf(b, ` %d,%d"/>`+"\n", margin+width, bottom)
	if n := len(line); n > 0 {
		end := line[n-1].At
		if n > 1 {
			end += line[1].At
		}
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" fill="#666">%s</text>`+"\n", margin+width, bottom+14, end)
	}
}

// short writes a number in a few characters.
func short(v float64) string {
	for _, u := range []struct {
		at   float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= u.at {
			return fmt.Sprintf("%.3g%s", v/u.at, u.name)
		}
	}
	return fmt.Sprintf("%.3g", v)
}
