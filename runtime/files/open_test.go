package files

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return b.String()
}

func zstded(text string) string {
	z, _ := zstd.NewWriter(nil)
	return string(z.EncodeAll([]byte(text), nil))
}

// listed gives the only file of dir as a look sees it.
func listed(t *testing.T, dir string) File {
	t.Helper()
	s := newSource(t, dir, Spec{Path: "*"})
	files, _, _, err := s.list.List(t.Context(), s.store, s.done)
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	return files[0]
}

func readAll(dir string, f File) (string, error) {
	rc, err := Open(dir, f)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(rc)
	return string(data), errors.Join(err, rc.Close())
}

func TestUnpacking(t *testing.T) {
	long := strings.Repeat("some text that compresses\n", 100_000)
	for name, c := range map[string]struct{ ending, content, want, wrong string }{
		"plain":             {".json", long, long, ""},
		"empty":             {".json", "", "", ""},
		"gzip":              {".json.gz", zipped(long), long, ""},
		"gzip_of_nothing":   {".gz", zipped(""), "", ""},
		"gzip_members":      {".gz", zipped("a\n") + zipped("") + zipped(long), "a\n" + long, ""},
		"gzip_cut":          {".gz", zipped(long)[:1000], "", "truncated"},
		"gzip_cut_at_sum":   {".gz", zipped(long)[:len(zipped(long))-1], "", "truncated"},
		"gzip_cut_header":   {".gz", zipped(long)[:5], "", "truncated"},
		"gzip_cut_2nd":      {".gz", zipped("a\n") + zipped(long)[:12], "", "truncated"},
		"gzip_cut_to_empty": {".gz", "", "", "truncated"},
		"gzip_it_is_not":    {".gz", "{\"id\": 1}, {\"id\": 2}\n", "", "not a sound gzip file"},
		"gzip_bad_sum":      {".gz", damaged(zipped("a\n"), -5), "", "not a sound gzip file"},
		"zstd":              {".zst", zstded(long), long, ""},
		"zstd_frames":       {".zst", zstded("a\n") + zstded(long), "a\n" + long, ""},
		"zstd_cut":          {".zst", zstded(long)[:20], "", "truncated"},
		"zstd_cut_to_empty": {".zst", "", "", "truncated"},
		"zstd_it_is_not":    {".zst", long, "", "not a sound zstd file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "a"+c.ending, c.content, yesterday)
			got, err := readAll(dir, listed(t, dir))
			if c.wrong == "" && (err != nil || got != c.want) {
				t.Errorf("got %d bytes and %v", len(got), err)
			}
			if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("got %v, want %q", err, c.wrong)
			}
		})
	}
}

// TestCompressedFileThatIsStillBeingWritten is no truncated file.
func TestCompressedFileThatIsStillBeingWritten(t *testing.T) {
	long := strings.Repeat("some text that compresses\n", 1_000_000)
	for ending, content := range map[string]string{".gz": zipped(long), ".zst": zstded(long)} {
		dir := t.TempDir()
		put(t, dir, "a"+ending, content[:len(content)/2], yesterday)
		rc, err := Open(dir, listed(t, dir))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, "a"+ending), []byte(content[:len(content)-1]), 0o644))
		if _, err := io.Copy(io.Discard, rc); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: got %v", ending, err)
		}
		must(t, rc.Close())
	}
}

func damaged(text string, at int) string {
	b := []byte(text)
	b[len(b)+at] ^= 0xff
	return string(b)
}

// TestChangedWhileItIsRead changes a file at each moment of its reading.
func TestChangedWhileItIsRead(t *testing.T) {
	long := strings.Repeat("some text\n", 1000)
	changes := map[string]struct {
		do func(dir string)
		ok bool // what was read is all there was
	}{
		"nothing":  {func(string) {}, true},
		"appended": {func(dir string) { put2(t, dir, "more", os.O_APPEND) }, false},
		"emptied":  {func(dir string) { put2(t, dir, "", os.O_TRUNC) }, false},
		"replaced": {func(dir string) { put(t, dir, "a", long, yesterday.Add(1)) }, false},
		"removed":  {func(dir string) { must(t, os.Remove(filepath.Join(dir, "a"))) }, true},
		"appended_and_removed": {func(dir string) {
			put2(t, dir, "more", os.O_APPEND)
			must(t, os.Remove(filepath.Join(dir, "a")))
		}, false},
	}
	for name, c := range changes {
		for moment, at := range []string{"opened", "read", "closed"} {
			dir := t.TempDir()
			put(t, dir, "a", long, yesterday)
			f := listed(t, dir)
			rc, err := Open(dir, f)
			must(t, err)
			if moment == 0 {
				c.do(dir)
			}
			_, err = io.ReadFull(rc, make([]byte, 100))
			if moment == 1 {
				c.do(dir)
			}
			if err == nil || moment == 0 {
				_, err = io.ReadAll(rc)
			}
			if moment == 2 {
				c.do(dir)
			}
			must(t, rc.Close())
			if err == nil {
				err = Unchanged(dir, f)
			}
			ok := c.ok || moment == 2 && name == "appended_and_removed" // that was written after the end was seen
			if ok && err != nil || !ok && !errors.Is(err, ErrChanged) {
				t.Errorf("%s when it was %s: got %v", name, at, err)
			}
		}
	}
}

func put2(t *testing.T, dir, text string, how int) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "a"), os.O_WRONLY|how, 0)
	must(t, err)
	_, err = f.WriteString(text)
	must(t, err)
	must(t, f.Close())
}

func TestOpenOfWhatIsNotTheFileListed(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", "x", yesterday)
	f := listed(t, dir)
	put(t, dir, "a", "y", yesterday.Add(1))
	if _, err := Open(dir, f); !errors.Is(err, ErrChanged) {
		t.Errorf("written to: %v", err)
	}
	must(t, os.Remove(filepath.Join(dir, "a")))
	if _, err := Open(dir, f); !errors.Is(err, ErrChanged) {
		t.Errorf("removed: %v", err)
	}
	if _, err := Stat(dir, "a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat of what was removed: %v", err)
	}
	if os.Getuid() == 0 {
		return
	}
	put(t, dir, "a", "x", yesterday)
	must(t, os.Chmod(filepath.Join(dir, "a"), 0))
	if _, err := Open(dir, listed(t, dir)); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), filepath.Join(dir, "a")) {
		t.Errorf("unreadable: %v", err)
	}
}
