package files

import (
	"errors"
	"io"
	"os"
)

// Reachable checks that the source's folder is there and can be listed, and looks at nothing in it.
func (l *Lister) Reachable() error {
	f, err := os.Open(l.dir)
	if err == nil {
		_, err = f.Readdirnames(1)
		f.Close()
	}
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return l.cannotList(err)
}
