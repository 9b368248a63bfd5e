package delta

import (
	"maps"
	"slices"

	"github.com/seamflow/seamflow/runtime/delta/column"
)

// checkpointSchema is the schema of a checkpoint in Delta's protocol: a column per kind of action, of which each row has one.
var checkpointSchema = func() column.Schema {
	str, i32, i64, flag := column.Of(column.String), column.Of(column.Int32), column.Of(column.Int64), column.Of(column.Bool)
	texts, names := column.MapOf(str), column.ListOf(str)
	fields := func(all ...any) (t column.Type) {
		for i := 0; i < len(all); i += 2 {
			t.Fields = append(t.Fields, column.Field{Name: all[i].(string), Type: all[i+1].(column.Type)})
		}
		t.Kind = column.Struct
		return t
	}
	vector := fields("storageType", str, "pathOrInlineDv", str, "offset", i32, "sizeInBytes", i32, "cardinality", i64)
	return fields(
		"txn", fields("appId", str, "version", i64, "lastUpdated", i64),
		"add", fields("path", str, "partitionValues", texts, "size", i64, "modificationTime", i64, "dataChange", flag, "tags", texts,
			"stats", str, "deletionVector", vector),
		"remove", fields("path", str, "deletionTimestamp", i64, "dataChange", flag, "extendedFileMetadata", flag,
			"partitionValues", texts, "size", i64, "deletionVector", vector),
		"metaData", fields("id", str, "name", str, "description", str, "format", fields("provider", str, "options", texts),
			"schemaString", str, "partitionColumns", names, "configuration", texts, "createdTime", i64),
		"protocol", fields("minReaderVersion", i32, "minWriterVersion", i32, "readerFeatures", names, "writerFeatures", names),
		"domainMetadata", fields("domain", str, "configuration", str, "removed", flag),
	).Fields
}()

// checkpointWriter writes actions as rows. Values are put leaf after leaf, in the order of the schema.
type checkpointWriter struct {
	leaves *column.Leaves
	file   *column.FileWriter
	leaf   int   // the next one
	def    uint8 // the level of the struct that the next leaf is a field of
}

func (w *checkpointWriter) put(a *action) error {
	w.leaf = 0
	w.group(a.Txn != nil, 3, func() {
		w.text(a.Txn.AppID)
		w.number(a.Txn.Version)
		w.optional(a.Txn.LastUpdated)
	})
	w.group(a.Add != nil, 14, func() { w.add(a.Add) })
	w.group(a.Remove != nil, 12, func() { w.remove(a.Remove) })
	w.group(a.MetaData != nil, 11, func() { w.metaData(a.MetaData) })
	w.group(a.Protocol != nil, 4, func() {
		w.small(int32(a.Protocol.MinReader))
		w.small(int32(a.Protocol.MinWriter))
		w.list(a.Protocol.ReaderFeatures)
		w.list(a.Protocol.WriterFeatures)
	})
	w.group(a.Domain != nil, 3, func() {
		w.text(a.Domain.Domain)
		w.text(a.Domain.Configuration)
		w.flag(a.Domain.Removed)
	})
	if w.leaves.Rows() < checkpointGroup {
		return nil
	}
	return w.flush()
}

func (w *checkpointWriter) flush() error {
	err := w.file.WriteRowGroup(w.leaves)
	w.leaves.Reset()
	return err
}

func (w *checkpointWriter) add(a *addAction) {
	w.text(a.Path)
	w.texts(a.PartitionValues)
	w.number(a.Size)
	w.number(a.ModificationTime)
	w.flag(a.DataChange)
	w.texts(pointers(a.Tags))
	w.name(a.Stats)
	w.vector(a.DeletionVector)
}

func (w *checkpointWriter) remove(r *removeAction) {
	w.text(r.Path)
	w.number(r.DeletionTimestamp)
	w.flag(false) // it changes nothing now: what it removed was removed long ago
	w.flag(r.ExtendedMetadata)
	w.texts(r.PartitionValues)
	w.number(r.Size)
	w.vector(r.DeletionVector)
}

func (w *checkpointWriter) metaData(m *metaData) {
	w.text(m.ID)
	w.name(m.Name)
	w.name(m.Description)
	w.group(true, 3, func() {
		w.text(m.Format.Provider)
		w.texts(pointers(m.Format.Options))
	})
	w.text(m.SchemaString)
	w.list(append([]string{}, m.PartitionColumns...))
	w.texts(pointers(m.Configuration))
	w.optional(m.CreatedTime)
}

func (w *checkpointWriter) vector(d *dvDescriptor) {
	w.group(d != nil, 5, func() {
		w.text(d.StorageType)
		w.text(d.Path)
		if d.Offset != nil {
			w.small(*d.Offset)
		} else {
			w.null(1)
		}
		w.small(d.Size)
		w.number(d.Cardinality)
	})
}

// group is a struct of so many leaves, which is there or NULL.
func (w *checkpointWriter) group(there bool, leaves int, fields func()) {
	if !there {
		w.null(leaves)
		return
	}
	w.def++
	fields()
	w.def--
}

func (w *checkpointWriter) null(leaves int) {
	w.leaves.Nulls(w.leaf, w.leaf+leaves, 0, w.def)
	w.leaf += leaves
}

func (w *checkpointWriter) text(s string) {
	w.leaves.Strings(w.leaf).Put(s, 0, w.def+1)
	w.leaf++
}

// name is a text of which "" means none.
func (w *checkpointWriter) name(s string) {
	if s == "" {
		w.null(1)
		return
	}
	w.text(s)
}

func (w *checkpointWriter) number(n int64) {
	w.leaves.Int64s(w.leaf).Put(n, 0, w.def+1)
	w.leaf++
}

func (w *checkpointWriter) optional(n int64) {
	if n == 0 {
		w.null(1)
		return
	}
	w.number(n)
}

func (w *checkpointWriter) small(n int32) {
	w.leaves.Int32s(w.leaf).Put(n, 0, w.def+1)
	w.leaf++
}

func (w *checkpointWriter) flag(b bool) {
	w.leaves.Bools(w.leaf).Put(b, 0, w.def+1)
	w.leaf++
}

func (w *checkpointWriter) list(all []string) {
	switch {
	case all == nil:
		w.null(1)
		return
	case len(all) == 0:
		w.leaves.Nulls(w.leaf, w.leaf+1, 0, w.def+1)
	}
	for i, s := range all {
		w.leaves.Strings(w.leaf).Put(s, uint8(min(i, 1)), w.def+3)
	}
	w.leaf++
}

// texts is a map, of which nil is NULL and a nil value too.
func (w *checkpointWriter) texts(m map[string]*string) {
	if m == nil {
		w.null(2)
		return
	}
	if len(m) == 0 {
		w.leaves.Nulls(w.leaf, w.leaf+2, 0, w.def+1)
	}
	for i, key := range slices.Sorted(maps.Keys(m)) {
		rep := uint8(min(i, 1))
		w.leaves.Strings(w.leaf).Put(key, rep, w.def+2)
		if v := m[key]; v == nil {
			w.leaves.Nulls(w.leaf+1, w.leaf+2, rep, w.def+2)
		} else {
			w.leaves.Strings(w.leaf+1).Put(*v, rep, w.def+3)
		}
	}
	w.leaf += 2
}

func pointers(m map[string]string) map[string]*string {
	if m == nil {
		return nil
	}
	out := make(map[string]*string, len(m))
	for k, v := range m {
		out[k] = &v
	}
	return out
}
