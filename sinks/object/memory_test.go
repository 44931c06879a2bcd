package object_test

import (
	"context"
	"errors"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

// memory is a bucket in memory.
type memory struct {
	mu      sync.Mutex
	objects map[string]*stored
	last    int
	creates int
	parts   int
	mute    bool // Describe is not reached: the writer died before
}

type stored struct {
	content    []byte
	generation string
	meta       map[string]string
}

var _ object.Store = (*memory)(nil)

func newMemory() *memory { return &memory{objects: map[string]*stored{}} }

func (m *memory) Stat(_ context.Context, name string) (object.Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[name]
	if !ok {
		return object.Info{}, nil
	}
	return object.Info{Exists: true, Size: int64(len(o.content)), CRC32C: crc32.Checksum(o.content, crc32.MakeTable(crc32.Castagnoli)),
		Generation: o.generation, Meta: maps.Clone(o.meta)}, nil
}

func (m *memory) Describe(_ context.Context, name, generation string, d object.Description) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mute {
		return tasks.Retriable(errors.New("dead"))
	}
	if o, ok := m.objects[name]; ok && o.generation == generation {
		maps.Copy(o.meta, d.Meta)
	}
	return nil
}

func (m *memory) Create(_ context.Context, name string, o object.Options) (object.Upload, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.creates++
	return &memoryUpload{m: m, name: name, options: o}, nil
}

type memoryUpload struct {
	m       *memory
	name    string
	options object.Options
	content []byte
}

func (u *memoryUpload) Write(_ context.Context, p []byte) error {
	u.content = append(u.content, p...)
	u.m.mu.Lock()
	defer u.m.mu.Unlock()
	u.m.parts++
	return nil
}

func (u *memoryUpload) Commit(context.Context, uint32) (string, error) {
	u.m.mu.Lock()
	defer u.m.mu.Unlock()
	old := ""
	if o, ok := u.m.objects[u.name]; ok {
		old = o.generation
	}
	if old != u.options.Replace {
		return "", object.ErrExists
	}
	u.m.last++
	generation := strconv.Itoa(u.m.last)
	u.m.objects[u.name] = &stored{content: u.content, generation: generation, meta: maps.Clone(u.options.Meta)}
	return generation, nil
}

func (u *memoryUpload) Abort() {}

// names returns the objects' names in order.
func (m *memory) names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.objects))
}

func (m *memory) content(name string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o, ok := m.objects[name]; ok {
		return string(o.content)
	}
	return ""
}

// discard is a bucket that keeps nothing.
type discard struct{ *memory }

func (d discard) Create(_ context.Context, name string, o object.Options) (object.Upload, error) {
	return &nowhere{memoryUpload{m: newMemory(), name: name, options: o}}, nil
}

type nowhere struct{ memoryUpload }

func (*nowhere) Write(context.Context, []byte) error { return nil }
