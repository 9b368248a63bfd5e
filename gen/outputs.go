package gen

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/gen/gogen"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/internal/model"
)

// lockFile is the seamflow.lock of one folder, which all specs there share.
type lockFile struct {
	folder string // relative to Options.Dir
	file   *lock.File
	names  map[string]*model.Pipeline
}

func (r *run) lock(folder string) (*lockFile, error) {
	if lf := r.locks[folder]; lf != nil {
		return lf, nil
	}
	name := filepath.Join(folder, lock.Name)
	data, err := os.ReadFile(filepath.Join(r.opt.Dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	file, diags := lock.Parse(filepath.ToSlash(name), data)
	for _, d := range diags {
		r.diags.Add(d)
	}
	lf := &lockFile{folder: folder, file: file, names: map[string]*model.Pipeline{}}
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

// place decides where the files go and which earlier ones go away.
func (r *run) place(lf *lockFile, folder string, plan *emit.Plan, files []gogen.File) error {
	p := plan.Pipeline
	var names []string
	for _, f := range files {
		name := path.Join(plan.Dir, f.Name)
		full := filepath.Join(folder, filepath.FromSlash(name))
		names = append(names, name)
		r.checkOwner(lf, p, name, full)
		if err := r.checkForeign(p, full); err != nil {
			return err
		}
		r.files = append(r.files, output{full, f.Data})
	}
	for _, old := range lf.file.Outputs(p.Name) {
		if !slices.Contains(names, old) && filepath.IsLocal(filepath.FromSlash(old)) {
			r.result.Stale = append(r.result.Stale, filepath.Join(folder, filepath.FromSlash(old)))
		}
	}
	lf.file.SetOutputs(p.Name, names)
	return nil
}

// checkOwner refuses a file that another pipeline generates, in this run or by the lock.
func (r *run) checkOwner(lf *lockFile, p *model.Pipeline, name, full string) {
	d := diag.Diagnostic{ID: "SF0404", Pos: p.Pos, Hint: "give one of the pipelines another go.out"}
	if other := r.owners[full]; other != nil {
		d.Message = "pipelines " + p.Name + " and " + other.Name + " both generate " + filepath.ToSlash(full)
		d.Related = []diag.Related{{Pos: other.Pos, Message: "the other pipeline"}}
		r.diags.Add(d)
		return
	}
	r.owners[full] = p
	if owner := lf.file.Owner(name); owner != "" && owner != p.Name && lf.names[owner] == nil {
		d.Message = "pipeline " + p.Name + " would overwrite " + filepath.ToSlash(full) + ", which seamflow.lock lists as pipeline " + owner + "'s"
		d.Hint += "; if " + owner + " was renamed or is gone, delete its output lines from " + lock.Name
		r.diags.Add(d)
	}
}

// checkForeign refuses to overwrite what seamflow did not write.
func (r *run) checkForeign(p *model.Pipeline, full string) error {
	data, err := os.ReadFile(filepath.Join(r.opt.Dir, full))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case generated(data):
		return nil
	}
	r.diags.Add(diag.Diagnostic{ID: "SF0403", Pos: p.Pos,
		Message: filepath.ToSlash(full) + " is in the way: it does not start with \"" + gogen.Header + "\", so seamflow did not write it",
		Hint:    "move the file, or give go.out another folder"})
	return nil
}

func generated(data []byte) bool {
	rest, ok := bytes.CutPrefix(data, []byte(gogen.Header))
	return ok && (len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r')
}

// write brings the folder in step with what was generated: files first, then what is stale, the lock last, so that a
// run that is cut short is finished by the next one.
func (r *run) write() error {
	slices.SortFunc(r.files, func(a, b output) int { return strings.Compare(a.path, b.path) })
	for _, f := range r.files {
		if err := r.update(f); err != nil {
			return err
		}
	}
	if err := r.removeStale(); err != nil {
		return err
	}
	for _, folder := range slices.Sorted(maps.Keys(r.locks)) {
		lf := r.locks[folder]
		if err := r.update(output{filepath.Join(lf.folder, lock.Name), lf.file.Format()}); err != nil {
			return err
		}
	}
	slices.Sort(r.result.Written)
	slices.Sort(r.result.Unchanged)
	return nil
}

// update writes a file when its content changes.
func (r *run) update(f output) error {
	full := filepath.Join(r.opt.Dir, f.path)
	old, err := os.ReadFile(full)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && bytes.Equal(old, f.data) {
		r.result.Unchanged = append(r.result.Unchanged, f.path)
		return nil
	}
	r.result.Written = append(r.result.Written, f.path)
	if r.opt.Check {
		return nil
	}
	return replace(full, f.data)
}

// replace writes a file whole or not at all.
func replace(name string, data []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".seamflow-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
		}
	}()
	if _, err := tmp.Write(data); err != nil {
		return err
	}
	if err := tmp.Chmod(0o644); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

// removeStale removes files that the lock lists and nothing generates any more. One that somebody made their own, or
// that another pipeline has taken over, stays.
func (r *run) removeStale() error {
	slices.Sort(r.result.Stale)
	kept := r.result.Stale[:0]
	for _, name := range r.result.Stale {
		full := filepath.Join(r.opt.Dir, name)
		data, err := os.ReadFile(full)
		if errors.Is(err, fs.ErrNotExist) || err == nil && (!generated(data) || r.owners[name] != nil) {
			continue
		}
		if err != nil {
			return err
		}
		kept = append(kept, name)
		if r.opt.Check {
			continue
		}
		if err := os.Remove(full); err != nil {
			return fmt.Errorf("a stale output: %w", err)
		}
	}
	r.result.Stale = kept
	return nil
}
