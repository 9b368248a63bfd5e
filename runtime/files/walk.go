package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"
)

// walk finds the files that match, in no order. Of what is removed meanwhile it says nothing; what it may not look at is
// an error, because files could be missed there.
func (l *Lister) walk(ctx context.Context) ([]File, error) {
	w := walk{l: l, ctx: ctx}
	if l.looks > 0 {
		w.found = make([]File, 0, len(l.seen))
	}
	if err := w.folder(""); err != nil {
		return nil, err
	}
	return w.found, nil
}

type walk struct {
	l     *Lister
	ctx   context.Context
	found []File
}

// folder looks at the folder rel, which is below the lister's and ends in a slash, or is empty.
func (w *walk) folder(rel string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(w.l.dir, filepath.FromSlash(rel)))
	if err != nil {
		if rel != "" && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return w.l.cannotList(err)
	}
	for _, e := range entries {
		name := e.Name()
		if w.l.glob.skipped(name) {
			continue
		}
		if e.IsDir() {
			err = w.subfolder(rel + name)
		} else if w.l.glob.matches(rel + name) {
			err = w.file(rel+name, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) subfolder(rel string) error {
	if w.l.glob.literal && rel == w.l.glob.pattern {
		return fmt.Errorf("files.path names a folder, %s; name the files in it, as in %s/*.json", filepath.Join(w.l.dir, rel), w.l.spec.Path)
	}
	if !w.l.glob.descends(rel) {
		return nil
	}
	return w.folder(rel + "/")
}

// file takes a file, or a symbolic link to one. Links to folders are not followed: what is below them would be read a
// second time under another name, or without end.
func (w *walk) file(rel string, e fs.DirEntry) error {
	full := filepath.Join(w.l.dir, filepath.FromSlash(rel))
	info, err := e.Info()
	if err == nil && e.Type()&fs.ModeSymlink != 0 {
		info, err = os.Stat(full)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("file %s cannot be looked at: %w", full, err)
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	path := w.l.prefix + rel
	if !utf8.ValidString(path) {
		return fmt.Errorf("file %q has a name that is not UTF-8, which no table can hold; rename it, or let files.path leave it out", full)
	}
	w.found = append(w.found, File{Path: path, Size: info.Size(), ModTime: info.ModTime()})
	return nil
}

func (l *Lister) cannotList(err error) error {
	where := "files.path is " + l.spec.Path
	if !filepath.IsAbs(l.spec.Path) {
		where += ", relative to --data"
	}
	var at *fs.PathError
	dir := l.dir
	if errors.As(err, &at) {
		dir, err = at.Path, at.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder %s does not exist (%s): make it, or correct the path; an empty folder is fine: %w", dir, where, err)
	}
	return fmt.Errorf("folder %s cannot be listed (%s): %w", dir, where, err)
}
