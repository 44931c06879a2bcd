package api

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HeaderRule is one header of every answer, as response.http.headers.config has it.
type HeaderRule struct {
	// Action is add, set, addDate or setDate. Those with Date take the value as milliseconds from now.
	Action, Name, Value string
}

// ParseHeaders reads response.http.headers.config: `[action] [name]:[value]`, separated by commas, in double quotes where
// a comma is meant.
func ParseHeaders(text string) ([]HeaderRule, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace = true
	fields, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("response.http.headers.config %q: %w", text, err)
	}
	var out []HeaderRule
	for _, f := range fields {
		head, value, ok := strings.Cut(f, ":")
		action, name, named := strings.Cut(strings.TrimSpace(head), " ")
		if !ok || !named {
			return nil, fmt.Errorf("Invalid format of header config '%s'. Expected: '[action] [header name]:[header value]'", f)
		}
		i := slices.IndexFunc([]string{"set", "add", "setDate", "addDate"}, func(a string) bool { return strings.EqualFold(a, action) })
		if i < 0 {
			return nil, fmt.Errorf("Invalid header config action: '%s'. Expected one of [set, add, setDate, addDate]", action)
		}
		out = append(out, HeaderRule{[]string{"set", "add", "setDate", "addDate"}[i], strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	return out, nil
}

func withHeaders(rules []HeaderRule, next http.Handler) http.Handler {
	if len(rules) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, rule := range rules {
			value := rule.Value
			if ms, err := strconv.ParseInt(value, 10, 64); err == nil && strings.HasSuffix(rule.Action, "Date") {
				value = time.Now().Add(time.Duration(ms) * time.Millisecond).UTC().Format(http.TimeFormat)
			}
			if strings.HasPrefix(rule.Action, "add") {
				w.Header().Add(rule.Name, value)
			} else {
				w.Header().Set(rule.Name, value)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// CORS says which pages of other origins may use the API. The zero value lets none.
type CORS struct {
	// Origins are regular expressions; "*" stands for all. Methods are GET, POST and HEAD when empty.
	Origins, Methods []string
}

// withCORS follows Jetty's CrossOriginHandler, which Connect uses: preflight requests are answered by the resource too.
func withCORS(c CORS, next http.Handler) http.Handler {
	if len(c.Origins) == 0 {
		return next
	}
	if len(c.Methods) == 0 {
		c.Methods = []string{"GET", "POST", "HEAD"}
	}
	var patterns []*regexp.Regexp
	for _, o := range c.Origins {
		if re, err := regexp.Compile("^(?:" + o + ")$"); err == nil && o != "*" {
			patterns = append(patterns, re)
		}
	}
	allowed := func(origin string) bool {
		return slices.Contains(c.Origins, "*") || slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(origin) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); origin != "" && allowed(origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				h.Set("Access-Control-Allow-Methods", strings.Join(c.Methods, ","))
				h.Set("Access-Control-Allow-Headers", "Content-Type")
				h.Set("Access-Control-Max-Age", "60")
			}
		}
		next.ServeHTTP(w, r)
	})
}
