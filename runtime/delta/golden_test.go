package delta

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// The lines that other engines are known to take, character by character.
func TestActionsAsEnginesTakeThem(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Keyed: true, Name: "orders", Comment: "a <table>", Schema: people, Domains: map[string]string{"seamflow.flow/a": `{"v":0}`}})
	want := `{"commitInfo":{"timestamp":1700000000000,"operation":"CREATE TABLE","operationParameters":{},"isBlindAppend":false,"engineInfo":"Seamflow/0.1.0","operationMetrics":{},"seamflowCommit":"00000000-0000-0000-0000-000000000002"}}
{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors","domainMetadata"]}}
{"metaData":{"id":"00000000-0000-0000-0000-000000000001","name":"orders","description":"a <table>","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{\"comment\":\"who\"}},{\"name\":\"name\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{"delta.enableDeletionVectors":"true"},"createdTime":1700000000000}}
{"domainMetadata":{"domain":"seamflow.flow/a","configuration":"{\"v\":0}","removed":false}}
`
	if diff := cmp.Diff(want, withoutSum(logText(t, table, 0))); diff != "" {
		t.Error(diff)
	}

	many := roaring.New()
	for i := range uint32(400) {
		many.Add(i * i)
	}
	stats := `{"numRecords":200000,"minValues":{"id":0},"tightBounds":true}`
	when := time.UnixMilli(1_700_000_000_500)
	commit := func(tx *Tx) {
		t.Helper()
		tx.Timestamp = when
		_, err := table.Commit(ctx, tx)
		must(t, err)
	}
	commit(&Tx{Operation: "MERGE", Metrics: map[string]string{"numOutputRows": "10"}, Domains: map[string]string{"seamflow.flow/a": `{"v":1}`},
		Adds: []AddFile{{Path: "p.parquet", Size: 5243, Rows: 200000, Stats: stats, ModTime: when}, {Path: "r.parquet", Size: 10, Rows: 3, ModTime: when}}})
	commit(&Tx{Deletes: map[string]*roaring.Bitmap{"p.parquet": rowsOf(3, 4), "r.parquet": rowsOf(0, 1, 2)}, Domains: map[string]string{"seamflow.flow/a": ""}})
	commit(&Tx{Deletes: map[string]*roaring.Bitmap{"p.parquet": many}, AddColumns: column.Schema{{Name: "tags", Type: column.MapOf(column.ListOf(column.DecimalOf(10, 2)))}}})

	want = `{"commitInfo":{"timestamp":1700000000500,"operation":"MERGE","operationParameters":{},"isBlindAppend":true,"engineInfo":"Seamflow/0.1.0","operationMetrics":{"numOutputRows":"10"},"seamflowCommit":"00000000-0000-0000-0000-000000000003"}}
{"domainMetadata":{"domain":"seamflow.flow/a","configuration":"{\"v\":1}","removed":false}}
{"add":{"path":"p.parquet","partitionValues":{},"size":5243,"modificationTime":1700000000500,"dataChange":true,"stats":"{\"numRecords\":200000,\"minValues\":{\"id\":0},\"tightBounds\":true}"}}
{"add":{"path":"r.parquet","partitionValues":{},"size":10,"modificationTime":1700000000500,"dataChange":true,"stats":"{\"numRecords\":3}"}}
{"commitInfo":{"timestamp":1700000000500,"operation":"WRITE","operationParameters":{},"isBlindAppend":false,"engineInfo":"Seamflow/0.1.0","operationMetrics":{},"seamflowCommit":"00000000-0000-0000-0000-000000000004"}}
{"domainMetadata":{"domain":"seamflow.flow/a","configuration":"","removed":true}}
{"remove":{"path":"p.parquet","deletionTimestamp":1700000000500,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{},"size":5243}}
{"remove":{"path":"r.parquet","deletionTimestamp":1700000000500,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{},"size":10}}
{"add":{"path":"p.parquet","partitionValues":{},"size":5243,"modificationTime":1700000000500,"dataChange":true,"stats":"{\"minValues\":{\"id\":0},\"numRecords\":200000,\"tightBounds\":false}","deletionVector":{"storageType":"u","pathOrInlineDv":"_seamflow00000000000000000005","offset":1,"sizeInBytes":36,"cardinality":2}}}
{"commitInfo":{"timestamp":1700000000500,"operation":"WRITE","operationParameters":{},"isBlindAppend":false,"engineInfo":"Seamflow/0.1.0","operationMetrics":{},"seamflowCommit":"00000000-0000-0000-0000-000000000006"}}
{"metaData":{"id":"00000000-0000-0000-0000-000000000001","name":"orders","description":"a <table>","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{\"comment\":\"who\"}},{\"name\":\"name\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}},{\"name\":\"tags\",\"type\":{\"type\":\"map\",\"keyType\":\"string\",\"valueType\":{\"type\":\"array\",\"elementType\":\"decimal(10,2)\",\"containsNull\":true},\"valueContainsNull\":true},\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{"delta.enableDeletionVectors":"true"},"createdTime":1700000000000}}
{"remove":{"path":"p.parquet","deletionTimestamp":1700000000500,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{},"size":5243,"deletionVector":{"storageType":"u","pathOrInlineDv":"_seamflow00000000000000000005","offset":1,"sizeInBytes":36,"cardinality":2}}}
{"add":{"path":"p.parquet","partitionValues":{},"size":5243,"modificationTime":1700000000500,"dataChange":true,"stats":"{\"minValues\":{\"id\":0},\"numRecords\":200000,\"tightBounds\":false}","deletionVector":{"storageType":"u","pathOrInlineDv":"_seamflow00000000000000000007","offset":1,"sizeInBytes":850,"cardinality":401}}}
`
	if diff := cmp.Diff(want, withoutSum(logText(t, table, 1)+logText(t, table, 2)+logText(t, table, 3))); diff != "" {
		t.Error(diff)
	}
}

func TestAppendOnlyProtocol(t *testing.T) {
	_, table := memTable(t, NewTable{Schema: people})
	if text := logText(t, table, 0); !strings.Contains(text, `{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["domainMetadata"]}}`) ||
		strings.Contains(text, "delta.") {
		t.Error(text)
	}
	_, err := table.Commit(context.Background(), &Tx{Adds: []AddFile{{Path: "p", Rows: 2, Deleted: rowsOf(0)}}})
	if err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("a deleted row in an append-only table: %v", err)
	}
}

func TestSchemasRoundTrip(t *testing.T) {
	schema := column.Schema{
		{Name: "b", Type: column.Of(column.Bool)}, {Name: "i", Type: column.Of(column.Int32)}, {Name: "l", Type: column.Of(column.Int64)},
		{Name: "f", Type: column.Of(column.Float32)}, {Name: "d", Type: column.Of(column.Float64)}, {Name: "dec", Type: column.DecimalOf(38, 9)},
		{Name: "s", Type: column.Of(column.String), Comment: `say "hi" & <b>`}, {Name: "x", Type: column.Of(column.Binary)},
		{Name: "day", Type: column.Of(column.Date)}, {Name: "ts", Type: column.Of(column.Timestamp)},
		{Name: "nested", Type: column.StructOf(
			column.Field{Name: "deep", Type: column.ListOf(column.StructOf(column.Field{Name: "ümlaut, dot.", Type: column.Of(column.String), Comment: "c"}))},
			column.Field{Name: "m", Type: column.MapOf(column.MapOf(column.Of(column.Int64)))})},
	}
	text, err := encodeSchema(schema)
	must(t, err)
	got, err := decodeSchema(text)
	must(t, err)
	if diff := cmp.Diff(schema, got); diff != "" {
		t.Error(diff)
	}
}

func TestNamesThatEnginesCannotTellApart(t *testing.T) {
	upper := column.Field{Name: "ID", Type: column.Of(column.String)}
	for name, schema := range map[string]column.Schema{
		"top level": append(append(column.Schema{}, people...), upper),
		"nested":    {{Name: "s", Type: column.ListOf(column.StructOf(people[0], upper))}},
		"no name":   {{Type: column.Of(column.String)}},
		"no column": {},
	} {
		if _, err := encodeSchema(schema); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	_, table := memTable(t, NewTable{Schema: people})
	_, err := table.Commit(context.Background(), &Tx{AddColumns: column.Schema{upper}})
	if err == nil || !strings.Contains(err.Error(), "columns id and ID differ at most in case") {
		t.Errorf("added: %v", err)
	}
	if len(table.Schema()) != 2 {
		t.Errorf("schema %v", table.Schema())
	}
}

// What other engines put beside our columns must survive a column that we add.
func TestForeignMetadataSurvivesAddedColumns(t *testing.T) {
	text := `{"type":"struct","fields":[{"name":"id","type":"short","nullable":false,"metadata":{"owner":"x","n":1}}]}`
	have, err := decodeSchema(text)
	must(t, err)
	got, err := appendColumns(text, have, people[1:])
	must(t, err)
	want := `{"type":"struct","fields":[{"name":"id","type":"short","nullable":false,"metadata":{"owner":"x","n":1}},{"name":"name","type":"string","nullable":true,"metadata":{}}]}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
