package gcs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// disk keeps a bucket in a directory:
//
//	BUCKET/objects.log               which objects there are, with their metadata
//	BUCKET/content/NAME@GENERATION   the content of each
//
// An object is there from the moment that its line is in the log. A content
// without a line was never there, and is removed at the next start.
type disk struct {
	dir  string
	logs map[string]*journal // by bucket
}

const (
	journalName = "objects.log"
	contentDir  = "content"
	uploadDir   = ".uploads"
)

func newDisk(dir string) (*disk, error) {
	d := &disk{dir, map[string]*journal{}}
	uploads := filepath.Join(dir, uploadDir)
	return d, errors.Join(os.RemoveAll(uploads), os.MkdirAll(uploads, 0o755))
}

func (d *disk) draft() *draft { return newDraft(filepath.Join(d.dir, uploadDir)) }

func (d *disk) makeBucket(name string) (err error) {
	if err := os.MkdirAll(filepath.Join(d.dir, name, contentDir), 0o755); err != nil {
		return err
	}
	d.logs[name], err = openJournal(filepath.Join(d.dir, name, journalName))
	return err
}

func (d *disk) removeBucket(name string) error {
	err := errors.Join(d.logs[name].Close(), os.RemoveAll(filepath.Join(d.dir, name)))
	delete(d.logs, name)
	return err
}

func (d *disk) keep(o, old *object, content *draft) error {
	if content != nil {
		if err := content.moveTo(d.content(o)); err != nil {
			return err
		}
	}
	err := d.logs[o.Bucket].append(entry{Put: o})
	switch {
	case content == nil:
		return err
	case err != nil:
		return errors.Join(err, os.Remove(d.content(o)))
	case old != nil:
		return os.Remove(d.content(old))
	}
	return nil
}

func (d *disk) remove(o *object) error {
	if err := d.logs[o.Bucket].append(entry{Delete: o.Name}); err != nil {
		return err
	}
	return os.Remove(d.content(o))
}

func (d *disk) open(o *object) (io.ReadSeekCloser, error) { return os.Open(d.content(o)) }

func (d *disk) content(o *object) string {
	return filepath.Join(d.dir, o.Bucket, contentDir, fileName(o.Name)+"@"+strconv.FormatInt(o.Generation, 10))
}

// fileName is the name of an object as a file can have it.
func fileName(name string) string {
	if escaped := url.PathEscape(name); len(escaped) <= 200 && !strings.HasPrefix(escaped, "sha256=") {
		return escaped
	}
	sum := sha256.Sum256([]byte(name))
	return "sha256=" + hex.EncodeToString(sum[:])
}

func (d *disk) load() (map[string]*bucket, error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, err
	}
	buckets := map[string]*bucket{}
	for _, e := range entries {
		name := e.Name()
		if checkBucketName(name) != nil {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		buckets[name] = newBucket(name, info.ModTime())
		if err := d.loadBucket(buckets[name]); err != nil {
			return nil, fmt.Errorf("load bucket %s: %w", name, err)
		}
	}
	return buckets, nil
}

func (d *disk) loadBucket(b *bucket) error {
	path := filepath.Join(d.dir, b.name, journalName)
	if err := readJournal(path, b); err != nil {
		return err
	}
	if err := rewriteJournal(path, b); err != nil {
		return err
	}
	if err := d.makeBucket(b.name); err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, o := range b.objects {
		kept[d.content(o)] = true
	}
	contents, err := os.ReadDir(filepath.Join(d.dir, b.name, contentDir))
	for _, e := range contents {
		if path := filepath.Join(d.dir, b.name, contentDir, e.Name()); !kept[path] {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}
