package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"unicode/utf8"
)

// walk finds the files that match, in no order. Of what is removed meanwhile it says nothing; what it may not look at is
// an error, because files could be missed there.
func (l *Lister) walk(ctx context.Context) ([]File, error) {
	w := walk{l: l, ctx: ctx}
	if l.looks > 0 {
		w.found = make([]File, 0, len(l.seen))
	}
	err := w.start()
	return w.found, err
}

type walk struct {
	l     *Lister
	ctx   context.Context
	found []File
}

func (w *walk) start() error {
	if !w.l.glob.literal {
		return w.folder("")
	}
	info, err := os.Stat(w.l.dir)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "list", Path: w.l.dir, Err: syscall.ENOTDIR}
	}
	if err != nil {
		return w.l.cannotList(err)
	}
	return w.file(w.l.glob.pattern, func() (fs.FileInfo, error) { return os.Stat(w.l.full(w.l.glob.pattern)) })
}

// full is where the file or folder rel is on the machine.
func (l *Lister) full(rel string) string { return filepath.Join(l.dir, filepath.FromSlash(rel)) }

// folder looks at the folder rel, which is below the lister's and ends in a slash, or is empty.
func (w *walk) folder(rel string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(w.l.full(rel))
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
		if name = rel + name; e.IsDir() && w.l.glob.descends(name) {
			err = w.folder(name + "/")
		} else if !e.IsDir() && w.l.glob.matches(name) {
			err = w.file(name, e.Info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// file takes a file, or a symbolic link to one. Links to folders are not followed: what is below them would be read a
// second time under another name, or without end.
func (w *walk) file(rel string, stat func() (fs.FileInfo, error)) error {
	info, err := stat()
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		info, err = os.Stat(w.l.full(rel))
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("file %s cannot be looked at: %w", w.l.full(rel), err)
	case w.l.glob.literal && info.IsDir():
		return fmt.Errorf("files.path names a folder, %s; name the files in it, as in %s/*.json", w.l.full(rel), w.l.spec.Path)
	case !info.Mode().IsRegular():
		return nil
	}
	path := w.l.prefix + rel
	if !utf8.ValidString(path) {
		return fmt.Errorf("file %q has a name that is not UTF-8, which no table can hold; rename it, or let files.path leave it out", w.l.full(rel))
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
