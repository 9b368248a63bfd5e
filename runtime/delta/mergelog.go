package delta

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
)

const (
	mergeDomain = "seamflow.merge"
	// mergeFanIn files of a level become one of the next: an entry is rewritten once per level.
	mergeFanIn = 8
)

// mergeLevels is the domain's configuration: files by level.
type mergeLevels struct {
	Levels [][]MergeFile `json:"levels"`
}

func decodeMergeLevels(text string) (m mergeLevels, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &m)
	}
	return m, err
}

// MergeFiles gives the files of the merge log, what was committed first before what came later.
func (t *Table) MergeFiles() []MergeFile {
	m, _ := decodeMergeLevels(t.domains[mergeDomain]) // admit has read it
	slices.Reverse(m.Levels)
	return slices.Concat(m.Levels...)
}

// planMergeLog gives the domain's configuration after tx, and merges levels that are full.
func (t *Table) planMergeLog(ctx context.Context, tx *Tx) (string, error) {
	m, err := decodeMergeLevels(t.domains[mergeDomain])
	if err != nil {
		return "", err
	}
	if tx.MergeReplace || tx.Reset != nil {
		m.Levels = nil
		clear(t.checked)
	}
	adds := slices.DeleteFunc(slices.Clone(tx.MergeAdds), func(f MergeFile) bool { return f.Rows == 0 })
	if len(adds) == 0 && len(m.Levels) == 0 {
		return "", nil
	}
	if len(m.Levels) == 0 {
		m.Levels = append(m.Levels, nil)
	}
	m.Levels[0] = append(m.Levels[0], adds...)
	for i := 0; i < len(m.Levels); i++ {
		if len(m.Levels[i]) < mergeFanIn {
			continue
		}
		merged, err := t.mergeFiles(ctx, m.Levels[i])
		if err != nil {
			return "", err
		}
		for _, f := range m.Levels[i] {
			delete(t.checked, f.Name)
		}
		if i+1 == len(m.Levels) {
			m.Levels = append(m.Levels, nil)
		}
		m.Levels[i] = []MergeFile{}
		m.Levels[i+1] = append(m.Levels[i+1], merged)
	}
	t.dirty[t.mergeDir()] = true
	return string(rawJSON(m)), nil
}

func (t *Table) mergeDir() string { return filepath.Join(t.dir, "_seamflow", "merge") }

// mergeFiles writes the entries of files into one new file.
func (t *Table) mergeFiles(ctx context.Context, files []MergeFile) (MergeFile, error) {
	return t.rewriteMerge(ctx, files, func(MergeEntry) bool { return true })
}

// RewriteMergeLog writes the entries of the merge log that keep takes into new files, which a commit with MergeReplace
// makes all of it, and gives the number of those that it does not take. If that is 0 no file is written, and there is
// nothing to commit. keep may be asked twice of an entry.
func (t *Table) RewriteMergeLog(ctx context.Context, keep func(MergeEntry) bool) (files []MergeFile, dropped int64, err error) {
	all := t.MergeFiles()
	err = t.ScanMergeLog(ctx, all, func(e MergeEntry) {
		if !keep(e) {
			dropped++
		}
	})
	if err != nil || dropped == 0 {
		return nil, 0, err
	}
	f, err := t.rewriteMerge(ctx, all, keep)
	if err != nil {
		return nil, 0, err
	}
	if f.Rows > 0 {
		files = append(files, f)
	}
	return files, dropped, nil
}

// rewriteMerge writes the entries of files that keep takes into one new file. Without any there is none.
func (t *Table) rewriteMerge(ctx context.Context, files []MergeFile, keep func(MergeEntry) bool) (MergeFile, error) {
	s, err := t.openMergeScan(files)
	defer s.close()
	if err != nil {
		return MergeFile{}, err
	}
	w, err := t.newMergeWriter(s.extras())
	if err != nil {
		return MergeFile{}, err
	}
	err = s.run(ctx, func(e MergeEntry) error {
		if !keep(e) {
			return nil
		}
		return w.put(e)
	})
	if err != nil || w.rows == 0 {
		w.discard()
		return MergeFile{}, err
	}
	return w.finish()
}
