package delta

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// markDomain holds the Mark of the last commit that left one.
const markDomain = "seamflow.mark"

// Mark is what a commit with Tx.Guarded leaves in the table: whoever made it had seen every version before it. Versions
// behind the mark are those that nobody has looked at yet, even where the log before them was cleaned up.
type Mark struct {
	Version int64  `json:"version"`
	Shape   string `json:"shape"` // the table's, after the commit
}

// Mark gives the last mark. It reports false for a table that has none, or one that cannot be read.
func (t *Table) Mark() (m Mark, ok bool) {
	err := json.Unmarshal([]byte(t.domains[markDomain]), &m)
	return m, err == nil
}

// Shape names all that a commit must fit beside the rows: protocol, columns, partitioning, and the properties that bind
// whoever writes. Two versions of one shape take the same commits.
func (t *Table) Shape() string { return shapeOf(t.protocol, t.meta, t.schema) }

func shapeOf(p *protocolAction, m *metaData, schema column.Schema) string {
	parts := []string{m.ID, fmt.Sprint(p.MinReader, p.MinWriter), sortedText(p.ReaderFeatures), sortedText(p.WriterFeatures), strings.Join(m.PartitionColumns, "\x00")}
	for _, f := range schema {
		parts = append(parts, f.Name+" "+f.Type.String())
	}
	for _, name := range slices.Sorted(maps.Keys(m.Configuration)) {
		if binds(name) {
			parts = append(parts, name+"="+m.Configuration[name])
		}
	}
	sum := xxh3.HashString128(strings.Join(parts, "\x01")).Bytes()
	return hex.EncodeToString(sum[:])
}

func sortedText(features []string) string {
	return strings.Join(slices.Sorted(slices.Values(features)), "\x00")
}

// binds reports whether a property says anything to those who write rows. The others are about how long things are kept,
// how large files become, and notes of people.
func binds(property string) bool {
	if !strings.HasPrefix(property, "delta.") && !strings.HasPrefix(property, "seamflow.") {
		return false
	}
	return !slices.ContainsFunc(loose, func(name string) bool {
		return property == name || strings.HasSuffix(name, ".") && strings.HasPrefix(property, name)
	})
}

var loose = []string{
	"delta.logRetentionDuration", "delta.deletedFileRetentionDuration", "delta.enableExpiredLogCleanup", "delta.checkpointInterval",
	"delta.checkpoint.", "delta.autoOptimize.", "delta.targetFileSize", "delta.tuneFileSizesForRewrites", "delta.dataSkippingNumIndexedCols",
	"delta.dataSkippingStatsColumns", "delta.isolationLevel", "delta.parquet.compression.codec",
}

// planMark adds the mark to a commit that has something to say. stamp fills it in.
func (t *Table) planMark(p *plan) error {
	if !p.tx.Guarded || len(p.actions) == 1 {
		return nil
	}
	protocol, meta, schema := t.protocol, t.meta, t.schema
	for _, a := range p.actions {
		switch {
		case a.Protocol != nil:
			protocol = a.Protocol
		case a.MetaData != nil:
			meta = a.MetaData
			var err error
			if schema, err = decodeSchema(meta.SchemaString); err != nil {
				return err
			}
		}
	}
	p.mark = &domainMetadata{Domain: markDomain}
	p.shape = shapeOf(protocol, meta, schema)
	p.actions = append(p.actions, action{Domain: p.mark})
	return nil
}

// stamp makes the mark that of a version.
func (p *plan) stamp(version int64) {
	if p.mark != nil {
		p.mark.Configuration = string(rawJSON(Mark{Version: version, Shape: p.shape}))
	}
}

// write puts the commit's text for the version after the handle's into temp, in place of the one before.
func (t *Table) write(temp string, p *plan, again bool) error {
	p.stamp(t.version + 1)
	text, err := encodeActions(p.actions)
	if err != nil {
		return err
	}
	if again {
		if err := t.fsys.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return vfs.WriteFile(t.fsys, temp, text)
}

// stillThere refuses a commit of which somebody has taken a file away: a VACUUM of another engine that keeps nothing
// takes files that no version names yet.
func (t *Table) stillThere(p *plan) error {
	if p.tx == nil || !p.tx.Guarded {
		return nil
	}
	for _, name := range p.adds {
		if _, err := t.fsys.Stat(filepath.Join(t.dir, filepath.FromSlash(name))); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: file %s was removed before its commit (by a VACUUM with no retention?)", ErrConflict, name)
		} else if err != nil {
			return err
		}
	}
	return nil
}
