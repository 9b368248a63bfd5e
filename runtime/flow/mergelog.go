package flow

import "github.com/seamflow/seamflow/runtime/delta"

// mergeLog collects what a batch adds to the merge log. Entries are held in memory until they make a file.
type mergeLog struct {
	table  *delta.Table
	writer *delta.MergeFileWriter
	bytes  int
	files  []delta.MergeFile
	at     int64 // when the batch began, in microseconds
}

// mergeLogBytes of keys, sequences and payloads make a file.
const mergeLogBytes = 32 << 20

func (l *mergeLog) add(e delta.MergeEntry) error {
	if l.writer == nil {
		l.writer = l.table.NewMergeFile()
	}
	l.writer.Add(e)
	if l.bytes += len(e.Key) + len(e.Seq) + len(e.Payload); l.bytes < mergeLogBytes {
		return nil
	}
	return l.flush()
}

func (l *mergeLog) flush() error {
	if l.writer == nil {
		return nil
	}
	f, err := l.writer.Close()
	if err != nil {
		return err
	}
	l.files = append(l.files, f)
	l.writer, l.bytes = nil, 0
	return nil
}

// bury adds the tombstones that the batch has made so far. That a later record may revive a key, or delete it anew, does
// no harm: the greater sequence wins, and a row over its tombstone.
func (l *mergeLog) bury(k *keyed) error {
	for _, id := range k.tombs {
		e := k.index.Get(id)
		if !k.buried(&e) {
			continue
		}
		if err := l.add(delta.MergeEntry{Key: k.index.Key(id), Seq: e.Seq, Kind: delta.Tombstone, At: l.at}); err != nil {
			return err
		}
	}
	k.tombs = k.tombs[:0]
	return nil
}

// finish adds the tombstones of the batch and gives the files.
func (l *mergeLog) finish(k *keyed) ([]delta.MergeFile, error) {
	err := l.bury(k)
	if err == nil {
		err = l.flush()
	}
	return l.files, err
}
