//go:build !unix

package cli

import (
	"errors"
	"os"
	"os/exec"
)

// become runs the binary in this process's place. A console gives its signals to both.
func (c *call) become(binary string, args []string) error {
	cmd := exec.Command(binary, args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return ended(exit.ExitCode())
	}
	return err
}
