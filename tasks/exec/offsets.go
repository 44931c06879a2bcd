package exec

// offsets is a set of offsets, held as runs: a slice has millions of them, mostly one behind the other. Its zero value is empty.
type offsets struct {
	runs    []offsetRun
	settled int64 // how many were taken out by settle
}

// offsetRun is the offsets of [from, to).
type offsetRun struct{ from, to int64 }

// add adds an offset that is not there. In ascending order it is cheap.
func (o *offsets) add(offset int64) {
	if n := len(o.runs); n > 0 && o.runs[n-1].to == offset {
		o.runs[n-1].to++
		return
	}
	o.runs = append(o.runs, offsetRun{offset, offset + 1})
}

// settle takes out the offsets before position.
func (o *offsets) settle(position int64) {
	kept := o.runs[:0]
	for _, r := range o.runs {
		o.settled += max(0, min(r.to, position)-r.from)
		if r.to > position {
			kept = append(kept, offsetRun{max(r.from, position), r.to})
		}
	}
	o.runs = kept
}

// left returns how many offsets were not taken out.
func (o *offsets) left() (n int64) {
	for _, r := range o.runs {
		n += r.to - r.from
	}
	return n
}
