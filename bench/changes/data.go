package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// maker makes the table's first state, and changes to it that never repeat a key within one set.
type maker struct {
	rng   *rand.Rand
	alive []uint32 // numbers of keys that are there
	next  uint32   // the first number that was never used
	now   int64    // seconds; it grows by one with each set
	line  []byte
}

const firstDay = 1704067200 // 2024-01-01T00:00:00Z

var (
	statuses = []string{"created", "picking", "complete", "cancelled"}
	chains   = []string{"KROGER", "RALPHS", "FRED MEYER", "SMITHS", "HARRIS TEETER", "KING SOOPERS"}
	devices  = []string{"WEB", "IOS", "ANDROID"}
	streets  = []string{"Main Street", "Oak Avenue", "Vine Street", "Race Street", "Elm Court", "Río Grande Boulevard"}
	cities   = []string{"Cincinnati", "Denver", "Portland", "Phoenix", "Charlotte", "San José", "Columbus", "Seattle"}
	words    = []string{"leave", "at", "the", "door", "ring", "twice", "no", "bags", "please", "call", "on", "arrival", "gate", "code", "side", "entrance"}
)

func newMaker(seed uint64) *maker {
	return &maker{rng: rand.New(rand.NewPCG(seed, 1)), now: firstDay}
}

// first writes the table's first state of keys rows as files of rows each.
func (m *maker) first(dir string, keys, rows int) error {
	m.alive = make([]uint32, 0, keys+keys/10)
	for file := 0; len(m.alive) < keys; file++ {
		err := m.file(filepath.Join(dir, fmt.Sprintf("first-%05d.json", file)), func(w *bufio.Writer) error {
			for range min(rows, keys-len(m.alive)) {
				if err := m.insert(w); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	m.now++
	return nil
}

// change writes a set of n changes: of 20 one is of a new key, one deletes, and the others update, keys drawn at random.
func (m *maker) change(name string, n int) error {
	if n > len(m.alive) {
		return fmt.Errorf("%d changes of %d keys: there must be more keys", n, len(m.alive))
	}
	err := m.file(name, func(w *bufio.Writer) error {
		// The keys of this set go to the end of the list, so that none is drawn twice.
		rest := len(m.alive)
		for i := range n {
			if i%20 == 0 {
				if err := m.insert(w); err != nil {
					return err
				}
				continue
			}
			j := m.rng.IntN(rest)
			rest--
			m.alive[j], m.alive[rest] = m.alive[rest], m.alive[j]
			op := "upsert"
			if i%20 == 1 {
				op = "delete"
			}
			if err := m.write(w, m.alive[rest], op); err != nil {
				return err
			}
			if op == "delete" {
				last := len(m.alive) - 1
				m.alive[rest] = m.alive[last]
				m.alive = m.alive[:last]
			}
		}
		return nil
	})
	m.now++
	return err
}

func (m *maker) insert(w *bufio.Writer) error {
	key := m.next
	m.next++
	m.alive = append(m.alive, key)
	return m.write(w, key, "upsert")
}

func (m *maker) write(w *bufio.Writer, key uint32, op string) error {
	m.line = m.order(m.line[:0], key, op)
	_, err := w.Write(m.line)
	return err
}

// id spreads the numbers of keys, so that their order says nothing.
func id(key uint32) uint64 { return uint64(key) * 0x9E3779B1 % (1 << 32) }

func (m *maker) order(b []byte, key uint32, op string) []byte {
	r := m.rng
	b = fmt.Appendf(b, `{"id": "%012d", "op": "%s", "updatedAt": "`, id(key), op)
	b = time.Unix(m.now, r.Int64N(1000)*1e6).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, `", "createdAt": "`...)
	b = time.Unix(firstDay-r.Int64N(365*24*3600), 0).UTC().AppendFormat(b, time.RFC3339)
	b = fmt.Appendf(b, `", "status": "%s", "chain": "%s", "device": "%s", "customerId": "%08d", "items": %d, "total": %d.%02d, "street": "%d %s", "city": "%s", "note": "`,
		pick(r, statuses), pick(r, chains), pick(r, devices), r.IntN(1_000_000), 1+r.IntN(30), r.IntN(300), r.IntN(100), 1+r.IntN(9999), pick(r, streets), pick(r, cities))
	for i := range 4 + r.IntN(8) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, pick(r, words)...)
	}
	b = append(b, " #"...)
	b = strconv.AppendUint(b, r.Uint64()>>32, 36)
	return append(b, "\"}\n"...)
}

// file writes a file whole: under its name it appears by rename.
func (m *maker) file(name string, write func(*bufio.Writer) error) error {
	f, err := os.Create(name + ".part")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := errors.Join(write(w), w.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }
