//go:build unix

package cli

import (
	"os"
	"syscall"
)

// become replaces this process by the binary, so that signals, terminal and exit code are its own.
func (c *call) become(binary string, args []string) error {
	return syscall.Exec(binary, args, os.Environ())
}
