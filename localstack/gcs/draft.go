package gcs

import (
	"bytes"
	"crypto/md5"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"os"
)

// spillAbove is how much of an upload is held in memory if there is a disk.
const spillAbove = 1 << 20

// A draft is the content of an upload on its way: appended to, then kept or
// discarded.
type draft struct {
	size int64
	md5  hash.Hash
	crc  uint32
	dir  string // for a content that is too large for memory; "" is none
	buf  []byte
	file *os.File
}

func newDraft(dir string) *draft { return &draft{md5: md5.New(), dir: dir} }

// Write implements io.Writer.
func (d *draft) Write(p []byte) (int, error) {
	if d.file == nil && d.dir != "" && len(d.buf)+len(p) > spillAbove {
		if err := d.spill(); err != nil {
			return 0, err
		}
	}
	if d.file != nil {
		if n, err := d.file.Write(p); err != nil {
			return n, err
		}
	} else {
		d.buf = append(d.buf, p...)
	}
	d.size += int64(len(p))
	d.md5.Write(p)
	d.crc = crc32.Update(d.crc, crc32.MakeTable(crc32.Castagnoli), p)
	return len(p), nil
}

func (d *draft) spill() (err error) {
	if d.file, err = os.CreateTemp(d.dir, "upload-*"); err != nil {
		return err
	}
	_, err = d.file.Write(d.buf)
	d.buf = nil
	return err
}

// moveTo makes the content the file at path.
func (d *draft) moveTo(path string) error {
	if d.file == nil {
		return os.WriteFile(path, d.buf, 0o644)
	}
	return errors.Join(d.file.Close(), os.Rename(d.file.Name(), path))
}

// discard forgets a content that was not kept.
func (d *draft) discard() {
	if d.file != nil {
		_ = d.file.Close()
		_ = os.Remove(d.file.Name())
	}
	d.buf = nil
}

// nopCloser gives a reader of bytes in memory the form of a file.
type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

var _ io.ReadSeekCloser = nopCloser{}
