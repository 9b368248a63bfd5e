package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	pebblefs "github.com/cockroachdb/pebble/v2/vfs"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/vfs"
)

func open(kind, dir string, limit int64) (store, error) {
	switch kind {
	case "seamflow":
		p := state.Place{FS: vfs.OS(), Name: filepath.Join(dir, "t.state"), Limit: limit}
		return &ours{place: p, x: p.New()}, nil
	case "pebble":
		p := &pebbled{dir: dir, limit: max(limit, 64<<20), hot: map[string][]byte{}}
		return p, p.open()
	}
	return nil, fmt.Errorf("there is no store %s", kind)
}

type ours struct {
	place state.Place
	x     *state.Index
}

func (o *ours) set(key []byte, n uint64) error {
	id, _ := o.x.Put(key)
	o.x.Set(id, state.Entry{Seq: seqOf(n), Hash: n, HasRow: true, Loc: state.Loc{Row: uint32(n)}})
	if !o.x.Full() {
		return nil
	}
	return o.x.Spill()
}

func (o *ours) commit() error { return o.x.Err() }

func (o *ours) save() error {
	o.x.FileID("part-1.parquet")
	return o.x.Save(state.Stamp{})
}

func (o *ours) reopen() (err error) {
	o.x, _, err = o.place.Load()
	return err
}

func (o *ours) close() {
	o.x.Close()
	o.x = nil // two in memory would be measured
}

func (o *ours) bytesOnDisk() int64 { return folderBytes(filepath.Dir(o.place.Name)) }

func folderBytes(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

// pebbled looks keys up in Pebble, with filters and a block cache, and ingests what a few batches changed as a sorted
// table.
type pebbled struct {
	dir   string
	limit int64
	cache *pebble.Cache
	db    *pebble.DB
	opts  *pebble.Options
	hot   map[string][]byte
	files int
}

func (p *pebbled) open() error {
	p.cache = pebble.NewCache(p.limit / 2)
	p.opts = &pebble.Options{Cache: p.cache, MemTableSize: 1 << 20, DisableWAL: true, FormatMajorVersion: pebble.FormatNewest, Logger: silent{}}
	for i := range p.opts.Levels {
		p.opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	p.opts.EnsureDefaults()
	var err error
	p.db, err = pebble.Open(filepath.Join(p.dir, "db"), p.opts)
	return err
}

// hotKeys is how many keys a map of half of the limit holds.
func (p *pebbled) hotKeys() int { return int(p.limit / 2 / 150) }

func (p *pebbled) set(key []byte, n uint64) error {
	if _, ok := p.hot[string(key)]; !ok {
		_, done, err := p.db.Get(key)
		switch {
		case err == nil:
			done.Close()
		case !errors.Is(err, pebble.ErrNotFound):
			return err
		}
	}
	v := append(seqOf(n), 1)
	v = binary.LittleEndian.AppendUint64(v, n)
	p.hot[string(key)] = binary.LittleEndian.AppendUint64(v, n)
	if len(p.hot) < p.hotKeys() {
		return nil
	}
	return p.ingest()
}

func (p *pebbled) commit() error { return nil }

func (p *pebbled) ingest() error {
	if len(p.hot) == 0 {
		return nil
	}
	keys := make([][]byte, 0, len(p.hot))
	for k := range p.hot {
		keys = append(keys, []byte(k))
	}
	slices.SortFunc(keys, bytes.Compare)
	p.files++
	name := filepath.Join(p.dir, fmt.Sprint(p.files, ".sst"))
	f, err := pebblefs.Default.Create(name, pebblefs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(f), p.opts.MakeWriterOptions(0, p.db.TableFormat()))
	for _, k := range keys {
		if err := w.Set(k, p.hot[string(k)]); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	clear(p.hot)
	defer os.Remove(name)
	return p.db.Ingest(context.Background(), []string{name})
}

func (p *pebbled) save() error { return p.ingest() }

func (p *pebbled) close() {
	_ = p.db.Close()
	p.cache.Unref()
}

func (p *pebbled) reopen() error { return p.open() }

func (p *pebbled) bytesOnDisk() int64 { return folderBytes(p.dir) }

// silent takes Pebble's log. Fatalf must not return: Pebble goes on as if the process had ended.
type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}
