package validator

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

// formatOf returns what tells whether a text is of a format, nil where the draft asserts no such format.
func formatOf(d Draft, name string) func(string) bool {
	switch {
	case d >= Draft2019:
		return nil
	case d >= Draft7 && name == "date":
		return isDate
	case d >= Draft7 && name == "time":
		return func(s string) bool { return isDateTime("2000-01-01T" + s) }
	case d >= Draft7 && name == "regex":
		return func(s string) bool { _, err := javaregexp.Compile(s); return err == nil }
	case d >= Draft7 && name == "relative-json-pointer":
		return isRelativePointer
	case d >= Draft6 && name == "json-pointer":
		return isPointer
	case d >= Draft6 && name == "uri-reference":
		return isURIReference
	case d >= Draft6 && name == "uri-template":
		return isURITemplate
	case name == "date-time":
		return isDateTime
	case name == "email":
		return isEmail
	case name == "hostname":
		return isHostname
	case name == "ipv4":
		return func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() }
	case name == "ipv6":
		return func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() && a.Zone() == "" }
	case name == "uri":
		return func(s string) bool { u, err := url.Parse(s); return err == nil && u.IsAbs() && isURIReference(s) }
	}
	return nil
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func isDateTime(s string) bool {
	s = strings.ToUpper(s)
	if len(s) < len("2006-01-02T15:04:05Z") || s[13] != ':' || strings.Contains(s, ",") { // time.Parse lets these pass
		return false
	}
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}

func isHostname(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || !only(label, letters+digits+"-") {
			return false
		}
	}
	return true
}

func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at > 64 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if ip, ok := strings.CutPrefix(domain, "["); ok {
		a, err := netip.ParseAddr(strings.TrimPrefix(strings.TrimSuffix(ip, "]"), "IPv6:"))
		return err == nil && a.Zone() == "" && strings.HasSuffix(ip, "]")
	}
	if !isHostname(domain) {
		return false
	}
	if len(local) > 1 && local[0] == '"' && local[len(local)-1] == '"' {
		return !strings.Contains(local[1:len(local)-1], `"`)
	}
	return !strings.HasPrefix(local, ".") && !strings.HasSuffix(local, ".") && !strings.Contains(local, "..") &&
		!strings.ContainsAny(local, " \t\r\n()<>[]:;@\\,\"")
}

func isURIReference(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !only(s, letters+digits+"-._~:/?#[]@!$&'()*+,;=%") {
		return false
	}
	ip, ok := strings.CutPrefix(u.Host, "[")
	return !strings.ContainsAny(u.EscapedPath()+u.RawQuery, "[]") && (!ok || strings.Contains(ip, "]"))
}

func isURITemplate(s string) bool {
	for rest := s; rest != ""; {
		plain, after, open := strings.Cut(rest, "{")
		if strings.ContainsAny(plain, "}\"'<>\\^`| ") {
			return false
		}
		if !open {
			return true
		}
		expression, after, closed := strings.Cut(after, "}")
		if !closed || !only(strings.TrimLeft(expression, "+#./;?&=,!@|"), letters+digits+"_.,:*%") {
			return false
		}
		rest = after
	}
	return true
}

func isPointer(s string) bool {
	rest := strings.NewReplacer("~0", "", "~1", "").Replace(s)
	return (s == "" || s[0] == '/') && !strings.Contains(rest, "~")
}

func isRelativePointer(s string) bool {
	rest := strings.TrimLeft(s, digits)
	number := s[:len(s)-len(rest)]
	return number != "" && (number == "0" || number[0] != '0') && (rest == "#" || isPointer(rest))
}

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
)

// only reports whether s consists of these characters.
func only(s, characters string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(characters, r) }) < 0
}
