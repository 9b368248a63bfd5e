//go:build !linux

package cutover

import "syscall"

func dieWithParent() *syscall.SysProcAttr { return nil }
