// Package files makes folders sources: it lists the files that a glob matches, tells which of them are new, complete and
// to be read, opens and unpacks them, and remembers those that were read, so that each is read once whatever happens.
//
// What was read is a Set, a value that the table's own commit stores together with the rows of the files: there is no
// second memory that could differ from it. Looking (Lister.List) is the truth; watching (Lister.Watch) only says when a
// look is worth while.
package files

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// Spec is a source's folder as its pipeline declares it.
type Spec struct {
	Path             string        // a glob, relative to the data folder or absolute
	Settle           time.Duration // how long a file must be left alone before it is taken; below 0 is DefaultSettle
	MaxFilesPerBatch int           // 0 is no limit
	OnChange         string        // what becomes of a file that changed after it was read: Report, Reread
	AllowEmpty       bool          // a once flow may find nothing
}

// DefaultSettle is how long a file must be left alone where the spec does not say.
const DefaultSettle = time.Second

// Values of Spec.OnChange; "" is Report.
const (
	Report = "report"
	Reread = "reread"
)

// SettleTime is Settle with the default filled in.
func (s *Spec) SettleTime() time.Duration {
	if s.Settle < 0 {
		return DefaultSettle
	}
	return s.Settle
}

// File is a file as it was when it was looked at. Path is its identity: it is separated by slashes, and relative to the
// data folder where it is below it, so that both can be moved together.
type File struct {
	Path    string
	Size    int64
	ModTime time.Time
}

// ErrChanged is a file that is not the one that was listed: it was written to, replaced or removed since. Another look
// tells what is to be read of it.
var ErrChanged = errors.New("it changed while it was being read")

func changed(why string) error { return fmt.Errorf("%w (%s)", ErrChanged, why) }

// full is where the file is on the machine.
func (f *File) full(data string) string {
	if filepath.IsAbs(f.Path) {
		return f.Path
	}
	return filepath.Join(data, filepath.FromSlash(f.Path))
}

// stamp is what a file's content is known by. It compares equal across time zones and encodings.
type stamp struct {
	size  int64
	mtime int64 // nanoseconds since 1970; it wraps around for years that it cannot hold, always in the same way
}

func (f *File) stamp() stamp {
	return stamp{f.Size, f.ModTime.Unix()*1e9 + int64(f.ModTime.Nanosecond())}
}
