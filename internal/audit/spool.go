package audit

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Spool is a folder where batches wait while the database is away, a file
// for each: the SHA-256 of the body and then the body.
type Spool struct{ Folder string }

// spoolEnd ends the names of whole files.
const spoolEnd = ".batch"

// put stores a batch so that it outlives a crash.
func (s Spool) put(batch string, body []byte) error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	sum := sha256.Sum256(body)
	name := filepath.Join(s.Folder, batch+spoolEnd)
	if err := write(name+".part", append(sum[:], body...)); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	dir, err := os.Open(s.Folder)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func write(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// batches returns what waits, oldest first.
func (s Spool) batches() []string {
	files, err := os.ReadDir(s.Folder)
	if err != nil {
		return nil // no folder: nothing was ever spooled
	}
	type file struct {
		batch string
		at    int64
	}
	var all []file
	for _, f := range files {
		batch, whole := strings.CutSuffix(f.Name(), spoolEnd)
		info, err := f.Info()
		if !whole || err != nil {
			continue
		}
		all = append(all, file{batch, info.ModTime().UnixNano()})
	}
	slices.SortFunc(all, func(a, b file) int { return int(a.at - b.at) })
	out := make([]string, len(all))
	for i, f := range all {
		out[i] = f.batch
	}
	return out
}

// Check reports a folder that cannot be written to. It makes it.
func (s Spool) Check() error {
	if s.Folder == "" {
		return nil
	}
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	f, err := os.CreateTemp(s.Folder, "check-*")
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Size returns how many batches wait, and their bytes on disk.
func (s Spool) Size() (batches int, bytes int64) {
	files, err := os.ReadDir(s.Folder)
	if err != nil || s.Folder == "" {
		return 0, 0
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && strings.HasSuffix(f.Name(), spoolEnd) {
			batches, bytes = batches+1, bytes+info.Size()
		}
	}
	return batches, bytes
}

// Waiting returns how many batches wait.
func (s Spool) Waiting() int { return len(s.batches()) }

func (s Spool) get(batch string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(s.Folder, batch+spoolEnd))
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	var sum Hash
	if copy(sum[:], data) < len(sum) {
		return nil, fmt.Errorf("spool: %s is too short", batch)
	}
	body := data[len(sum):]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum[:]) {
		return nil, fmt.Errorf("spool: %s is damaged", batch)
	}
	return body, nil
}

func (s Spool) remove(batch string) { _ = os.Remove(filepath.Join(s.Folder, batch+spoolEnd)) }
