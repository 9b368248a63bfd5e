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

// Plan says how many orders to make, and how untidy.
type Plan struct {
	Rows, Keys, FileRows                         int
	Duplicates, Late, Incomplete, Broken, Legacy float64
	Seed                                         uint64
}

var (
	chains   = []string{"KROGER", "RALPHS", "FRED MEYER", "SMITHS", "HARRIS TEETER", "KING SOOPERS"}
	devices  = []string{"WEB", "IOS", "ANDROID"}
	statuses = []string{"created", "picking", "cancelled"}
	kinds    = []string{"pickup", "delivery"}
	goods    = []string{"2% milk, 1 gal", "Large eggs, 12 ct", "Bananas", "Ground coffee \"Dark Roast\"", "Sourdough bread",
		"Chicken breast, boneless", "Jalapeño peppers", "Greek yogurt, plain", "Cheddar cheese, sharp", "Sparkling water, 12 pk"}
)

const (
	legacyStart = 1672531200 // 2023-01-01T00:00:00Z
	onlineStart = 1704067200 // 2024-01-01T00:00:00Z
	remembered  = 4096       // records that a duplicate may repeat
)

// Write makes the files under dir/data; each appears under its name only when it is whole.
func (p Plan) Write(dir string) error {
	if p.Rows <= 0 || p.FileRows <= 0 || p.Keys < 0 {
		return errors.New("-rows and -file-rows must be positive, -keys not negative")
	}
	if p.Keys == 0 {
		p.Keys = max(1, p.Rows/4)
	}
	legacy := int(float64(p.Rows) * p.Legacy)
	if err := p.system(filepath.Join(dir, "data", "legacy"), legacy, legacyStart, 1); err != nil {
		return err
	}
	return p.system(filepath.Join(dir, "data", "online"), p.Rows-legacy, onlineStart, 2)
}

// system writes one system's files.
func (p Plan) system(dir string, rows int, start int64, stream uint64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	m := maker{plan: p, rng: rand.New(rand.NewPCG(p.Seed, stream)), start: start, span: 365 * 24 * 3600, rows: rows}
	for file := 0; m.made < rows; file++ {
		if err := m.file(filepath.Join(dir, fmt.Sprintf("orders-%05d.json", file)), min(p.FileRows, rows-m.made)); err != nil {
			return err
		}
	}
	return nil
}

// maker makes the records of one system, in the order in which it wrote them.
type maker struct {
	plan        Plan
	rng         *rand.Rand
	start, span int64 // seconds
	rows, made  int
	line        []byte
	past        [remembered][]byte
}

func (m *maker) file(name string, rows int) error {
	f, err := os.Create(name + ".tmp")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for range rows {
		if _, err := w.Write(m.next()); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(name+".tmp", name)
}

func (m *maker) next() []byte {
	slot := m.made % remembered
	if m.made > 0 && m.rng.Float64() < m.plan.Duplicates {
		line := m.past[m.rng.IntN(min(m.made, remembered))]
		m.past[slot] = append(m.past[slot][:0], line...)
		m.made++
		return m.past[slot]
	}
	m.line = m.order(m.line[:0])
	m.past[slot] = append(m.past[slot][:0], m.line...)
	m.made++
	return m.line
}

func (m *maker) order(b []byte) []byte {
	r := m.rng
	now := m.start + int64(float64(m.span)*float64(m.made)/float64(m.rows))
	if r.Float64() < m.plan.Late {
		now -= r.Int64N(30 * 24 * 3600)
	}
	key := r.IntN(m.plan.Keys)
	status := "complete"
	if r.Float64() < m.plan.Incomplete {
		status = pick(r, statuses)
	}
	b = append(b, `{"id": "`...)
	b = fmt.Appendf(b, "%012d", key)
	b = append(b, `", "status": "`...)
	b = append(b, status...)
	b = append(b, `", "shoppingContext": {"chain": "`...)
	b = append(b, pick(r, chains)...)
	b = append(b, `", "userDevice": "`...)
	b = append(b, pick(r, devices)...)
	b = append(b, `"}, "createdTime": "`...)
	b = time.Unix(now-r.Int64N(7*24*3600), 0).UTC().AppendFormat(b, time.RFC3339)
	b = append(b, `", "lastUpdateTime": "`...)
	if r.Float64() < m.plan.Broken {
		b = append(b, "2024-05- 14T03:12:64"...)
	} else {
		b = time.Unix(now, r.Int64N(1000)*1e6).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	}
	b = append(b, `", "customerId": "`...)
	b = fmt.Appendf(b, "%08d", r.IntN(1_000_000))
	b = append(b, `", "orderType": "`...)
	b = append(b, pick(r, kinds)...)
	b = append(b, `", "lineItems": [`...)
	for i := range r.IntN(10) {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = m.item(b)
	}
	return append(b, "]}\n"...)
}

func (m *maker) item(b []byte) []byte {
	b = append(b, `{"sku": "`...)
	b = fmt.Appendf(b, "%013d", m.rng.IntN(50_000))
	b = append(b, `", "name": `...)
	b = strconv.AppendQuote(b, pick(m.rng, goods))
	b = append(b, `, "quantity": `...)
	b = strconv.AppendInt(b, 1+m.rng.Int64N(9), 10)
	b = append(b, `, "price": `...)
	b = fmt.Appendf(b, "%d.%02d", m.rng.IntN(40), m.rng.IntN(100))
	return append(b, '}')
}

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }
