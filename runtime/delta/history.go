package delta

import (
	"github.com/seamflow/seamflow/runtime/vfs"
)

// CommitAt reads one version of the log by itself, whatever version the handle stands at. Adds are the files whose path
// it adds and does not remove, Removes those that it only removes; Deletes is left out. It fails with fs.ErrNotExist for
// a version that is not there (any more).
func (t *Table) CommitAt(version int64) (*Commit, error) {
	data, err := vfs.ReadFile(t.fsys, t.logPath(version))
	if err != nil {
		return nil, err
	}
	actions, err := decodeActions(t.logPath(version), data)
	if err != nil {
		return nil, err
	}
	c := &Commit{Version: version, UUID: hashUUID(data), Domains: map[string]string{}}
	added, removed := map[string]bool{}, map[string]bool{}
	for _, a := range actions {
		switch {
		case a.Add != nil:
			added[a.Add.Path] = true
		case a.Remove != nil:
			removed[a.Remove.Path] = true
		}
	}
	for _, a := range actions {
		switch {
		case a.CommitInfo != nil:
			c.describe(a.CommitInfo)
		case a.Protocol != nil:
			c.Protocol = true
		case a.MetaData != nil:
			c.Metadata = true
		case a.Domain != nil && a.Domain.Removed:
			c.Domains[a.Domain.Domain] = ""
		case a.Domain != nil:
			c.Domains[a.Domain.Domain] = a.Domain.Configuration
		case a.Add != nil:
			c.DataChange = c.DataChange || a.Add.DataChange
			if removed[a.Add.Path] {
				continue
			}
			f, err := newFile(a.Add)
			if err != nil {
				return nil, &DamagedError{File: t.logPath(version), Reason: err.Error(), Err: err}
			}
			c.Adds = append(c.Adds, f)
		case a.Remove != nil:
			c.DataChange = c.DataChange || a.Remove.DataChange
			if p, err := decodePath(a.Remove.Path); err == nil && !added[a.Remove.Path] {
				c.Removes = append(c.Removes, p)
			}
		}
	}
	return c, nil
}
