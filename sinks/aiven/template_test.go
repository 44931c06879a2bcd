package aiven

import (
	"strings"
	"testing"
)

func TestGrouping(t *testing.T) {
	t.Parallel()
	cases := []struct {
		template string
		key      bool
		latest   bool
		err      string
	}{
		{"{{topic}}-{{partition}}-{{start_offset}}", false, false, ""},
		{"{{ topic }}/{{partition:padding=true}}\t{{start_offset}} {{timestamp:unit=HH}}", false, false, ""},
		{"{{topic}}-{{partition}}-{{key}}-{{start_offset}}", true, false, ""},
		{"{{topic}}-{{partition}}-{{key}}-{{start_offset}}-{{timestamp:unit=dd}}", true, false, ""},
		{"{{key}}{{key}}", true, true, ""},
		{"{{key}}-{{topic}}", true, true, ""},
		{"{{key}}-{{partition}}", true, true, ""},
		{"static", false, false, "RecordGrouper requires that the template [static] has variables defined. Supported variables are: topic,partition"},
		{"{{topic}}", false, false, "unsupported set of template variables, supported sets are: topic,partition"},
		{"{{topic}}-{{partition}}-{{start_offset}}-{{other}}", false, false, "unsupported set"},
		{"{{key}}-{{start_offset}}", false, false, "unsupported set"},
		{"{{key}}-{{timestamp:unit=yyyy}}", false, false, "unsupported set"},
		{"{{topic-{{partition}}-{{start_offset}}", false, false, "unsupported set"},
		{"{{}}", false, false, "Variable name hasn't been set for template: {{}}"},
		{"{{topic:}}", false, false, "Wrong variable with parameter definition"},
		{"{{topic:=x}}", false, false, "Parameter name for variable `topic` has not been set"},
		{"{{topic:x=}}", false, false, "Parameter value for variable `topic` and parameter `x` has not been set"},
	}
	for _, c := range cases {
		t.Run(c.template, func(t *testing.T) {
			t.Parallel()
			tmpl, err := parse(c.template)
			var g grouping
			if err == nil {
				g, err = group(tmpl)
			}
			if c.err == "" && (err != nil || g.byKey != c.key || g.latest != c.latest) {
				t.Errorf("grouping = %+v, err = %v", g, err)
			}
			if c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)) {
				t.Errorf("err = %v, want %s", err, c.err)
			}
		})
	}
}

func TestStrictness(t *testing.T) {
	t.Parallel()
	const names = "{{topic}}-{{partition}}-{{start_offset"
	cases := []struct {
		template string
		gcs, s3  bool
	}{
		{names + "}}", true, true},
		{names + ":padding=false}}", true, true},
		{names + ":pad=true}}", false, true},
		{names + ":padding=yes}}", false, true},
		{names + "}}-{{timestamp:unit=YYYY}}", true, true},
		{names + "}}-{{timestamp:part=yyyy}}", false, true},
		{names + "}}-{{timestamp}}", false, false},
		{names + "}}-{{timestamp:unit=mm}}", false, false},
		{names + "}}-{{timestamp:unit=dd}}-{{x}}", false, true},
		{".well-known/acme-challenge/{{key}}", false, false},
	}
	for _, c := range cases {
		if got := GCS.template(c.template) == ""; got != c.gcs {
			t.Errorf("GCS takes %s: %t, want %t", c.template, got, c.gcs)
		}
		if got := S3.template(c.template) == ""; got != c.s3 {
			t.Errorf("S3 takes %s: %t, want %t", c.template, got, c.s3)
		}
	}
}

// A template is made of its parts, whatever it is.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"{{topic}}-{{partition:padding=true}}-{{ start_offset }}", "{{{{key}}}}", "a{{b:c=d}}e", "{{:}}", "{{timestamp:unit=YYYY}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := parse(text)
		if err != nil {
			return
		}
		var b strings.Builder
		for _, p := range tmpl.parts {
			b.WriteString(p.text)
		}
		if b.String() != tmpl.text {
			t.Errorf("the parts of %q are %q", text, b.String())
		}
		_, _ = group(tmpl)
	})
}
