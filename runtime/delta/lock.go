package delta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// lockPoll is how often a waiting process looks whether the table is free.
const lockPoll = 20 * time.Millisecond

// Owner says which process holds a table's lock, or a part of it. It is for people; the lock itself is the kernel's.
type Owner struct {
	PID      int       `json:"pid"`
	Host     string    `json:"host"`
	Since    time.Time `json:"since"`
	Pipeline string    `json:"pipeline,omitempty"`
}

// thisProcess is what others are told.
func thisProcess(pipeline string) Owner {
	host, _ := os.Hostname()
	return Owner{PID: os.Getpid(), Host: host, Since: time.Now().UTC(), Pipeline: pipeline}
}

// Lock makes this process the table's owner until the lock is closed or the process ends. It waits for another owner,
// and then fails with an *OwnedError.
func (t *Table) Lock(ctx context.Context, wait time.Duration) (io.Closer, error) {
	return Lock(ctx, t.fsys, t.dir, wait, "")
}

// Lock is Table.Lock for a table that need not exist yet; its folder is made. pipeline is what others are told.
func Lock(ctx context.Context, fsys vfs.FS, dir string, wait time.Duration, pipeline string) (io.Closer, error) {
	return lockTable(ctx, fsys, dir, wait, func(side string) (io.Closer, error) {
		lock, err := fsys.Lock(ownerLock(side))
		if err == nil {
			writeOwner(fsys, side, thisProcess(pipeline))
		}
		return lock, err
	})
}

// LockShared makes this process one of a table's owners, who all have their locks by LockShared. It waits for an owner who
// has the table alone, and then fails with an *OwnedError.
func LockShared(ctx context.Context, fsys vfs.FS, dir string, wait time.Duration, pipeline string) (*SharedLock, error) {
	l := &SharedLock{}
	var err error
	l.lock, err = lockTable(ctx, fsys, dir, wait, func(side string) (io.Closer, error) { return fsys.LockShared(ownerLock(side)) })
	if err != nil {
		return nil, err
	}
	if l.entry, err = join(fsys, filepath.Join(dir, "_seamflow"), thisProcess(pipeline)); err != nil {
		l.lock.Close()
		return nil, fmt.Errorf("lock table %s: %w", dir, err)
	}
	return l, nil
}

// Lead takes the lock of the one of a table's owners who does what is done once for all of them. It does not wait: it
// gives nil where another one has it.
func Lead(fsys vfs.FS, dir string) (io.Closer, error) {
	lock, err := fsys.Lock(filepath.Join(dir, "_seamflow", "leader.lock"))
	if errors.Is(err, vfs.ErrLocked) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("lock table %s: %w", dir, err)
	}
	return lock, nil
}

// StandBy tells the table's owner that somebody waits who has all that it takes to go on at once.
func StandBy(fsys vfs.FS, dir string) (io.Closer, error) { return fsys.LockShared(standbyLock(dir)) }

// StoodBy reports whether somebody does.
func StoodBy(fsys vfs.FS, dir string) bool {
	lock, err := fsys.Lock(standbyLock(dir))
	if err == nil {
		lock.Close()
	}
	return errors.Is(err, vfs.ErrLocked)
}

func standbyLock(dir string) string { return filepath.Join(dir, "_seamflow", "standby.lock") }

func ownerLock(side string) string { return filepath.Join(side, "owner.lock") }

func lockTable(ctx context.Context, fsys vfs.FS, dir string, wait time.Duration, try func(side string) (io.Closer, error)) (io.Closer, error) {
	side := filepath.Join(dir, "_seamflow")
	if err := vfs.MkdirAllSync(fsys, side); err != nil {
		return nil, fmt.Errorf("lock table %s: %w", dir, err)
	}
	deadline := time.Now().Add(wait)
	for {
		lock, err := try(side)
		if err == nil {
			return lock, nil
		}
		if !errors.Is(err, vfs.ErrLocked) {
			return nil, fmt.Errorf("lock table %s: %w", dir, err)
		}
		left := time.Until(deadline)
		if left <= 0 {
			return nil, readOwner(fsys, side, dir)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(left, lockPoll)):
		}
	}
}

// writeOwner tells others who has the lock. That it cannot is no reason not to have it.
func writeOwner(fsys vfs.FS, side string, o Owner) {
	_ = writeJSON(fsys, filepath.Join(side, ".owner.json.tmp"), filepath.Join(side, "owner.json"), o)
}

func writeJSON(fsys vfs.FS, temp, name string, o Owner) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_ = fsys.Remove(temp)
	f, err := fsys.Create(temp)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return fsys.Rename(temp, name)
}

// readOwner names those who have the table: one of those who share it, or the one who has it alone.
func readOwner(fsys vfs.FS, side, dir string) error {
	e := &OwnedError{Dir: dir}
	if all := owners(fsys, side); len(all) > 0 {
		e.Owner, e.Others = all[0], len(all)-1
		return e
	}
	text, err := vfs.ReadFile(fsys, filepath.Join(side, "owner.json"))
	var o Owner
	if err == nil && json.Unmarshal(text, &o) == nil {
		e.Owner = o
	}
	return e
}
