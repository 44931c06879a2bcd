package jodatime

import (
	_ "embed"
	"strings"
	"sync"
	"time"
)

//go:embed names/locales.tsv
var localeTable string

//go:embed names/zones.tsv
var zoneTable string

//go:embed names/aliases.tsv
var aliasTable string

// language is the words of a locale.
type language struct {
	months, shortMonths, days, shortDays []string // days from Monday
	halves, eras                         []string
	utc, longUTC                         string
	// english says that zones go by their English names.
	english bool
}

var languages = sync.OnceValue(func() map[string]*language {
	m := map[string]*language{}
	for line := range strings.Lines(localeTable) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		list := func(i int) []string { return strings.Split(c[i], "|") }
		m[c[0]] = &language{months: list(1), shortMonths: list(2), days: list(3), shortDays: list(4), halves: list(5), eras: list(6),
			utc: c[7], longUTC: c[8], english: c[0] != ""}
	}
	return m
})

// languageOf returns the words for the text of a locale property, which Java takes for a bare language: de is German, but
// de-DE, like any language that it does not know, is none.
func languageOf(locale string) *language {
	code := strings.ToLower(locale)
	if newer, ok := map[string]string{"iw": "he", "ji": "yi", "in": "id"}[code]; ok {
		code = newer
	}
	if l, ok := languages()[code]; ok {
		return l
	}
	return languages()[""]
}

// aliases are Joda's other ids of zones.
var aliases = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(aliasTable) {
		id, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		m[id] = name
	}
	return m
})

var zoneNames = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for line := range strings.Lines(zoneTable) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		m[c[0]] = c[1:]
	}
	return m
})

// zoneName returns the name of the zone as it is at t; one without a name goes by its offset.
func (l *language) zoneName(t time.Time, long bool) string {
	id := t.Location().String()
	if id == "UTC" && long {
		return l.longUTC
	} else if id == "UTC" {
		return l.utc
	}
	names := zoneNames()[id]
	if names == nil {
		_, seconds := t.Zone()
		return offsetText(int64(seconds), true)
	}
	if l.english && len(names) > 4 {
		names = names[4:]
	}
	i := 0
	if daylight(t) {
		i = 2
	}
	if long {
		i++
	}
	return names[i]
}

// daylight reports whether clocks are ahead of the zone's winter. Some zones have it the other way round in their rules.
func daylight(t time.Time) bool {
	_, now := t.Zone()
	if !t.IsDST() {
		start, end := t.ZoneBounds()
		for _, other := range []time.Time{start.Add(-1), end} {
			if _, offset := other.Zone(); !other.IsZero() && other.IsDST() && offset < now {
				return true
			}
		}
		return false
	}
	start, _ := t.ZoneBounds()
	_, before := start.Add(-1).Zone()
	return before <= now
}
