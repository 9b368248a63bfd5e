package delta

import (
	"errors"
	"io"

	"github.com/parquet-go/parquet-go"
)

// checkpointRow is a row of a checkpoint: an action, as Parquet columns. Columns that a writer left out read as NULL.
type checkpointRow struct {
	Protocol *checkpointProtocol `parquet:"protocol,optional"`
	MetaData *checkpointMeta     `parquet:"metaData,optional"`
	Add      *checkpointAdd      `parquet:"add,optional"`
	Remove   *checkpointRemove   `parquet:"remove,optional"`
	Domain   *checkpointDomain   `parquet:"domainMetadata,optional"`
}

type checkpointProtocol struct {
	MinReader      int32    `parquet:"minReaderVersion,optional"`
	MinWriter      int32    `parquet:"minWriterVersion,optional"`
	ReaderFeatures []string `parquet:"readerFeatures,optional,list"`
	WriterFeatures []string `parquet:"writerFeatures,optional,list"`
}

type checkpointMeta struct {
	ID          string `parquet:"id,optional"`
	Name        string `parquet:"name,optional"`
	Description string `parquet:"description,optional"`
	Format      *struct {
		Provider string `parquet:"provider,optional"`
	} `parquet:"format,optional"`
	SchemaString     string            `parquet:"schemaString,optional"`
	PartitionColumns []string          `parquet:"partitionColumns,optional,list"`
	Configuration    map[string]string `parquet:"configuration,optional"`
	CreatedTime      int64             `parquet:"createdTime,optional"`
}

type checkpointAdd struct {
	Path             string        `parquet:"path,optional"`
	Size             int64         `parquet:"size,optional"`
	ModificationTime int64         `parquet:"modificationTime,optional"`
	DataChange       bool          `parquet:"dataChange,optional"`
	Stats            string        `parquet:"stats,optional"`
	DeletionVector   *dvDescriptor `parquet:"deletionVector,optional"`
}

type checkpointRemove struct {
	Path string `parquet:"path,optional"`
}

type checkpointDomain struct {
	Domain        string `parquet:"domain,optional"`
	Configuration string `parquet:"configuration,optional"`
	Removed       bool   `parquet:"removed,optional"`
}

// readCheckpoint gives the actions of one checkpoint file.
func (t *Table) readCheckpoint(name string) ([]action, error) {
	f, err := t.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(f, size)
	if err != nil {
		return nil, err
	}
	r := parquet.NewGenericReader[checkpointRow](file)
	defer r.Close()
	var actions []action
	for {
		rows := make([]checkpointRow, 256) // fresh, so that nothing of earlier rows shines through
		n, err := r.Read(rows)
		for i := range rows[:n] {
			actions = append(actions, rows[i].actions()...)
		}
		if errors.Is(err, io.EOF) {
			return actions, nil
		} else if err != nil {
			return nil, err
		}
	}
}

func (r *checkpointRow) actions() []action {
	var out []action
	if p := r.Protocol; p != nil && p.MinReader > 0 {
		out = append(out, action{Protocol: &protocolAction{MinReader: int(p.MinReader), MinWriter: int(p.MinWriter),
			ReaderFeatures: p.ReaderFeatures, WriterFeatures: p.WriterFeatures}})
	}
	if m := r.MetaData; m != nil && m.ID != "" {
		meta := &metaData{ID: m.ID, Name: m.Name, Description: m.Description, Format: fileFormat{Options: map[string]string{}},
			SchemaString: m.SchemaString, PartitionColumns: m.PartitionColumns, Configuration: m.Configuration, CreatedTime: m.CreatedTime}
		if m.Format != nil {
			meta.Format.Provider = m.Format.Provider
		}
		if meta.PartitionColumns == nil {
			meta.PartitionColumns = []string{}
		}
		if meta.Configuration == nil {
			meta.Configuration = map[string]string{}
		}
		out = append(out, action{MetaData: meta})
	}
	if a := r.Add; a != nil && a.Path != "" {
		add := &addAction{Path: a.Path, Size: a.Size, ModificationTime: a.ModificationTime, DataChange: a.DataChange, Stats: a.Stats}
		if a.DeletionVector != nil && a.DeletionVector.StorageType != "" {
			add.DeletionVector = a.DeletionVector
		}
		out = append(out, action{Add: add})
	}
	if m := r.Remove; m != nil && m.Path != "" {
		out = append(out, action{Remove: &removeAction{Path: m.Path}})
	}
	if d := r.Domain; d != nil && d.Domain != "" {
		out = append(out, action{Domain: &domainMetadata{Domain: d.Domain, Configuration: d.Configuration, Removed: d.Removed}})
	}
	return out
}
