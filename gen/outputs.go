package gen

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/seamflow/seamflow/gen/gogen"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/internal/model"
)

// lockFile is the seamflow.lock of one folder, which all specs there share.
type lockFile struct {
	folder string // relative to Options.Dir
	root   *os.Root
	file   *lock.File
	names  map[string]*model.Pipeline
}

func (r *run) lock(folder string) (*lockFile, error) {
	if lf := r.locks[folder]; lf != nil {
		return lf, nil
	}
	root, err := r.roots.of(folder)
	if err != nil {
		return nil, err
	}
	var data []byte
	info, err := root.Lstat(lock.Name)
	if err == nil && info.Mode().IsRegular() {
		data, err = specFolder{root}.ReadFile(lock.Name)
	} else if err == nil { // also a link: writing would take its place
		r.diags.Add(diag.Diagnostic{ID: "SF0401", Pos: diag.Pos{File: filepath.ToSlash(filepath.Join(folder, lock.Name))},
			Message: "this is no regular file", Hint: "remove it, or restore the file from version control"})
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	file, diags := lock.Parse(filepath.ToSlash(filepath.Join(folder, lock.Name)), data)
	for _, d := range diags {
		r.diags.Add(d)
	}
	file.Tool, file.Contract = Version, Contract
	lf := &lockFile{folder: folder, root: root, file: file, names: map[string]*model.Pipeline{}}
	r.locks[folder] = lf
	return lf, nil
}

// claim takes the pipeline's name in its folder.
func (r *run) claim(lf *lockFile, p *model.Pipeline) bool {
	other := lf.names[p.Name]
	if other == nil {
		lf.names[p.Name] = p
		return true
	}
	r.diags.Add(diag.Diagnostic{ID: "SF0404", Pos: p.Pos,
		Message: "pipeline " + p.Name + " is declared by two specs of one folder",
		Hint:    "give one of them another name",
		Related: []diag.Related{{Pos: other.Pos, Message: "declared here too"}}})
	return false
}

// place takes what the job made, and decides which earlier files go away.
func (r *run) place(j *job) error {
	if j.err != nil {
		return j.err
	}
	if j.lock == nil {
		return nil
	}
	for _, d := range j.diags.Sorted() {
		r.diags.Add(d)
	}
	lf, p := j.lock, j.model
	var names []string
	for _, f := range j.files {
		names = append(names, f.Name)
		r.checkOwner(lf, p, f.made)
		if f.now == foreign {
			r.diags.Add(diag.Diagnostic{ID: "SF0403", Pos: p.Pos,
				Message: filepath.ToSlash(f.path()) + " is in the way: it does not start with \"" + gogen.Header + "\", so seamflow did not write it",
				Hint:    "move the file, or give go.out another folder"})
		}
	}
	r.files = append(r.files, j.files...)
	if j.files == nil {
		return nil
	}
	for _, old := range lf.file.Outputs(p.Name) {
		if !slices.Contains(names, old) && filepath.IsLocal(filepath.FromSlash(old)) {
			r.stale = append(r.stale, output{made: made{lf.folder, old}, root: lf.root})
		}
	}
	lf.file.SetOutputs(p.Name, names)
	lf.file.Set(j.facts)
	return nil
}

// checkOwner refuses a file that another pipeline generates, in this run or by the lock.
func (r *run) checkOwner(lf *lockFile, p *model.Pipeline, f made) {
	full := f.path()
	d := diag.Diagnostic{ID: "SF0404", Pos: p.Pos, Hint: "give one of the pipelines another go.out"}
	if other := r.owners[full]; other != nil {
		d.Message = "pipelines " + p.Name + " and " + other.Name + " both generate " + filepath.ToSlash(full)
		d.Related = []diag.Related{{Pos: other.Pos, Message: "the other pipeline"}}
		r.diags.Add(d)
		return
	}
	r.owners[full] = p
	if owner := lf.file.Owner(f.Name); owner != "" && owner != p.Name && lf.names[owner] == nil {
		d.Message = "pipeline " + p.Name + " would overwrite " + filepath.ToSlash(full) + ", which seamflow.lock lists as pipeline " + owner + "'s"
		d.Hint += "; if " + owner + " was renamed or is gone, delete its output lines from " + lock.Name
		r.diags.Add(d)
	}
}

// state compares the file that is there with what it is to hold.
func (f *output) state() (state, error) {
	old, err := f.read()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing, nil
	case err != nil:
		return missing, err
	case bytes.Equal(old, f.data):
		return same, nil
	case !generated(old):
		return foreign, nil
	}
	return other, nil
}

// refused reports what stands where an output goes and cannot be written over, and whether it is that.
func (j *job) refused(f *output, err error) bool {
	d := diag.Diagnostic{ID: "SF0403", Pos: j.model.Pos, Hint: "move it, or give go.out another folder"}
	name := filepath.ToSlash(f.path())
	switch {
	case leavesFolder(err):
		d.ID = "SF0407"
		d.Message = name + " is behind a link that leads out of the spec's folder"
		d.Hint = "generated code lives in a folder below the spec: remove the link, or give go.out another folder"
	case errors.Is(err, errNotRegular):
		d.Message = name + " is in the way: it is no regular file"
	case errors.Is(err, syscall.ENOTDIR):
		d.Message = name + " cannot be written: what is to be a folder above it is none"
	default:
		return false
	}
	j.diags.Add(d)
	return true
}

func (f *output) read() ([]byte, error) { return specFolder{f.root}.ReadFile(f.Name) }

func generated(data []byte) bool {
	rest, ok := bytes.CutPrefix(data, []byte(gogen.Header))
	return ok && (len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r')
}

// write brings the folder in step with what was generated: files first, then what is stale, the lock last, so that a
// run that is cut short is finished by the next one.
func (r *run) write() error {
	if err := r.update(r.files); err != nil {
		return err
	}
	if err := r.removeStale(); err != nil {
		return err
	}
	r.locked = r.lockFiles()
	for i := range r.locked {
		var err error
		if r.locked[i].now, err = r.locked[i].state(); err != nil {
			return err
		}
	}
	if err := r.update(r.locked); err != nil {
		return err
	}
	slices.Sort(r.result.Written)
	slices.Sort(r.result.Unchanged)
	return nil
}

func (r *run) lockFiles() (files []output) {
	for _, folder := range slices.Sorted(maps.Keys(r.locks)) {
		lf := r.locks[folder]
		files = append(files, output{made: made{folder, lock.Name}, root: lf.root, data: lf.file.Format()})
	}
	return files
}

// update writes the files whose content changes.
func (r *run) update(files []output) error {
	errs := make([]error, len(files))
	each(len(files), func(i int) {
		if f := &files[i]; f.now != same && !r.opt.Check {
			errs[i] = replace(f.root, f.Name, f.data)
		}
	})
	for i, f := range files {
		switch {
		case errs[i] != nil:
			return errs[i]
		case f.now == same:
			r.result.Unchanged = append(r.result.Unchanged, f.path())
		default:
			r.result.Written = append(r.result.Written, f.path())
		}
	}
	return nil
}

// replace writes a file whole or not at all.
func replace(root *os.Root, name string, data []byte) (err error) {
	dir := path.Dir(name)
	if err := root.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	tmp := path.Join(dir, ".seamflow-"+rand.Text()+".tmp")
	f, err := root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, root.Remove(tmp))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return root.Rename(tmp, name)
}

// notOurs reports whether err is of something that no run has written: a folder, a pipe, what is behind a link out.
func notOurs(err error) bool {
	return leavesFolder(err) || errors.Is(err, errNotRegular) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENAMETOOLONG)
}

// removeStale removes files that the lock lists and nothing generates any more. One that somebody made their own, or
// that another pipeline has taken over, stays.
func (r *run) removeStale() error {
	for _, f := range r.stale {
		data, err := f.read()
		if errors.Is(err, fs.ErrNotExist) || notOurs(err) || err == nil && (!generated(data) || r.owners[f.path()] != nil) {
			continue
		}
		if err != nil {
			return err
		}
		r.result.Stale = append(r.result.Stale, f.path())
		if r.opt.Check {
			continue
		}
		if err := f.root.Remove(f.Name); err != nil {
			return fmt.Errorf("a stale output: %w", err)
		}
	}
	slices.Sort(r.result.Stale)
	return nil
}
