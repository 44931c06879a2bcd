package registry

import (
	"context"
	"errors"
	"strconv"
)

// maxReferences bounds how deep schemas may refer to others.
const maxReferences = 100

// Referenced is a schema that another one refers to, under the name that this one uses.
type Referenced struct {
	Name string
	Text string
}

// References returns the schemas of a list, each once and after those that it refers to. It blocks.
func (r *Client) References(ctx context.Context, refs []Reference) ([]Referenced, error) {
	return r.references(ctx, refs, 0, map[Reference]bool{})
}

func (r *Client) references(ctx context.Context, refs []Reference, depth int, seen map[Reference]bool) ([]Referenced, error) {
	if depth > maxReferences {
		return nil, errors.New("the schema's references are nested too deeply")
	}
	var out []Referenced
	for _, ref := range refs {
		if seen[ref] {
			continue
		}
		seen[ref] = true
		got, err := r.Version(ctx, ref.Subject, strconv.Itoa(int(ref.Version)))
		if err != nil {
			return nil, err
		}
		below, err := r.references(ctx, got.References, depth+1, seen)
		if err != nil {
			return nil, err
		}
		out = append(append(out, below...), Referenced{ref.Name, got.Text})
	}
	return out, nil
}
