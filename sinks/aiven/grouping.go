package aiven

import (
	"fmt"
	"slices"
)

// grouping is which records share a file. The variables of the template decide.
type grouping struct {
	// bound are the variables that are replaced; others stay in the name as they stand in the template.
	bound []string
	// byKey has files of their own for each key, latest only the newest record of each.
	byKey, latest bool
}

const supportedSets = "topic,partition,start_offset,timestamp; topic,partition,key,start_offset,timestamp; key; key,topic,partition"

// group returns the grouping that a template's variables ask for.
func group(t *template) (grouping, error) {
	v := t.variables()
	if len(v) == 0 {
		return grouping{}, fmt.Errorf("RecordGrouper requires that the template [%s] has variables defined. Supported variables are: %s", t.text, supportedSets)
	}
	all := []string{varTopic, varPartition, varStartOffset, varTimestamp}
	switch {
	case has(v, []string{varTopic, varPartition, varKey, varStartOffset}, varTimestamp):
		return grouping{bound: append(all, varKey), byKey: true}, nil
	case has(v, all[:3], varTimestamp):
		return grouping{bound: all}, nil
	case len(v) == 1 && v[0] == varKey:
		return grouping{bound: v, byKey: true, latest: true}, nil
	case has(v, []string{varKey}, varTopic, varPartition):
		return grouping{bound: []string{varKey, varTopic, varPartition}, byKey: true, latest: true}, nil
	}
	return grouping{}, fmt.Errorf("unsupported set of template variables, supported sets are: %s", supportedSets)
}

// has reports whether all required variables are there, and of others none, or at least one of the optional ones: the
// original does not look at the rest then.
func has(v, required []string, optional ...string) bool {
	rest := slices.Clone(v)
	for _, r := range required {
		i := slices.Index(rest, r)
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return len(rest) == 0 || slices.ContainsFunc(rest, func(s string) bool { return slices.Contains(optional, s) })
}
