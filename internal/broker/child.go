package broker

import (
	"os/exec"
	"runtime"
)

// StartChild starts a program so that it ends with this process, however that ends. ended is told how the program has
// ended, where it was started.
func StartChild(cmd *exec.Cmd, ended func(error)) error {
	cmd.SysProcAttr = dieWithParent()
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // dieWithParent is about the thread that starts the process
		err := cmd.Start()
		started <- err
		if err == nil {
			ended(cmd.Wait())
		}
	}()
	return <-started
}
