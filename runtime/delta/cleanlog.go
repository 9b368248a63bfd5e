package delta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// versionName is a file of the log that belongs to a version: commits, checkpoints and parts of them, what other engines
// keep beside them (checksums), hidden ones too.
var versionName = regexp.MustCompile(`^\.?(\d{20})\.`)

// CleanLog removes the files of the log that are older than delta.logRetentionDuration and that a newer checkpoint stands
// in for, and gives their number. It has read that checkpoint: one that cannot be read covers nothing. The files of its
// own version stay, and whatever comes after, so that every version of the time that is kept can still be read.
//
// Age is the file's modification time, and nothing goes that comes after a file that stays: where the clock went back, a file that looks
// old is as young as those before it.
func (s *Snapshot) CleanLog(ctx context.Context) (removed int, err error) {
	if s.meta.Configuration[propertyCleanup] == "false" {
		return 0, nil
	}
	base, err := s.coveredBefore(ctx, s.now().Add(-max(s.meta.logRetention(), debrisAge)))
	if err == nil && base > 0 {
		removed, err = s.removeLogBefore(ctx, base)
	}
	if err != nil {
		return removed, fmt.Errorf("log clean-up of table %s: %w", s.dir, err)
	}
	return removed, nil
}

// coveredBefore gives the version of the checkpoint whose predecessors may go, 0 for none.
func (s *Snapshot) coveredBefore(ctx context.Context, cutoff time.Time) (int64, error) {
	h := newHandle(s.fsys, s.dir)
	l, err := h.list()
	if err != nil {
		return 0, err
	}
	kept, err := s.firstSince(l, cutoff)
	if err != nil {
		return 0, err
	}
	for _, version := range slices.Backward(slices.Sorted(maps.Keys(l.checkpoints))) {
		if version > kept || len(l.versions) > 0 && version <= l.versions[0] {
			continue
		}
		h.state = newState()
		if err := h.loadCheckpoint(ctx, l.checkpoints[version]); err == nil {
			return version, nil
		} else if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	return 0, nil
}

// firstSince gives the first version that is not older than cutoff; the newest there is, where all are.
func (s *Snapshot) firstSince(l *listing, cutoff time.Time) (int64, error) {
	for _, v := range l.versions {
		info, err := s.fsys.Stat(filepath.Join(s.logDir(), logName(v)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // another handle cleans up
		} else if err != nil {
			return 0, err
		}
		if !info.ModTime().Before(cutoff) {
			return v, nil
		}
	}
	return s.version, nil
}

func (s *Snapshot) removeLogBefore(ctx context.Context, base int64) (removed int, err error) {
	entries, err := s.fsys.ReadDir(s.logDir())
	if err != nil {
		return 0, err
	}
	for _, e := range entries { // sorted: the oldest first, so that what an interruption leaves has no gap
		m := versionName.FindStringSubmatch(e.Name())
		if m == nil || e.IsDir() {
			continue
		}
		if v, err := strconv.ParseInt(m[1], 10, 64); err != nil || v >= base {
			continue
		}
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		if err := s.fsys.Remove(filepath.Join(s.logDir(), e.Name())); err == nil {
			removed++
		} else if !errors.Is(err, fs.ErrNotExist) {
			return removed, err
		}
	}
	return removed, nil
}
