//go:build !linux

package broker

import "syscall"

func dieWithParent() *syscall.SysProcAttr { return nil }
