package app

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/flow"
)

// TestDrainHasAnEnd: a run that does not end after a signal is cut off, and one that does is not.
func TestDrainHasAnEnd(t *testing.T) {
	var errs bytes.Buffer
	codes := make(chan int, 1)
	c := &command{terminal: terminal{err: &errs}, exit: func(code int) { codes <- code }}
	c.opt.Drain = 20 * time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	stop()
	c.drainBy(ctx, make(chan struct{}))
	if code := <-codes; code != flow.ExitEnvironment || !strings.Contains(errs.String(), "within 20ms (--drain)") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
	done := make(chan struct{})
	close(done)
	c.drainBy(ctx, done)
	select {
	case code := <-codes:
		t.Errorf("a run that had ended was cut off with exit %d", code)
	default:
	}
}
