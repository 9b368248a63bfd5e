package delta

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/vfs"
)

func TestPathsThatHoldSomethingElse(t *testing.T) {
	ctx := context.Background()
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		must(t, vfs.MkdirAllSync(fsys, dir))
		file := filepath.Join(dir, "file")
		must(t, vfs.WriteFile(fsys, file, []byte("x")))
		full := filepath.Join(dir, "full")
		must(t, vfs.MkdirAllSync(fsys, full))
		must(t, vfs.WriteFile(fsys, filepath.Join(full, "notes.txt"), []byte("x")))
		lost := filepath.Join(dir, "lost")
		must(t, vfs.MkdirAllSync(fsys, filepath.Join(lost, "_delta_log")))
		must(t, vfs.WriteFile(fsys, filepath.Join(lost, "part-0.parquet"), []byte("x")))
		for path, c := range map[string]struct {
			is   error
			text string
		}{
			file:                         {ErrNotDelta, "is a file"},
			full:                         {ErrNotDelta, "notes.txt"},
			lost:                         {nil, "the log is empty"},
			filepath.Join(dir, "nobody"): {ErrNotExist, "nobody"},
		} {
			_, err := Open(ctx, fsys, path)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), path) {
				t.Errorf("open %s: %v", path, err)
			}
			if _, err := Create(ctx, fsys, path, NewTable{Schema: people}); c.is == ErrNotExist {
				must(t, err)
			} else if err == nil || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("create %s: %v", path, err)
			}
		}
	})
}

// What a Create leaves that was killed, or a lock that came first, is no reason to refuse.
func TestLeftoversOfCreate(t *testing.T) {
	ctx := context.Background()
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		lock, err := Lock(ctx, fsys, dir, 0, "p")
		must(t, err)
		defer lock.Close()
		must(t, vfs.MkdirAllSync(fsys, filepath.Join(dir, "_delta_log")))
		must(t, vfs.WriteFile(fsys, filepath.Join(dir, "_delta_log", ".tmp-x.json"), []byte("half")))
		if _, err := Open(ctx, fsys, dir); !errors.Is(err, ErrNotExist) {
			t.Errorf("open: %v", err)
		}
		_, err = Create(ctx, fsys, dir, NewTable{Schema: people})
		must(t, err)
	})
}

func TestDamagedLogsNameFileAndLine(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"no JSON":        {[]string{`{"commitInfo":{}}`, `{"add":{"path"`}, "00000000000000000001.json:2: "},
		"wrong type":     {[]string{`{"add":{"path":"x","size":"big"}}`}, "00000000000000000001.json:1: "},
		"empty":          {nil, "00000000000000000001.json: the log file is empty"},
		"no path":        {[]string{``, `{"add":{"size":1}}`}, "00000000000000000001.json:2: a file action without a path"},
		"leads out":      {[]string{`{"add":{"path":"..%2Fsecret","size":1}}`}, "leads out of the table's folder"},
		"other store":    {[]string{`{"add":{"path":"s3://bucket/x.parquet","size":1}}`}, "shallow clone"},
		"bad encoding":   {[]string{`{"add":{"path":"a%zz","size":1}}`}, "URL-encoded"},
		"bad merge log":  {[]string{`{"domainMetadata":{"domain":"seamflow.merge","configuration":"{","removed":false}}`}, "seamflow.merge"},
		"torn in middle": {[]string{`{"commitInfo":{}}`, "\x00\x00\x00"}, "00000000000000000001.json:2: "},
	} {
		t.Run(name, func(t *testing.T) {
			fsys, table := memTable(t, NewTable{Schema: people})
			writeLog(t, table, 1, c.lines...)
			_, err := Open(ctx, fsys, table.Dir())
			var damaged *DamagedError
			if !errors.As(err, &damaged) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("open: %v", err)
			}
			if _, err := table.Refresh(ctx); !errors.As(err, &damaged) {
				t.Errorf("refresh: %v", err)
			}
			if table.Version() != 0 {
				t.Errorf("the handle moved to version %d", table.Version())
			}
		})
	}
}

func TestMissingVersionIsNamed(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people})
	for _, name := range []string{"a", "b", "c"} {
		_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: name, Rows: 1}}})
		must(t, err)
	}
	must(t, fsys.Remove(table.logPath(2)))
	if _, err := Open(ctx, fsys, table.Dir()); err == nil || !strings.Contains(err.Error(), "version 2 of the log is missing") {
		t.Errorf("gap: %v", err)
	}
	must(t, fsys.Remove(table.logPath(0)))
	must(t, fsys.Remove(table.logPath(1)))
	if _, err := Open(ctx, fsys, table.Dir()); err == nil || !strings.Contains(err.Error(), "version 0 of the log is missing") {
		t.Errorf("start: %v", err)
	}
}

func TestUnknownProtocolsAreRefusedByName(t *testing.T) {
	ctx := context.Background()
	schema := `"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"%s\",\"nullable\":true,\"metadata\":{}}]}","format":{"provider":"parquet","options":{}},"configuration":{}`
	for want, line := range map[string]string{
		"columnMapping":      `{"protocol":{"minReaderVersion":2,"minWriterVersion":5}}`,
		"timestampNtz":       `{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors","timestampNtz"],"writerFeatures":["timestampNtz"]}}`,
		"v2Checkpoint":       `{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["v2Checkpoint"],"writerFeatures":["v2Checkpoint"]}}`,
		"reader version 9":   `{"protocol":{"minReaderVersion":9,"minWriterVersion":9}}`,
		"type timestamp_ntz": `{"metaData":{"id":"x","partitionColumns":[],` + strings.ReplaceAll(schema, "%s", "timestamp_ntz") + `}}`,
	} {
		t.Run(want, func(t *testing.T) {
			fsys, table := memTable(t, NewTable{Schema: people})
			writeLog(t, table, 1, `{"commitInfo":{"engineInfo":"Other/1","operation":"UPGRADE"}}`, line)
			var refused *ProtocolError
			if _, err := Open(ctx, fsys, table.Dir()); !errors.As(err, &refused) || refused.Version != 1 || !strings.Contains(err.Error(), want) {
				t.Errorf("open: %v", err)
			}
			if _, err := table.Refresh(ctx); !errors.As(err, &refused) {
				t.Errorf("refresh: %v", err)
			}
		})
	}
	// What only writers must know does not stop a reader.
	fsys, table := memTable(t, NewTable{Schema: people})
	writeLog(t, table, 1, `{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["domainMetadata","checkConstraints"]}}`)
	reader, err := Open(ctx, fsys, table.Dir())
	must(t, err)
	var refused *ProtocolError
	if _, err := reader.Commit(ctx, &Tx{Adds: []AddFile{{Path: "a", Rows: 1}}}); !errors.As(err, &refused) || refused.Feature != "checkConstraints" {
		t.Errorf("commit: %v", err)
	}
}

// Commits as Spark and delta-rs write them.
func TestForeignCommitsAreTold(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "a.parquet", Rows: 100}, {Path: "b.parquet", Rows: 100, Deleted: rowsOf(5)}}})
	must(t, err)
	b, _ := table.File("b.parquet")
	old := string(rawJSON(b.vector))
	writeLog(t, table, 2,
		`{"commitInfo":{"timestamp":1795386339728,"operation":"OPTIMIZE","operationParameters":{"predicate":"[]","auto":false},"readVersion":1,"isolationLevel":"SnapshotIsolation","isBlindAppend":false,"operationMetrics":{"numRemovedFiles":"2"},"engineInfo":"Apache-Spark/4.1.4 Delta-Lake/4.4.0","txnId":"x"}}`,
		`{"add":{"path":"part-00000-x.c000.snappy.parquet","partitionValues":{},"size":99,"modificationTime":1795386339000,"dataChange":false,"stats":"{\"numRecords\":199}","tags":{"ZCUBE":"x"}}}`,
		`{"remove":{"path":"a.parquet","deletionTimestamp":1795386339728,"dataChange":false,"extendedFileMetadata":true,"partitionValues":{},"size":0,"stats":"{}"}}`,
		`{"remove":{"path":"b.parquet","deletionTimestamp":1795386339728,"dataChange":false,"extendedFileMetadata":true,"partitionValues":{},"size":0,"deletionVector":`+old+`}}`)
	writeLog(t, table, 3,
		`{"commitInfo":{"timestamp":1795386339729,"operation":"DELETE","operationParameters":{"predicate":"x"},"clientVersion":"delta-rs.1.6.6","operationMetrics":{"num_deleted_rows":6}}}`,
		`{"remove":{"path":"part-00000-x.c000.snappy.parquet","deletionTimestamp":1795386339729,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{},"size":99}}`,
		`{"add":{"path":"part-00000-x.c000.snappy.parquet","partitionValues":{},"size":99,"modificationTime":1795386339000,"dataChange":true,"stats":"{\"numRecords\":199,\"tightBounds\":false}","deletionVector":{"storageType":"i","pathOrInlineDv":"wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L","sizeInBytes":40,"cardinality":6}}}`,
		`{"txn":{"appId":"x","version":1,"lastUpdated":1}}`)
	writeLog(t, table, 4,
		`{"commitInfo":{"timestamp":1795386339730,"operation":"SET TBLPROPERTIES","operationParameters":{},"isBlindAppend":true,"engineInfo":"Apache-Spark/4.1.4 Delta-Lake/4.4.0"}}`,
		`{"metaData":{"id":"`+table.ID()+`","format":{"provider":"parquet","options":{}},"schemaString":`+string(rawJSON(table.meta.SchemaString))+`,"partitionColumns":[],"configuration":{"delta.enableDeletionVectors":"true","x":"y"},"createdTime":1}}`)
	writeLog(t, table, 5, `{"commitInfo":{"operation":"VACUUM END","engineInfo":"Apache-Spark/4.1.4 Delta-Lake/4.4.0"}}`, `{"someday":{"new":1}}`)

	commits, err := table.Refresh(ctx)
	must(t, err)
	if len(commits) != 4 {
		t.Fatalf("%d commits", len(commits))
	}
	type facts struct {
		engine, operation    string
		data, metadata, ours bool
		adds, removes        int
	}
	for i, want := range []facts{
		{"Apache-Spark/4.1.4 Delta-Lake/4.4.0", "OPTIMIZE", false, false, false, 1, 2},
		{"delta-rs.1.6.6", "DELETE", true, false, false, 0, 0},
		{"Apache-Spark/4.1.4 Delta-Lake/4.4.0", "SET TBLPROPERTIES", false, true, false, 0, 0},
		{"Apache-Spark/4.1.4 Delta-Lake/4.4.0", "VACUUM END", false, false, false, 0, 0},
	} {
		c := commits[i]
		if got := (facts{c.Engine, c.Operation, c.DataChange, c.Metadata, c.Ours, len(c.Adds), len(c.Removes)}); got != want {
			t.Errorf("version %d: %+v, want %+v", c.Version, got, want)
		}
		if c.UUID == "" {
			t.Errorf("version %d has no identity", c.Version)
		}
	}
	if rows := commits[1].Deletes["part-00000-x.c000.snappy.parquet"]; rows == nil || rows.GetCardinality() != 6 {
		t.Errorf("deleted rows: %v", rows)
	}
	reopened, err := Open(ctx, fsys, table.Dir())
	must(t, err)
	for _, h := range []*Table{table, reopened} {
		files := h.Files()
		if len(files) != 1 || files[0].Rows != 199 || files[0].Dead != 6 || h.Configuration()["x"] != "y" {
			t.Errorf("files %+v, configuration %v", files, h.Configuration())
		}
	}
}

// A remove is of a file with one vector; one with another vector is not what the table has.
func TestRemoveOfAnotherVector(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people, Keyed: true})
	_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "a", Rows: 9, Deleted: rowsOf(1)}}})
	must(t, err)
	writeLog(t, table, 2, `{"remove":{"path":"a","deletionTimestamp":1,"dataChange":true}}`)
	writeLog(t, table, 3, `{"remove":{"path":"a","deletionTimestamp":1,"dataChange":true,"deletionVector":{"storageType":"i","pathOrInlineDv":"00000","sizeInBytes":4,"cardinality":1}}}`)
	_, err = table.Refresh(ctx)
	must(t, err)
	if f, ok := table.File("a"); !ok || f.Dead != 1 {
		t.Errorf("file %+v", f)
	}
}

// A blind append must not slip past a change of rows that the engine has to stop at, but may past an OPTIMIZE.
func TestBlindAppendAndForeignCommits(t *testing.T) {
	ctx := context.Background()
	for data, want := range map[string]error{"true": ErrConflict, "false": nil} {
		_, table := memTable(t, NewTable{Schema: people})
		writeLog(t, table, 1, `{"commitInfo":{"operation":"WRITE","engineInfo":"Other/1"}}`, `{"add":{"path":"x","partitionValues":{},"size":1,"modificationTime":1,"dataChange":`+data+`}}`)
		if _, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "y", Rows: 1}}}); !errors.Is(err, want) {
			t.Errorf("dataChange %s: %v", data, err)
		}
	}
}

func TestPathsAreURLEncodedInTheLog(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	const odd = "a b%20c/ü+=:#?.parquet"
	must(t, fsys.MkdirAll("/data/t/a b%20c"))
	_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: odd, Rows: 9}}})
	must(t, err)
	if text := logText(t, table, 1); !strings.Contains(text, `"path":"a%20b%2520c/%C3%BC+=:%23%3F.parquet"`) {
		t.Error(text)
	}
	for range 2 { // the second time the log's own spelling is repeated
		table, err = Open(ctx, fsys, table.Dir())
		must(t, err)
		_, err = table.Commit(ctx, &Tx{Deletes: deleteOf(odd, uint32(table.Version()))})
		must(t, err)
	}
	if f, ok := table.File(odd); !ok || f.Dead != 2 || len(table.Files()) != 1 {
		t.Errorf("files %+v", table.Files())
	}
}

func TestOwnerIsNamed(t *testing.T) {
	ctx := context.Background()
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		lock, err := Lock(ctx, fsys, dir, 0, "orders")
		must(t, err)
		_, err = Lock(ctx, fsys, dir, 60*time.Millisecond, "other")
		var owned *OwnedError
		if !errors.As(err, &owned) || owned.PID != os.Getpid() || owned.Pipeline != "orders" || owned.Since.IsZero() {
			t.Fatalf("second owner: %v", err)
		}
		if _, err := Open(ctx, fsys, dir); !errors.Is(err, ErrNotExist) {
			t.Errorf("a lock made a table: %v", err)
		}
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := Lock(canceled, fsys, dir, time.Minute, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
		freed := make(chan error)
		go func() { freed <- lock.Close() }()
		again, err := Lock(ctx, fsys, dir, time.Minute, "other")
		must(t, err)
		must(t, <-freed)
		must(t, again.Close())
	})
}

// The lock of a killed process is free at once.
func TestOwnerDies(t *testing.T) {
	if dir := os.Getenv("DELTA_TEST_LOCK"); dir != "" {
		if _, err := Lock(context.Background(), vfs.OS(), dir, 0, "doomed"); err != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString("locked\n")
		time.Sleep(time.Minute)
		return
	}
	ctx := context.Background()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestOwnerDies$")
	cmd.Env = append(os.Environ(), "DELTA_TEST_LOCK="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	_, err = out.Read(make([]byte, 16))
	must(t, err)
	_, err = Lock(ctx, vfs.OS(), dir, 0, "")
	var owned *OwnedError
	if !errors.As(err, &owned) || owned.PID != cmd.Process.Pid || !strings.Contains(err.Error(), "(pipeline doomed)") {
		t.Errorf("while it lives: %v", err)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	lock, err := Lock(ctx, vfs.OS(), dir, 0, "")
	must(t, err)
	must(t, lock.Close())
}
