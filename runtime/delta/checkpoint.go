package delta

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// checkpointRow is a row of a checkpoint: an action, as Parquet columns. Columns that a writer left out read as NULL.
type checkpointRow struct {
	Txn      *checkpointTxn      `parquet:"txn,optional"`
	Protocol *checkpointProtocol `parquet:"protocol,optional"`
	MetaData *checkpointMeta     `parquet:"metaData,optional"`
	Add      *checkpointAdd      `parquet:"add,optional"`
	Remove   *checkpointRemove   `parquet:"remove,optional"`
	Domain   *checkpointDomain   `parquet:"domainMetadata,optional"`
}

type checkpointTxn struct {
	AppID       string `parquet:"appId,optional"`
	Version     int64  `parquet:"version,optional"`
	LastUpdated int64  `parquet:"lastUpdated,optional"`
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
		Provider string            `parquet:"provider,optional"`
		Options  map[string]string `parquet:"options,optional"`
	} `parquet:"format,optional"`
	SchemaString     string            `parquet:"schemaString,optional"`
	PartitionColumns []string          `parquet:"partitionColumns,optional,list"`
	Configuration    map[string]string `parquet:"configuration,optional"`
	CreatedTime      int64             `parquet:"createdTime,optional"`
}

type checkpointAdd struct {
	Path             string             `parquet:"path,optional"`
	PartitionValues  map[string]*string `parquet:"partitionValues,optional"`
	Size             int64              `parquet:"size,optional"`
	ModificationTime int64              `parquet:"modificationTime,optional"`
	DataChange       bool               `parquet:"dataChange,optional"`
	Stats            string             `parquet:"stats,optional"`
	Tags             map[string]string  `parquet:"tags,optional"`
	DeletionVector   *dvDescriptor      `parquet:"deletionVector,optional"`
}

type checkpointRemove struct {
	Path              string             `parquet:"path,optional"`
	DeletionTimestamp int64              `parquet:"deletionTimestamp,optional"`
	ExtendedMetadata  bool               `parquet:"extendedFileMetadata,optional"`
	PartitionValues   map[string]*string `parquet:"partitionValues,optional"`
	Size              int64              `parquet:"size,optional"`
	DeletionVector    *dvDescriptor      `parquet:"deletionVector,optional"`
}

type checkpointDomain struct {
	Domain        string `parquet:"domain,optional"`
	Configuration string `parquet:"configuration,optional"`
	Removed       bool   `parquet:"removed,optional"`
}

// readCheckpoint visits the actions of one checkpoint file.
func (t *Table) readCheckpoint(ctx context.Context, name string, visit func(*action) error) (err error) {
	defer func() { // the library trusts what stands in a damaged file
		if r := recover(); r != nil {
			err = errors.New("it is damaged")
		}
	}()
	f, err := t.fsys.Open(filepath.Join(t.logDir(), name))
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return err
	}
	if err := column.CheckFooter(f, size); err != nil { // which the library does not
		return err
	}
	file, err := parquet.OpenFile(f, size)
	if err != nil {
		return err
	}
	r := parquet.NewGenericReader[checkpointRow](file)
	defer r.Close()
	for {
		rows := make([]checkpointRow, 256) // fresh, so that nothing of earlier rows shines through
		n, err := r.Read(rows)
		for i := range rows[:n] {
			if err := rows[i].visit(visit); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		} else if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
}

// visit gives the actions of a row: some writers fill several columns.
func (r *checkpointRow) visit(visit func(*action) error) error {
	for _, a := range []*action{r.txn(), r.protocol(), r.metaData(), r.add(), r.remove(), r.domain()} {
		if a == nil {
			continue
		}
		if err := visit(a); err != nil {
			return err
		}
	}
	return nil
}

func (r *checkpointRow) txn() *action {
	x := r.Txn
	if x == nil || x.AppID == "" {
		return nil
	}
	return &action{Txn: &txnAction{AppID: x.AppID, Version: x.Version, LastUpdated: x.LastUpdated}}
}

func (r *checkpointRow) protocol() *action {
	p := r.Protocol
	if p == nil || p.MinReader == 0 {
		return nil
	}
	return &action{Protocol: &protocolAction{MinReader: int(p.MinReader), MinWriter: int(p.MinWriter),
		ReaderFeatures: p.ReaderFeatures, WriterFeatures: p.WriterFeatures}}
}

func (r *checkpointRow) metaData() *action {
	m := r.MetaData
	if m == nil || m.ID == "" {
		return nil
	}
	meta := &metaData{ID: m.ID, Name: m.Name, Description: m.Description, SchemaString: m.SchemaString,
		PartitionColumns: append([]string{}, m.PartitionColumns...), Configuration: m.Configuration, CreatedTime: m.CreatedTime}
	if m.Format != nil {
		meta.Format = fileFormat{Provider: m.Format.Provider, Options: m.Format.Options}
	}
	if meta.Format.Options == nil {
		meta.Format.Options = map[string]string{}
	}
	if meta.Configuration == nil {
		meta.Configuration = map[string]string{}
	}
	return &action{MetaData: meta}
}

func (r *checkpointRow) add() *action {
	a := r.Add
	if a == nil || a.Path == "" {
		return nil
	}
	return &action{Add: &addAction{Path: a.Path, PartitionValues: a.PartitionValues, Size: a.Size, ModificationTime: a.ModificationTime,
		DataChange: a.DataChange, Stats: a.Stats, Tags: a.Tags, DeletionVector: a.DeletionVector.orNil()}}
}

func (r *checkpointRow) remove() *action {
	m := r.Remove
	if m == nil || m.Path == "" {
		return nil
	}
	return &action{Remove: &removeAction{Path: m.Path, DeletionTimestamp: m.DeletionTimestamp, ExtendedMetadata: m.ExtendedMetadata,
		PartitionValues: m.PartitionValues, Size: m.Size, DeletionVector: m.DeletionVector.orNil()}}
}

func (r *checkpointRow) domain() *action {
	d := r.Domain
	if d == nil || d.Domain == "" {
		return nil
	}
	return &action{Domain: &domainMetadata{Domain: d.Domain, Configuration: d.Configuration, Removed: d.Removed}}
}

// orNil is d, but for one whose columns are all NULL.
func (d *dvDescriptor) orNil() *dvDescriptor {
	if d == nil || d.StorageType == "" {
		return nil
	}
	return d
}
