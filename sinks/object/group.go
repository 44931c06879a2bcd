package object

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
)

// group is the open files of a stream, which end together, as in the Java sinks: one counter and one time for all. Its zero
// value is none.
type group struct {
	files []*file // in the order of their opening
	dirs  map[string]*file
	// newest is where the newest record is.
	newest *file
	// count is the number of records in all files, last the offset of the newest.
	count, last int64
	// base is the time of the first record since the last group ended, be it a bad one.
	base  int64
	based bool
	// waiting is the number of bytes in memory, encoded and compressed, that are not yet uploaded.
	waiting int
	// held is the number of bytes that encoders hold before they encode them.
	held int
}

// file is the records of one directory: an object with their values, and those with their keys and headers.
type file struct {
	dir         string
	start, last int64 // offsets of the first and last record
	count       int64
	schema      *tasks.Schema // of values
	contents    []*content
}

// file returns the open file of a directory, or nil. Mostly that is the one of the record before.
func (g *group) file(dir string) *file {
	if g.newest != nil && g.newest.dir == dir {
		return g.newest
	}
	return g.dirs[dir]
}

// due reports whether time ends the files before a record goes to a place.
func (g *group) due(r *Rotation, p Place) bool {
	return g.count > 0 && r.Interval > 0 && (p.Time-g.base >= r.Interval || r.OnChange && p.Dir != g.newest.dir)
}

// note takes a record's time for the group's, unless it has one.
func (g *group) note(p Place) {
	if !g.based {
		g.base, g.based = p.Time, true
	}
}

// forget takes a file out, with its records.
func (g *group) forget(f *file) {
	i := slices.Index(g.files, f)
	g.files = slices.Delete(g.files, i, i+1)
	delete(g.dirs, f.dir)
	g.count -= f.count
	for _, c := range f.contents {
		g.waiting -= c.waiting
		g.held -= c.held
	}
}

func (g *group) add(f *file, offset int64) {
	if f.count == 0 {
		if g.dirs == nil {
			g.dirs = map[string]*file{}
		}
		g.files = append(g.files, f)
		g.dirs[f.dir] = f
	}
	f.count++
	f.last = offset
	g.count++
	g.last, g.newest = offset, f
}

// hoarder returns the content whose encoder holds most, of equal ones that of the file that was opened first.
func (g *group) hoarder() (of *file, most *content) {
	for _, f := range g.files {
		for _, c := range f.contents {
			if most == nil || c.held > most.held {
				of, most = f, c
			}
		}
	}
	return of, most
}
