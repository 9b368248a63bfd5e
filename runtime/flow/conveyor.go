package flow

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// conveyor has several goroutines work at what one cuts up and one takes, in the order in which it was cut: what comes of
// it does not depend on which goroutine was first. It keeps the memory of its pieces from run to run.
type conveyor[G any] struct {
	slots []*slot[G]
}

// maxHands bounds what is held on the way: a piece is megabytes, and the one goroutine that takes them keeps no more busy.
const maxHands = 8

type slot[G any] struct {
	piece G
	done  chan struct{}
}

// run ends when cut has no more, or take wants none. One goroutine at a time is in cut; hand is called for each of those that
// work; take is called in the goroutine of run. None is left when run returns.
func (c *conveyor[G]) run(cut func(*G) bool, hand func() func(*G), take func(*G) bool) {
	workers := min(runtime.GOMAXPROCS(0), maxHands)
	for len(c.slots) < workers+2 {
		c.slots = append(c.slots, &slot[G]{done: make(chan struct{}, 1)})
	}
	order, free := make(chan *slot[G], len(c.slots)), make(chan *slot[G], len(c.slots))
	for _, s := range c.slots {
		free <- s
	}
	var mu sync.Mutex
	var ended bool
	var stop atomic.Bool
	next := func(s *slot[G]) bool {
		mu.Lock()
		defer mu.Unlock()
		if ended {
			return false
		}
		if stop.Load() || !cut(&s.piece) {
			ended = true
			close(order)
			return false
		}
		order <- s
		return true
	}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			work := hand()
			for s := range free {
				if !next(s) {
					return
				}
				work(&s.piece)
				s.done <- struct{}{}
			}
		})
	}
	for s := range order {
		<-s.done
		if !stop.Load() && !take(&s.piece) {
			stop.Store(true)
		}
		free <- s
	}
	close(free)
	group.Wait()
}
