package files

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	calm       = 5 * time.Millisecond // between a change and its hint: many come together
	maxWatched = 1024                 // folders; the machine's supply is for all of its programs
	lookShare  = 10                   // a tenth of the time, at most, is spent on looks that hints asked for
)

// Watch gives hints that a look may find something: files that changed, and files that will have settled. They are hints
// only: where the machine cannot watch (network folders, a limit on watches), or not all of it, fewer or none come. The
// channel is closed after ctx is done.
func (l *Lister) Watch(ctx context.Context) <-chan struct{} {
	hints := make(chan struct{}, 1)
	go func() {
		defer close(hints)
		w := newWatcher(l)
		defer w.close()
		w.run(ctx, hints)
	}()
	return hints
}

type watcher struct {
	l      *Lister
	notify *fsnotify.Watcher // nil where there is none to be had
	events <-chan fsnotify.Event
	errors <-chan error

	timer *time.Timer
	due   time.Time // of the next hint; zero for none
	last  time.Time // hint
	gap   time.Duration
}

func newWatcher(l *Lister) *watcher {
	w := &watcher{l: l, timer: time.NewTimer(time.Hour)}
	w.timer.Stop()
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return w
	}
	w.notify, w.events, w.errors = n, n.Events, n.Errors
	w.add("")
	return w
}

func (w *watcher) close() {
	w.timer.Stop()
	if w.notify != nil {
		w.notify.Close()
	}
}

// add watches the folder rel, which ends in a slash or is empty, and those below that files may be in.
func (w *watcher) add(rel string) {
	dir := filepath.Join(w.l.dir, filepath.FromSlash(rel))
	if len(w.notify.WatchList()) >= maxWatched || w.notify.Add(dir) != nil {
		return
	}
	if !w.l.glob.deep && strings.Count(rel, "/") >= len(w.l.glob.dirs) {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() && !w.l.glob.skipped(e.Name()) && w.l.glob.descends(rel+e.Name()) {
			w.add(rel + e.Name() + "/")
		}
	}
}

func (w *watcher) run(ctx context.Context, hints chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-w.events:
			if w.matters(e) {
				w.plan(calm)
			}
		case <-w.errors: // events were lost, perhaps
			w.plan(calm)
		case d := <-w.l.again:
			w.plan(d)
		case d := <-w.l.took:
			w.gap = d * (lookShare - 1)
		case <-w.timer.C:
			w.due, w.last = time.Time{}, time.Now()
			replace(hints, struct{}{})
		}
	}
}

// plan makes a hint come in d, or sooner where one is planned already.
func (w *watcher) plan(d time.Duration) {
	at := time.Now().Add(d)
	if earliest := w.last.Add(w.gap); at.Before(earliest) {
		at = earliest
	}
	if w.due.IsZero() || at.Before(w.due) {
		w.due = at
		w.timer.Reset(time.Until(at))
	}
}

// matters reports whether an event may mean a file to read, and watches the folders that are new.
func (w *watcher) matters(e fsnotify.Event) bool {
	if !e.Has(fsnotify.Create) && !e.Has(fsnotify.Write) && !e.Has(fsnotify.Chmod) {
		return false
	}
	rel, err := filepath.Rel(w.l.dir, e.Name)
	if err != nil || w.l.glob.skipped(path.Base(e.Name)) {
		return false
	}
	rel = filepath.ToSlash(rel)
	if e.Has(fsnotify.Create) && w.l.glob.descends(rel) && isFolder(e.Name) {
		w.add(rel + "/")
		return true
	}
	return w.l.glob.matches(rel)
}

func isFolder(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.Mode().Type() == fs.ModeDir
}
