package exec

import (
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// The steps that a result tells of.
const (
	stepFetch   = "fetch"
	stepConvert = "convert"
	stepPut     = "put"
	stepFinish  = "finish"
	stepPoll    = "poll"
	stepCommit  = "commit"
)

// steps adds up how long the kinds of work of a lease took, part by part.
type steps struct {
	start time.Time
	all   []tasks.Step
}

// end adds a part that began at begun and ends now, and returns now, where the next part begins.
func (s *steps) end(name string, begun time.Time) time.Time {
	now := time.Now()
	took := now.Sub(begun).Microseconds()
	var step *tasks.Step
	for i := range s.all {
		if s.all[i].Name == name {
			step = &s.all[i]
		}
	}
	if step == nil {
		s.all = append(s.all, tasks.Step{Name: name, From: begun.Sub(s.start).Microseconds()})
		step = &s.all[len(s.all)-1]
	}
	step.To = now.Sub(s.start).Microseconds()
	step.Busy += took
	step.Parts++
	step.Longest = max(step.Longest, took)
	return now
}
