package flow

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// environment is what the tables of one run share.
type environment struct {
	pipeline *Pipeline
	opt      Options
	data     string // absolute
	fs       vfs.FS
	sink     observe.Sink
	now      func() time.Time
	started  time.Time
	values   map[string]string // of the chosen target
	slots    chan struct{}     // one per table that may work at a time
	caughtUp map[string]*latch // by flow: completed, or has read in this run all that there was
	ready    map[string]*latch // by flow: completed, or has caught up at any time
	awaited  map[string]bool   // flows that others depend on
	readers  map[string]int    // flows that read a stream, by source
}

// latch is closed once.
type latch struct {
	once sync.Once
	c    chan struct{}
}

func (l *latch) set() { l.once.Do(func() { close(l.c) }) }

func (l *latch) isSet() bool {
	select {
	case <-l.c:
		return true
	default:
		return false
	}
}

func newEnvironment(p *Pipeline, opt Options) (*environment, error) {
	data, err := filepath.Abs(opt.Data)
	if err != nil {
		return nil, err
	}
	env := &environment{
		pipeline: p, opt: opt, data: data, fs: opt.FS, sink: opt.Observer, now: opt.now,
		slots: make(chan struct{}, runtime.GOMAXPROCS(0)), caughtUp: map[string]*latch{}, ready: map[string]*latch{}, awaited: map[string]bool{}, readers: map[string]int{},
	}
	if env.fs == nil {
		env.fs = vfs.OS()
	}
	if env.sink == nil {
		env.sink = observe.Discard{}
	}
	if env.now == nil {
		env.now = time.Now
	}
	env.started = env.now()
	if opt.Target != "" {
		values, ok := p.Targets[opt.Target]
		if !ok {
			return nil, usage("no target %s in this pipeline; it has %s", opt.Target, names(p.Targets))
		}
		env.values = values
	}
	for _, t := range p.Tables {
		for _, f := range t.flowNames() {
			env.caughtUp[f] = &latch{c: make(chan struct{})}
			env.ready[f] = &latch{c: make(chan struct{})}
		}
		for _, f := range t.dependencies() {
			env.awaited[f] = true
		}
	}
	return env, nil
}

// warnOf tells of what a flow's source meets.
func (env *environment) warnOf(flow, message string) {
	env.sink.Event(observe.Event{Level: observe.Warn, Flow: flow, Message: message})
}

// names lists the keys of m for a message.
func names[V any](m map[string]V) string {
	if len(m) == 0 {
		return "none"
	}
	var all []string
	for name := range m {
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// connection gives the text of a connection value.
func (env *environment) connection(path, text string) (string, error) {
	return Connection(env.values, path, text)
}

// Connection gives the text of a connection value as a run has it: that of values, which are the chosen target's, where
// they have one, with ${NAME} read. path is as "tables.orders.delta.path". It fails with a *UsageError.
func Connection(values map[string]string, path, text string) (string, error) {
	if v, ok := values[path]; ok {
		text = v
	}
	out, err := expand(text, os.LookupEnv)
	if err != nil {
		return "", usage("%s: %v", path, err)
	}
	return out, nil
}

// dir makes a table's path absolute.
func (env *environment) dir(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(env.data, path)
}

// statePlace says where a table's key index is kept, and what it may take: half of the run's memory, shared by all
// indexes, for an index holds it for good.
func (env *environment) statePlace(table string) state.Place {
	indexes := 0
	for _, t := range env.pipeline.Tables {
		indexes += t.indexes()
	}
	return state.Place{
		FS:    env.fs,
		Name:  filepath.Join(env.data, ".seamflow", "state", env.pipeline.Name, table+".state"),
		Limit: max(env.memory()/int64(2*max(indexes, 1)), 1),
	}
}

// bufferBytes is what a table's column buffers may hold before they become a row group.
func (env *environment) bufferBytes() int {
	// Encoding a row group takes about as much again, and the tables that work at the same time share what there is.
	share := env.memory() / int64(8*min(len(env.pipeline.Tables), cap(env.slots)))
	return int(min(max(share, 1<<20), 32<<20))
}

func (env *environment) memory() int64 {
	if env.opt.Memory > 0 {
		return env.opt.Memory
	}
	return DefaultMemory
}

// compaction says what is worth it while there is other work to do.
func (env *environment) compaction() delta.CompactPolicy {
	if p := env.opt.compaction; p.Target > 0 {
		return p
	}
	return delta.Background(delta.DefaultTarget)
}

// drainFor is how long a drain goes on to read. The rest of its time is for the commit.
func (env *environment) drainFor() time.Duration {
	if d := env.opt.Drain; d > 0 {
		return min(drainFor, d/2)
	}
	return drainFor
}

func (env *environment) interval() time.Duration {
	if env.pipeline.Interval > 0 {
		return env.pipeline.Interval
	}
	return DefaultInterval
}

func (env *environment) maxBytes() int64 {
	if env.pipeline.MaxBytesPerCommit > 0 {
		return env.pipeline.MaxBytesPerCommit
	}
	return DefaultMaxBytesPerCommit
}
