package explain

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Print writes answers for people.
func Print(w io.Writer, rec Record, answers []Answer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%d at offset %d\n", rec.Topic, rec.Partition, rec.Offset)
	for _, a := range answers {
		fmt.Fprintf(&b, "\nconnector %s: %s", a.Connector, strings.ToUpper(string(a.State)))
		if a.Position >= 0 {
			fmt.Fprintf(&b, ", all before offset %d is", a.Position)
		}
		b.WriteString("\n")
		for _, r := range a.Reasons {
			fmt.Fprintf(&b, "  %s\n", r)
		}
		if l := a.Letter; l != nil {
			fmt.Fprintf(&b, "  dead letter %s/%d at offset %d: %s: %s\n", l.Topic, l.Partition, l.Offset, l.Stage, l.Cause)
		}
		for _, t := range a.Attempts {
			t.print(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *Attempt) print(b *strings.Builder) {
	fmt.Fprintf(b, "  lease %s, attempt %d, epoch %d: %s", t.Lease, t.Attempt, t.Epoch, t.Outcome)
	if t.Executor != "" {
		fmt.Fprintf(b, " on %s", t.Executor)
	}
	if !t.Started.IsZero() {
		fmt.Fprintf(b, ", %s for %s", t.Started.UTC().Format(time.RFC3339), t.Duration)
	}
	b.WriteString("\n")
	for _, o := range t.Objects {
		again := ""
		if o.Existed {
			again = ", which was there already"
		}
		fmt.Fprintf(b, "    object %s: offsets %d to %d, %d records%s\n", o.Name, o.From, o.To-1, o.Records, again)
	}
	if t.Carried && len(t.Objects) == 0 && t.Others > 0 {
		fmt.Fprintf(b, "    in one of %d objects that the result does not list: mayfly run-lease %s does\n", t.Others, t.Lease)
	}
	if t.Failure != "" {
		fmt.Fprintf(b, "    failure: %s\n", t.Failure)
	}
}
