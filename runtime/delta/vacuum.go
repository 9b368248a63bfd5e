package delta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// VacuumOptions say what Vacuum may remove.
type VacuumOptions struct {
	// Keep is how long files stay after they were removed from the table; 0 is the table's own
	// delta.deletedFileRetentionDuration, and it cannot be longer: what is older the log may have forgotten.
	Keep time.Duration
	// Named are texts that name files by their UUIDs, as domains do: those files stay.
	Named  []string
	DryRun bool
}

// VacuumReport is what Vacuum removed, or would have.
type VacuumReport struct {
	Files []string `json:"files"` // relative to the table
	Bytes int64    `json:"bytes"`
}

// Side folders whose files a domain names, so that one without a name is debris. Others are left alone.
var sideKinds = map[string]bool{"merge": true, "files": true, "once": true, "replayed": true}

// Vacuum removes files that nobody needs any more:
//
//   - data files and deletion vectors that no version of the retention names,
//   - files of the merge log and side files that no domain names, and named none an hour ago,
//   - files that were made for a commit which never came.
//
// A file that is younger than the retention is kept, and of our own side files one that is younger than an hour: a commit
// may be about to name it. It takes the snapshot's version for the newest: the table's owner, between two batches, knows
// that no commit of an older file is on its way.
func (s *Snapshot) Vacuum(ctx context.Context, opt VacuumOptions) (*VacuumReport, error) {
	r, err := s.vacuum(ctx, opt)
	if err != nil {
		return r, fmt.Errorf("vacuum of table %s: %w", s.dir, err)
	}
	return r, nil
}

func (s *Snapshot) vacuum(ctx context.Context, opt VacuumOptions) (*VacuumReport, error) {
	v := &vacuum{s: s, opt: opt, began: s.now(), report: &VacuumReport{Files: []string{}}}
	kept := s.meta.fileRetention()
	switch {
	case opt.Keep == 0:
		v.opt.Keep = kept
	case opt.Keep > kept:
		return v.report, fmt.Errorf("the table itself keeps removed files for %s (%s), so that no longer time can be promised", kept, propertyFiles)
	}
	if err := v.checkClock(); err != nil {
		return v.report, err
	}
	if err := v.collect(); err != nil {
		return v.report, err
	}
	err := errors.Join(v.data(ctx, ""), v.side(ctx), v.log(ctx))
	if err == nil && !opt.DryRun {
		err = s.stamp(v)
	}
	return v.report, err
}

// vacuum is one run.
type vacuum struct {
	s      *Snapshot
	opt    VacuumOptions
	began  time.Time
	paths  map[string]bool // of data files and vectors that are kept, slash-separated
	ids    map[string]bool // UUIDs that domains name
	report *VacuumReport
}

// checkClock refuses to judge by a clock that is behind the table: it may be wrong the other way round, too.
func (v *vacuum) checkClock() error {
	info, err := v.s.fsys.Stat(filepath.Join(v.s.logDir(), logName(v.s.version)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a checkpoint stands in for it
	} else if err != nil {
		return err
	}
	if info.ModTime().After(v.began.Add(time.Minute)) {
		return fmt.Errorf("the machine's clock (%s) is behind the table's newest version (%s); nothing was removed",
			v.began.UTC().Format(time.RFC3339), info.ModTime().UTC().Format(time.RFC3339))
	}
	return nil
}

// collect works out what is kept whatever its age.
func (v *vacuum) collect() error {
	v.paths, v.ids = make(map[string]bool, len(v.s.files)), map[string]bool{}
	for _, f := range v.s.files {
		v.keep(f.Path, f.vector)
	}
	since := millis(v.began.Add(-v.opt.Keep))
	for _, r := range v.s.gone {
		if p, err := decodePath(r.Path); err == nil && r.DeletionTimestamp >= since {
			v.keep(p, r.DeletionVector)
		}
	}
	for _, text := range v.opt.Named {
		v.name(text)
	}
	for _, text := range v.s.domains {
		v.name(text)
	}
	return v.nameRecent(v.began.Add(-min(debrisAge, v.opt.Keep)))
}

func (v *vacuum) keep(name string, d *dvDescriptor) {
	v.paths[name] = true
	if d != nil && d.StorageType == "u" {
		if p, err := d.vectorPath(); err == nil {
			v.paths[filepath.ToSlash(p)] = true
		}
	}
}

var uuidText = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func (v *vacuum) name(text string) {
	for _, id := range uuidText.FindAllString(text, -1) {
		v.ids[id] = true
	}
}

// nameBehind is how many versions further back than a time nameRecent looks for what the domains were then.
const nameBehind = 200

// nameRecent keeps what the domains named at some moment since a time: a handle that opened the table then may still read
// it. It goes back through the log to what each domain was at that time.
func (v *vacuum) nameRecent(since time.Time) error {
	h := newHandle(v.s.fsys, v.s.dir)
	open := make(map[string]bool, len(v.s.domains)) // domains of which only newer settings were seen
	for name := range v.s.domains {
		open[name] = true
	}
	for at, behind := v.s.version, 0; at >= 0 && len(open) > 0 && behind < nameBehind; at-- {
		info, err := v.s.fsys.Stat(h.logPath(at))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		c, err := h.CommitAt(at)
		if err != nil {
			return err
		}
		before := info.ModTime().Before(since)
		if before {
			behind++
		}
		for name, text := range c.Domains {
			v.name(text)
			if before {
				delete(open, name)
			}
		}
	}
	return nil
}

// data goes through the folder of data files and those below, partitions. What is hidden, ours and others', is no data;
// what is not named as data or deletion vectors are is somebody's note.
func (v *vacuum) data(ctx context.Context, dir string) error {
	entries, err := v.s.fsys.ReadDir(filepath.Join(v.s.dir, filepath.FromSlash(dir)))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		hidden := strings.HasPrefix(e.Name(), "_") || strings.HasPrefix(e.Name(), ".")
		switch {
		case e.IsDir():
			if !hidden || strings.Contains(e.Name(), "=") {
				err = v.data(ctx, name)
			}
		case hidden:
		case strings.HasSuffix(name, ".parquet") || isVector(e.Name()):
			err = v.judge(ctx, name, e, v.opt.Keep)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func isVector(name string) bool {
	return strings.HasPrefix(name, "deletion_vector_") && strings.HasSuffix(name, ".bin")
}

// side goes through what is ours.
func (v *vacuum) side(ctx context.Context) error {
	entries, err := v.s.fsys.ReadDir(filepath.Join(v.s.dir, "_seamflow"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join("_seamflow", e.Name())
		switch {
		case !e.IsDir() && isVector(e.Name()):
			err = v.judge(ctx, name, e, min(debrisAge, v.opt.Keep))
		case e.IsDir() && sideKinds[e.Name()]:
			err = v.folder(ctx, name, min(debrisAge, v.opt.Keep))
		case e.IsDir() && e.Name() == sideRedirect: // older versions are followed by them
			err = v.folder(ctx, name, v.opt.Keep)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *vacuum) folder(ctx context.Context, dir string, age time.Duration) error {
	entries, err := v.s.fsys.ReadDir(filepath.Join(v.s.dir, filepath.FromSlash(dir)))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() && uuidText.MatchString(e.Name()) {
			if err := v.judge(ctx, path.Join(dir, e.Name()), e, age); err != nil {
				return err
			}
		}
	}
	return nil
}

// log removes what a process left that died while it wrote a version.
func (v *vacuum) log(ctx context.Context) error {
	entries, err := v.s.fsys.ReadDir(v.s.logDir())
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			if err := v.judge(ctx, path.Join("_delta_log", e.Name()), e, debrisAge); err != nil {
				return err
			}
		}
	}
	return nil
}

// judge removes a file that is not kept and has its age.
func (v *vacuum) judge(ctx context.Context, name string, e fs.DirEntry, age time.Duration) error {
	if v.paths[name] || v.ids[uuidText.FindString(e.Name())] || !v.s.mayGo(name) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if !info.ModTime().Before(v.began.Add(-age)) {
		return nil
	}
	if !v.opt.DryRun {
		if err := v.s.fsys.Remove(filepath.Join(v.s.dir, filepath.FromSlash(name))); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
	}
	v.report.Files = append(v.report.Files, name)
	v.report.Bytes += info.Size()
	return nil
}

// vacuumStamp is what _seamflow/vacuum.json says of the last run, for the next one and for people.
type vacuumStamp struct {
	At    time.Time `json:"at"`
	Files int       `json:"files"`
	Bytes int64     `json:"bytes"`
}

func stampFile(dir string) string { return filepath.Join(dir, "_seamflow", "vacuum.json") }

func (s *Snapshot) stamp(v *vacuum) error {
	side := filepath.Dir(stampFile(s.dir))
	if err := vfs.MkdirAllSync(s.fsys, side); err != nil {
		return err
	}
	temp := filepath.Join(side, ".vacuum.json.tmp")
	_ = s.fsys.Remove(temp)
	text := rawJSON(vacuumStamp{At: v.began.UTC(), Files: len(v.report.Files), Bytes: v.report.Bytes})
	if err := vfs.WriteFile(s.fsys, temp, append(text, '\n')); err != nil {
		return err
	}
	return s.fsys.Rename(temp, stampFile(s.dir))
}

// FileRetention is how long files stay after they were removed from the table, by its property
// delta.deletedFileRetentionDuration.
func (t *Table) FileRetention() time.Duration { return t.meta.fileRetention() }

// Vacuumed is when the last vacuum ended that removed what it found; for a table that never saw one, when it was made.
func (t *Table) Vacuumed() time.Time {
	var stamp vacuumStamp
	if data, err := vfs.ReadFile(t.fsys, stampFile(t.dir)); err == nil && json.Unmarshal(data, &stamp) == nil && !stamp.At.IsZero() {
		return stamp.At
	}
	return time.UnixMilli(t.meta.CreatedTime)
}
