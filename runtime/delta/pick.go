package delta

import (
	"cmp"
	"slices"
)

// CompactPolicy says when files are worth being made one.
//
// Small files are merged when so many are there that the smallest of them together are Growth times as large as the
// largest among them. A row's file therefore grows by Growth whenever it is written anew, and a row is written anew at
// most log(Target/size of its first file)/log(Growth) + 1 times for that. A file of which a share of DeadShare is dead
// is written anew for itself: that costs (1-DeadShare)/DeadShare rows for each that died. Both bounds hold however long a
// table lives.
type CompactPolicy struct {
	Target    int64   // bytes of a file at most; one of Target/Files is large enough and not merged any more
	Files     int     // at least so many are merged
	Growth    int64   // 0 does not ask
	DeadShare float64 // of a file's rows
	DeadBytes int64   // that these make at least, or the file is left to the merging of small ones
}

// DefaultTarget is CompactPolicy.Target when nobody says otherwise.
const DefaultTarget = 128 << 20

// Background is the policy of compaction beside the work: what is left undone costs readers little.
func Background(target int64) CompactPolicy {
	return CompactPolicy{Target: target, Files: 8, Growth: 4, DeadShare: 0.3, DeadBytes: target / 128}
}

// Thorough is the policy of compaction on request. What it has done leaves it nothing to do.
func Thorough(target int64) CompactPolicy {
	return CompactPolicy{Target: target, Files: 2, DeadShare: 0.1}
}

// PickCompaction gives the files of the compaction that is worth most now, in the table's order, or none.
func (t *Table) PickCompaction(p CompactPolicy) []string {
	small := map[string][]*File{} // by partition
	dead := map[string][]*File{}
	for _, f := range t.Files() {
		switch {
		case p.mostlyDead(f):
			dead[f.Partition.key()] = append(dead[f.Partition.key()], f)
		case f.liveBytes() < p.Target/int64(p.Files):
			small[f.Partition.key()] = append(small[f.Partition.key()], f)
		}
	}
	best := p.best(dead, p.pickDead)
	if len(best) == 0 {
		best = p.best(small, p.pickSmall)
	}
	slices.SortFunc(best, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	paths := make([]string, len(best))
	for i, f := range best {
		paths[i] = f.Path
	}
	return paths
}

// best gives the largest pick of all partitions, by files.
func (p CompactPolicy) best(by map[string][]*File, pick func([]*File) []*File) (best []*File) {
	keys := make([]string, 0, len(by))
	for key := range by {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if files := pick(by[key]); len(files) > len(best) {
			best = files
		}
	}
	return best
}

func (p CompactPolicy) mostlyDead(f *File) bool {
	return f.Rows > 0 && float64(f.Dead) > p.DeadShare*float64(f.Rows) && f.Size-f.liveBytes() >= p.DeadBytes
}

// pickDead takes files up to the target, in the table's order, and one at least.
func (p CompactPolicy) pickDead(files []*File) []*File {
	var total int64
	for i, f := range files {
		if total += f.liveBytes(); i > 0 && total > p.Target {
			return files[:i]
		}
	}
	return files
}

// pickSmall takes the most of the smallest files that keep to the policy.
func (p CompactPolicy) pickSmall(files []*File) (picked []*File) {
	if len(files) < p.Files {
		return nil
	}
	slices.SortFunc(files, func(a, b *File) int {
		return cmp.Or(cmp.Compare(a.liveBytes(), b.liveBytes()), cmp.Compare(a.Path, b.Path))
	})
	var total int64
	for i, f := range files {
		total += f.liveBytes()
		if i > 0 && total > p.Target || i == maxPick {
			break
		}
		if i+1 >= p.Files && total >= p.Growth*f.liveBytes() {
			picked = files[:i+1]
		}
	}
	return picked
}

// maxPick bounds the files of one compaction: each may bring a bitmap, and all are opened in turn.
const maxPick = 1000

// key is Key for maps: most tables have no partitions.
func (p Partition) key() string {
	if p == nil {
		return ""
	}
	return p.Key()
}
