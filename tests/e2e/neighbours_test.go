package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestNeighbours has a hundred connectors, changes one, restarts it, and deletes it: the state of none of the others changes for a
// moment, and they deliver what comes meanwhile.
func TestNeighbours(t *testing.T) {
	s := embedded(t)
	const connectors, changed = 100, 50
	s.topic("rows", 1)
	name := func(i int) string { return fmt.Sprint("c", i) }
	for i := range connectors {
		s.create(name(i), fileSink("rows", s.file(name(i))))
	}
	others := func(what string, want ...string) {
		t.Helper()
		for i := range connectors {
			if i != changed {
				eventually(t, what+": "+name(i), func() string {
					if got := lines(t, s.file(name(i))); strings.Join(got, " ") != strings.Join(want, " ") {
						return fmt.Sprint(got)
					}
					return ""
				})
			}
		}
	}
	for i := range connectors {
		s.state(name(i), "RUNNING")
	}
	s.send("rows", "a")
	others("before", "a")
	statuses := func() (n int) {
		for _, r := range s.everything() {
			if key := string(r.Key); strings.HasPrefix(key, "status-connector-") && key != "status-connector-"+name(changed) ||
				strings.HasPrefix(key, "status-task-") && !strings.HasPrefix(key, "status-task-"+name(changed)+"-") {
				n++
			}
		}
		return n
	}
	before := statuses()
	s.do(http.StatusOK, "PUT", "/connectors/"+name(changed)+"/config", fileSink("rows", s.file("elsewhere"), "tasks.max", "2"))
	s.send("rows", "b")
	others("changed", "a", "b")
	s.do(http.StatusAccepted, "POST", "/connectors/"+name(changed)+"/restart?includeTasks=true", nil)
	s.send("rows", "c")
	others("restarted", "a", "b", "c")
	s.do(http.StatusNoContent, "DELETE", "/connectors/"+name(changed), nil)
	s.send("rows", "d")
	others("deleted", "a", "b", "c", "d")
	if after := statuses(); after != before || before < 2*(connectors-1) {
		t.Errorf("the others have %d statuses, %d before", after, before)
	}
}
