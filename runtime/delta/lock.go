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
const lockPoll = 50 * time.Millisecond

// owner is what owner.json says of the process that holds owner.lock. It is for people; the lock itself is the kernel's.
type owner struct {
	PID      int       `json:"pid"`
	Host     string    `json:"host"`
	Since    time.Time `json:"since"`
	Pipeline string    `json:"pipeline,omitempty"`
}

// Lock makes this process the table's owner until the lock is closed or the process ends. It waits for another owner,
// and then fails with an *OwnedError.
func (t *Table) Lock(ctx context.Context, wait time.Duration) (io.Closer, error) {
	return Lock(ctx, t.fsys, t.dir, wait, "")
}

// Lock is Table.Lock for a table that need not exist yet; its folder is made. pipeline is what others are told.
func Lock(ctx context.Context, fsys vfs.FS, dir string, wait time.Duration, pipeline string) (io.Closer, error) {
	side := filepath.Join(dir, "_seamflow")
	if err := vfs.MkdirAllSync(fsys, side); err != nil {
		return nil, fmt.Errorf("lock table %s: %w", dir, err)
	}
	deadline := time.Now().Add(wait)
	for {
		lock, err := fsys.Lock(filepath.Join(side, "owner.lock"))
		if err == nil {
			writeOwner(fsys, side, pipeline)
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
func writeOwner(fsys vfs.FS, side, pipeline string) {
	host, _ := os.Hostname()
	text, err := json.Marshal(owner{PID: os.Getpid(), Host: host, Since: time.Now().UTC(), Pipeline: pipeline})
	if err != nil {
		return
	}
	temp := filepath.Join(side, ".owner.json.tmp")
	_ = fsys.Remove(temp)
	f, err := fsys.Create(temp)
	if err != nil {
		return
	}
	_, err = f.Write(text)
	if errors.Join(err, f.Close()) == nil {
		_ = fsys.Rename(temp, filepath.Join(side, "owner.json"))
	}
}

func readOwner(fsys vfs.FS, side, dir string) error {
	e := &OwnedError{Dir: dir}
	text, err := vfs.ReadFile(fsys, filepath.Join(side, "owner.json"))
	var o owner
	if err == nil && json.Unmarshal(text, &o) == nil {
		e.PID, e.Host, e.Since, e.Pipeline = o.PID, o.Host, o.Since, o.Pipeline
	}
	return e
}
