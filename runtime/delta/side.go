package delta

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// WriteSide writes a side file of a kind (a folder's name) and gives the name by which ReadSide finds it. It is durable
// when WriteSide returns, and debris until a commit names it.
func (t *Table) WriteSide(kind string, data []byte) (string, error) {
	name := path.Join(kind, formatUUID(t.newUUID())+".bin")
	full, err := t.sidePath(name)
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(full)
	if err := t.makeDir(dir); err != nil {
		return "", fmt.Errorf("write side file: %w", err)
	}
	if err := vfs.WriteFile(t.fsys, full, binary.LittleEndian.AppendUint64(append([]byte(nil), data...), xxh3.Hash(data))); err != nil {
		return "", fmt.Errorf("write side file: %w", err)
	}
	if err := t.fsys.SyncDir(dir); err != nil {
		return "", fmt.Errorf("write side file: %w", err)
	}
	return name, nil
}

// ReadSide gives what WriteSide wrote.
func (t *Table) ReadSide(name string) ([]byte, error) {
	full, err := t.sidePath(name)
	if err != nil {
		return nil, err
	}
	data, err := vfs.ReadFile(t.fsys, full)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &DamagedError{File: full, Reason: "side file is missing", Err: err}
	} else if err != nil {
		return nil, fmt.Errorf("read side file: %w", err)
	}
	n := len(data) - 8
	if n < 0 || xxh3.Hash(data[:n]) != binary.LittleEndian.Uint64(data[n:]) {
		return nil, &DamagedError{File: full, Reason: "side file is damaged (its checksum does not fit)"}
	}
	return data[:n], nil
}

func (t *Table) sidePath(name string) (string, error) {
	if path.Clean(name) != name || strings.Count(name, "/") != 1 || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "/") {
		return "", fmt.Errorf("%q is not the name of a side file", name)
	}
	return filepath.Join(t.dir, "_seamflow", filepath.FromSlash(name)), nil
}
