package mirror

import (
	"slices"
	"sort"
)

// translator knows where records of the source cluster are in the target cluster, by the offset syncs it has seen.
type translator map[partition][]offsetSync

// mostSyncs bounds the syncs kept of a partition. Of the older half every second one goes when there are more.
const mostSyncs = 512

// add takes a sync, in the order of the topic. One that lies before others replaces them: a topic was made anew.
func (t translator) add(s offsetSync) {
	list := t[s.partition]
	keep := sort.Search(len(list), func(i int) bool { return list[i].upstream >= s.upstream || list[i].downstream >= s.downstream })
	list = append(list[:keep], s)
	if len(list) > mostSyncs {
		thin := list[:0]
		for i, old := range list {
			if i%2 == 0 || i >= mostSyncs/2 {
				thin = append(thin, old)
			}
		}
		list = thin
	}
	t[s.partition] = list
}

// downstream translates the offset that a group will read next: at or before the record that corresponds to it, never behind.
// False when no sync is old enough.
func (t translator) downstream(p partition, upstream int64) (int64, bool) {
	list := t[p]
	i, exact := slices.BinarySearchFunc(list, upstream, func(s offsetSync, at int64) int {
		switch {
		case s.upstream < at:
			return -1
		case s.upstream > at:
			return 1
		}
		return 0
	})
	switch {
	case exact:
		return list[i].downstream, true
	case i == 0:
		return 0, false
	}
	return list[i-1].downstream + 1, true
}
