package delta

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// pickTable is a table of files that are not there: a pick looks at the log alone.
func pickTable(files ...*File) *Table {
	t := newHandle(nil, "/data/t")
	for i, f := range files {
		f.Path = fmt.Sprintf("part-%03d", i)
		t.files[f.Path] = f
	}
	return t
}

func sized(n int, size int64) (files []*File) {
	for range n {
		files = append(files, &File{Size: size, Rows: 1000})
	}
	return files
}

func TestPickCompaction(t *testing.T) {
	const mb = 1 << 20
	str := func(s string) *string { return &s }
	tests := map[string]struct {
		files []*File
		want  int
	}{
		"no files":                     {nil, 0},
		"seven small files":            {sized(7, mb), 0},
		"eight small files":            {sized(8, mb), 8},
		"large files":                  {sized(20, 16*mb), 0},
		"more than the target":         {sized(100, 15*mb), 8},
		"a big one waits for its like": {append(sized(8, mb), &File{Size: 15 * mb, Rows: 1000}), 8},
		"a big one goes with its like": {append(sized(8, mb), sized(3, 8*mb)...), 11},
		"a third dead":                 {[]*File{{Size: 40 * mb, Rows: 1000, Dead: 334}}, 1},
		"a quarter dead":               {[]*File{{Size: 40 * mb, Rows: 1000, Dead: 250}}, 0},
		"little dead":                  {[]*File{{Size: mb, Rows: 1000, Dead: 900}}, 0},
		"rows not known":               {[]*File{{Size: 40 * mb, Rows: -1}}, 0},
		"other partitions": {append([]*File{
			{Size: mb, Rows: 1000, Partition: Partition{"p": str("1")}}}, sized(7, mb)...), 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := pickTable(tt.files...).PickCompaction(Background(DefaultTarget)); len(got) != tt.want {
				t.Errorf("picks %d files: %v, want %d", len(got), got, tt.want)
			}
		})
	}
}

// TestWriteAmplificationIsBounded plays commits of any sizes with compaction after each: no row is written anew more
// often than the policy promises, and few files are left.
func TestWriteAmplificationIsBounded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const target = 1 << 20
		p := Background(target)
		table := pickTable()
		most := map[string]float64{} // rewrites of a file's most rewritten row, less what its first size allows
		next := 0
		add := func(size int64, bound float64) {
			path := fmt.Sprintf("part-%06d", next)
			next++
			table.files[path], table.sorted = &File{Path: path, Size: size, Rows: size}, nil
			most[path] = bound
		}
		smallest := rapid.SampledFrom([]int64{100, 5_000, 60_000}).Draw(rt, "smallest")
		for range rapid.IntRange(1, 300).Draw(rt, "commits") {
			size := smallest * rapid.Int64Range(1, 4).Draw(rt, "times")
			add(size, -math.Log(float64(target)/float64(size))/math.Log(4)-1)
			for picked := table.PickCompaction(p); len(picked) > 0; picked = table.PickCompaction(p) {
				var total int64
				worst := math.Inf(-1)
				for _, path := range picked {
					total += table.files[path].Size
					worst = max(worst, most[path]+1)
					delete(table.files, path)
				}
				if worst > 1e-9 {
					rt.Fatalf("a row is written anew %.2f times more often than promised", worst)
				}
				add(total, worst)
			}
		}
		small := 0
		for _, f := range table.files {
			if f.Size < target/8 {
				small++
			}
		}
		if small > 45 { // 7, and then each is a third of all that are smaller: else they would be merged
			rt.Fatalf("%d small files are left", small)
		}
	})
}
