package column_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// smallSchema is the table of testdata/small.py.
var smallSchema = columns("id i32 f64 b s bin day ts d18 d38 ls m", true)

// small gives the files that testdata/small.py wrote, with their rows.
func small(t testing.TB) (files map[string][]byte, rows map[string][]string) {
	names, err := filepath.Glob("testdata/small/*.parquet")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	files, rows = map[string][]byte{}, map[string][]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(strings.TrimSuffix(name, ".parquet") + ".rows")
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(name)
		files[base], rows[base] = data, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	return files, rows
}

func noRules(s column.Schema) []column.Rule { return make([]column.Rule, len(s.Leaves())) }

// scanAll reads a file that may be broken as records, and gives how many rows it has and which of them are bad.
func scanAll(s *column.Scan, file []byte) (rows int, bad []string, err error) {
	defer s.Close()
	if err := s.Open(bytes.NewReader(file), int64(len(file))); err != nil {
		return 0, nil, err
	}
	for s.Next() {
		for row := range s.Rows() {
			if s.Bad(row) {
				path, why := s.Why(row)
				bad = append(bad, path+": "+why)
			}
			_ = s.AppendJSON(nil, row)
		}
		rows += s.Rows()
	}
	return rows, bad, s.Err()
}

// TestSmallFiles: files of other engines are their rows, by both ways to read them.
func TestSmallFiles(t *testing.T) {
	files, want := small(t)
	s := column.NewScan(smallSchema, noRules(smallSchema))
	for name, file := range files {
		got, err := tryRead(file, smallSchema)
		if err != nil {
			t.Fatal(name, err)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want[name], got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if rows, bad, err := scanAll(s, file); rows != len(got) || bad != nil || err != nil {
			t.Errorf("%s: %d rows, %q, %v", name, rows, bad, err)
		}
	}
}

// mutate damages a file as disks, networks and attackers do.
func mutate(r *rand.Rand, file []byte) []byte {
	file = slices.Clone(file)
	for range 1 + r.IntN(3) {
		at := r.IntN(len(file))
		if r.IntN(2) == 0 { // the footer has most of what is believed
			at = len(file) - 1 - r.IntN(min(len(file), 8+int(binary.LittleEndian.Uint32(file[len(file)-8:])&0xffff)))
		}
		switch r.IntN(6) {
		case 0:
			file[at] ^= 1 << r.IntN(8)
		case 1:
			file[at] = byte(r.Uint32())
		case 2:
			copy(file[at:], []byte{0xff, 0xff, 0xff, 0xff, 0x0f}) // a large number
		case 3:
			copy(file[at:], []byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
		case 4:
			n := min(len(file)-at, 1+r.IntN(16))
			file = append(file[:at], file[at+n:]...)
		case 5:
			from := r.IntN(len(file))
			file = slices.Insert(file, at, slices.Clone(file[from:min(len(file), from+1+r.IntN(16))])...)
		}
		if len(file) < 12 {
			break
		}
	}
	return file
}

// TestHostileFiles: whatever is done to a file, it is its rows or an error, takes no memory that it does not account for,
// and never ends the process. Both ways to read it are tried.
func TestHostileFiles(t *testing.T) {
	files, _ := small(t)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	each := 400
	if testing.Short() {
		each = 150
	}
	s := column.NewScan(smallSchema, noRules(smallSchema))
	var before, after runtime.MemStats
	refused := 0
	for n, name := range names {
		for seed := range each {
			file := mutate(rand.New(rand.NewPCG(uint64(n), uint64(seed))), files[name])
			runtime.ReadMemStats(&before)
			_, _, err := scanAll(s, file)
			_, err2 := tryRead(file, smallSchema)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
				t.Errorf("%s, seed %d: %d MiB for a file of %d bytes: %v, %v", name, seed, took>>20, len(file), err, err2)
			}
			for _, err := range []error{err, err2} {
				if err != nil && strings.Contains(err.Error(), "the file is broken: ") {
					t.Fatalf("%s, seed %d: a panic that was caught: %v", name, seed, err)
				}
			}
			if err != nil {
				refused++
			}
		}
	}
	if refused < each*len(names)/3 {
		t.Errorf("%d of %d mutations were noticed", refused, each*len(names))
	}
}

func FuzzScan(f *testing.F) {
	files, _ := small(f)
	for _, file := range files {
		f.Add(file)
	}
	s := column.NewScan(smallSchema, noRules(smallSchema))
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, _, err := scanAll(s, file); err != nil && strings.Contains(err.Error(), "the file is broken: ") {
			t.Fatal(err)
		}
	})
}

// TestFaults: a value that no record may have makes its row bad, and no other row and not the file.
func TestFaults(t *testing.T) {
	type item struct {
		Sku *string `parquet:"sku,optional"`
	}
	type row struct {
		N     int64   `parquet:"n"`
		U     uint64  `parquet:"u"`
		D     float64 `parquet:"d"`
		S     string  `parquet:"s,dict"`
		P     string  `parquet:"p"`
		ID    string  `parquet:"id"`
		Day   int32   `parquet:"day,date"`
		At    int64   `parquet:"at,timestamp(millisecond)"`
		Price int64   `parquet:"price,decimal(3:18)"`
		E     string  `parquet:"e"`
		Must  *int64  `parquet:"must,optional"`
		Items []item  `parquet:"items,list"`
	}
	id, one, sku := "123e4567-e89b-12d3-a456-426614174000", int64(1), "a"
	good := row{1, 1, 1, "s", "p", id, 0, 0, 1990, "on", &one, []item{{&sku}}}
	schema := column.Schema{
		{Name: "n", Type: column.Of(column.Int32)},
		{Name: "u", Type: column.Of(column.Int64)},
		{Name: "d", Type: column.Of(column.Float32)},
		{Name: "s", Type: column.Of(column.String)},
		{Name: "p", Type: column.Of(column.String)},
		{Name: "id", Type: column.Of(column.String)},
		{Name: "day", Type: column.Of(column.Date)},
		{Name: "at", Type: column.Of(column.Timestamp)},
		{Name: "price", Type: column.DecimalOf(5, 2)},
		{Name: "e", Type: column.Of(column.String)},
		{Name: "must", Type: column.Of(column.Int64)},
		{Name: "items", Type: column.ListOf(column.StructOf(column.Field{Name: "sku", Type: column.Of(column.String)}))},
	}
	rules := noRules(schema)
	rules[5].UUID = true
	rules[9].Symbols = []string{"on", "off"}
	rules[10].Null = 1
	rules[11].Null = 1<<2 | 1<<3
	for _, c := range []struct {
		spoil func(r *row)
		path  string
		why   string
		json  string
	}{
		{func(r *row) { r.N = 1 << 31 }, "n", "expected an integer of 32 bits, found the number 2147483648", `"n":2147483648`},
		{func(r *row) { r.U = 1 << 63 }, "u", "expected an integer of 64 bits, found the number 9223372036854775808", `"u":9223372036854775808`},
		{func(r *row) { r.D = 1e300 }, "d", "expected a number that 32 bits can hold, found the number 1e+300", `"d":1e+300`},
		{func(r *row) { r.S = "\xff" }, "s", `expected text in UTF-8, found "\xff"`, "\"s\":\"\xff\""},
		{func(r *row) { r.P = "a\xffb" }, "p", `expected text in UTF-8, found "a\xffb"`, "\"p\":\"a\xffb\""},
		{func(r *row) { r.ID = "none" }, "id", `expected a UUID such as 123e4567-e89b-12d3-a456-426614174000, found the string "none"`, `"id":"none"`},
		{func(r *row) { r.Day = 3000000 }, "day", "expected a date of the years 0001 to 9999, found day 3000000 since 1970", `"day":3000000`},
		{func(r *row) { r.At = 1 << 60 }, "at", "expected a timestamp of the years 0001 to 9999, found the number 1152921504606846976", `"at":1152921504606846976`},
		{func(r *row) { r.Price = 1995 }, "price", "expected a number that decimal(5,2) can hold, found the number 1.995", `"price":1.995`},
		{func(r *row) { r.Price = 1000000 }, "price", "expected a number that decimal(5,2) can hold, found the number 1000.000", `"price":1000.000`},
		{func(r *row) { r.E = "of" }, "e", `expected one of on, off, found the string "of"`, `"e":"of"`},
		{func(r *row) { r.Must = nil }, "must", "it is NULL, which the schema does not allow", `"e":"on","items"`},
		{func(r *row) { r.Items = []item{{&sku}, {}} }, "items[1].sku", "it is NULL, which the schema does not allow", `"items":[{"sku":"a"},{}]`},
	} {
		spoilt := good
		c.spoil(&spoilt)
		var file bytes.Buffer
		w := parquet.NewGenericWriter[row](&file)
		if _, err := w.Write([]row{good, good, spoilt, good}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		s := column.NewScan(schema, rules)
		if err := s.Open(bytes.NewReader(file.Bytes()), int64(file.Len())); err != nil {
			t.Fatal(err)
		}
		if !s.Next() || s.Rows() != 4 {
			t.Fatal(s.Rows(), s.Err())
		}
		for row := range 4 {
			if s.Bad(row) != (row == 2) {
				t.Errorf("%s: row %d is bad: %v", c.path, row, s.Bad(row))
			}
		}
		if path, why := s.Why(2); path != c.path || why != c.why {
			t.Errorf("%q %q, want %q %q", path, why, c.path, c.why)
		}
		if text := string(s.AppendJSON(nil, 2)); !strings.Contains(text, c.json) {
			t.Errorf("%s\nlacks %s", text, c.json)
		}
	}
}
