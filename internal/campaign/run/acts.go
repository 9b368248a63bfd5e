package run

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// act does what happens before a run. The first run of a case finds nothing that could be harmed.
func (w *world) act(s Step) error {
	switch s.Act {
	case Compact:
		_, err := w.pipeline().Compact(context.Background(), w.options(), "")
		return err
	case Vacuum:
		now := time.Duration(0)
		_, err := w.pipeline().Vacuum(context.Background(), w.options(), "", flow.VacuumOptions{Retention: &now, Short: true})
		return err
	case LoseState:
		return w.clear()
	case KeepState:
		var err error
		w.older, err = w.state()
		return err
	case OlderState:
		return w.restore()
	case Crash:
		return w.crash(s.Calls)
	}
	return nil
}

func (w *world) stateFolder() string { return filepath.Join(w.dir, ".seamflow", "state") }

// state gives the files of the state.
func (w *world) state() (map[string][]byte, error) {
	files := map[string][]byte{}
	return files, w.walk(w.stateFolder(), func(name string) (err error) {
		files[name], err = vfs.ReadFile(w.disk, name)
		return err
	})
}

func (w *world) walk(dir string, visit func(name string) error) error {
	entries, err := w.disk.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if e.IsDir() {
			err = errors.Join(err, w.walk(name, visit))
		} else {
			err = errors.Join(err, visit(name))
		}
	}
	return err
}

func (w *world) clear() error { return w.walk(w.stateFolder(), w.disk.Remove) }

// restore makes the state the copy that was taken, if one was.
func (w *world) restore() error {
	if w.older == nil {
		return nil
	}
	if err := w.clear(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(w.older)) {
		if err := vfs.MkdirAllSync(w.disk, filepath.Dir(name)); err != nil {
			return err
		}
		if err := vfs.WriteFile(w.disk, name, w.older[name]); err != nil {
			return err
		}
	}
	return nil
}

// crash stops the machine after some calls of a run. Of what was not synced some is lost.
func (w *world) crash(calls int) error {
	w.disk.StopAt(w.disk.Calls() + calls)
	_ = w.run() // fails, unless it is over before
	w.disk = w.disk.Crash(vfs.KeepSome(uint64(calls)))
	return nil
}
