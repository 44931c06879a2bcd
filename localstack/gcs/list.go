package gcs

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"sort"
	"strings"
)

// maxPage is the largest page of a listing, and the usual one.
const maxPage = 1000

// A page is what a listing was asked for.
type page struct {
	prefix, delimiter string
	trailing          bool   // names that end with the delimiter are listed too
	start, end        string // names from start to before end; "" is open
	after             string // where the page before stopped
	size              int
}

// found is what a page holds.
type found struct {
	names    []string
	prefixes []string
	next     string // token; "" at the end
}

func readPage(q url.Values) (page, *apiError) {
	p := page{
		prefix: q.Get("prefix"), delimiter: q.Get("delimiter"), size: maxPage,
		start: q.Get("startOffset"), end: q.Get("endOffset"),
		trailing: q.Get("includeTrailingDelimiter") == "true",
	}
	n, e := readNumber(q, "maxResults")
	if e != nil {
		return p, e
	}
	if n != nil && *n > 0 {
		p.size = int(min(*n, maxPage))
	}
	token, err := base64.RawURLEncoding.DecodeString(q.Get("pageToken"))
	if err != nil {
		return p, errInvalid("Invalid pageToken: %q", q.Get("pageToken"))
	}
	p.after = string(token)
	for _, name := range []string{"matchGlob", "filter", "softDeleted"} {
		if v := q.Get(name); v != "" && v != "false" {
			return p, errNotEmulated("listing with " + name)
		}
	}
	return p, nil
}

// collect takes the page out of names, which are in order. Names that have the
// delimiter behind the prefix are folded into one common prefix each.
func (p page) collect(names []string) (f found) {
	from := max(p.prefix, p.start)
	for i := sort.SearchStrings(names, from); i < len(names); i++ {
		name := names[i]
		if !strings.HasPrefix(name, p.prefix) || p.end != "" && name >= p.end {
			return f
		}
		common := p.common(name)
		if p.after != "" && (name <= p.after || common != "" && common <= p.after) {
			continue
		}
		last := len(f.prefixes) - 1
		if common != "" && last >= 0 && f.prefixes[last] == common && !p.listed(name, common) {
			continue
		}
		if len(f.names)+len(f.prefixes) >= p.size {
			f.next = base64.RawURLEncoding.EncodeToString([]byte(f.last()))
			return f
		}
		if common != "" && (last < 0 || f.prefixes[last] != common) {
			f.prefixes = append(f.prefixes, common)
		}
		if common == "" || p.listed(name, common) {
			f.names = append(f.names, name)
		}
	}
	return f
}

// common returns the name up to the first delimiter behind the prefix, or "".
func (p page) common(name string) string {
	if p.delimiter == "" {
		return ""
	}
	i := strings.Index(name[len(p.prefix):], p.delimiter)
	if i < 0 {
		return ""
	}
	return name[:len(p.prefix)+i+len(p.delimiter)]
}

// listed says whether a name that has a common prefix is listed all the same.
func (p page) listed(name, common string) bool { return p.trailing && name == common }

// last is the last thing on the page.
func (f *found) last() string {
	var last string
	if n := len(f.names); n > 0 {
		last = f.names[n-1]
	}
	if n := len(f.prefixes); n > 0 {
		last = max(last, f.prefixes[n-1])
	}
	return last
}

func (s *Server) list(w http.ResponseWriter, c call) *apiError {
	p, e := readPage(c.query)
	if e != nil {
		return e
	}
	s.mu.Lock()
	b, e := s.bucket(c.bucket)
	if e != nil {
		s.mu.Unlock()
		return e
	}
	f := p.collect(b.names())
	items := make([]resource, len(f.names))
	for i, name := range f.names {
		items[i] = b.objects[name].resource(c.base())
	}
	s.mu.Unlock()
	return writeFields(w, c, struct {
		Kind     string     `json:"kind"`
		Items    []resource `json:"items,omitempty"`
		Prefixes []string   `json:"prefixes,omitempty"`
		Next     string     `json:"nextPageToken,omitempty"`
	}{"storage#objects", items, f.prefixes, f.next})
}
