package vectors_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

func text(s *string) string {
	if s == nil {
		return "<null>"
	}
	return *s
}

func sameError(want, got *failure) error {
	switch {
	case want == nil:
		return fmt.Errorf("failed: %s %s: %s", got.Stage, got.Class, text(got.Message))
	case got == nil:
		return fmt.Errorf("did not fail: %s", text(want.Message))
	case want.Stage != got.Stage || want.Part != got.Part:
		return fmt.Errorf("failed at %s %s instead of %s %s", got.Stage, got.Part, want.Stage, want.Part)
	case want.Class == "java.lang.StackOverflowError":
		return nil
	case want.Class != got.Class:
		return fmt.Errorf("class %s, not %s", got.Class, want.Class)
	case (want.Exact == nil || *want.Exact) && text(want.Message) != text(got.Message):
		return fmt.Errorf("message %q, not %q", text(got.Message), text(want.Message))
	}
	return nil
}

func sameOutput(v *vector, got *output) error {
	want := v.Out
	if err := samePlace(want, got); err != nil {
		return err
	}
	if len(want.Headers) != len(got.Headers) {
		return fmt.Errorf("%d headers, not %d", len(got.Headers), len(want.Headers))
	}
	check := func(name string, w, g *string) error {
		if slices.Contains(v.Nondeterministic, name) || same(w, g, slices.Contains(v.Unordered, name)) {
			return nil
		}
		return fmt.Errorf("%s is %q, not %q", name, decode(g), decode(w))
	}
	for i, h := range want.Headers {
		if *h[0] != *got.Headers[i][0] {
			return errors.New("names of headers differ")
		}
		if err := check("headers", h[1], got.Headers[i][1]); err != nil {
			return err
		}
	}
	if err := check("key", want.Key, got.Key); err != nil {
		return err
	}
	return check("value", want.Value, got.Value)
}

// samePlace compares what transforms may change beside key, value and headers.
func samePlace(want, got *output) error {
	switch {
	case want.Topic != got.Topic:
		return fmt.Errorf("topic %q, not %q", got.Topic, want.Topic)
	case !equal(want.Partition, got.Partition):
		return errors.New("partitions differ")
	case !equal(want.Timestamp, got.Timestamp):
		return errors.New("timestamps differ")
	}
	return nil
}

func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// same compares bytes; unordered ones as multisets and, when they are JSON, by content.
func same(want, got *string, unordered bool) bool {
	if want == nil || got == nil {
		return want == got
	}
	w, g := decode(want), decode(got)
	if bytes.Equal(w, g) || !unordered {
		return bytes.Equal(w, g)
	}
	x, errX := canonical(w)
	y, errY := canonical(g)
	slices.Sort(w)
	slices.Sort(g)
	if !bytes.Equal(w, g) {
		return false
	}
	return errX != nil || errY != nil || x == y
}

// canonical sorts the members of objects and lists made of pairs only, and keeps the text of numbers.
func canonical(b []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	return normal(v), nil
}

func normal(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for k, e := range v {
			parts = append(parts, fmt.Sprintf("%q:%s", k, normal(e)))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	case []any:
		pairs := len(v) > 0
		var parts []string
		for _, e := range v {
			l, ok := e.([]any)
			pairs = pairs && ok && len(l) == 2
			parts = append(parts, normal(e))
		}
		if pairs {
			slices.Sort(parts)
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	return fmt.Sprintf("%T %v", v, v)
}
