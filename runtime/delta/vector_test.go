package delta

import (
	"bytes"
	"encoding/hex"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// The examples of Delta's protocol text.
func TestVectorsOfTheProtocolText(t *testing.T) {
	inline := &dvDescriptor{StorageType: "i", Path: "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L", Size: 40, Cardinality: 6}
	rows, err := newHandle(vfs.NewMem(), "/t").loadVector(inline)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]uint32{3, 4, 7, 11, 18, 29}, rows.ToArray()); diff != "" {
		t.Error(diff)
	}
	relative := &dvDescriptor{StorageType: "u", Path: "ab^-aqEH.-t@S}K{vb[*k^"}
	name, err := relative.vectorPath()
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.FromSlash("ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin"); name != want {
		t.Errorf("path %s, want %s", name, want)
	}
}

func TestZ85(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		got, err := z85Decode(z85Encode(b))
		if err != nil || !bytes.Equal(got[:len(b)], b) || len(got)-len(b) > 3 {
			t.Fatalf("%x gives %x, %v", b, got, err)
		}
	})
	for _, bad := range []string{"1", "1234", "123 5", "#####", "\xff\xff\xff\xff\xff"} {
		if _, err := z85Decode(bad); err == nil {
			t.Errorf("%q was decoded", bad)
		}
	}
	if got := z85Encode([]byte{0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B}); got != "HelloWorld" {
		t.Errorf("the RFC's example gives %q", got)
	}
}

func TestVectorsRoundTrip(t *testing.T) {
	m := vfs.NewMem()
	handle := newHandle(m, "/t")
	rapid.Check(t, func(rt *rapid.T) {
		var w vectorWriter
		var want []*roaring.Bitmap
		var at []*dvDescriptor
		for range rapid.IntRange(1, 5).Draw(rt, "vectors") {
			rows := roaring.BitmapOf(rapid.SliceOfN(rapid.Uint32Range(0, 1<<20), 1, 400).Draw(rt, "rows")...)
			if from := rapid.Uint64Range(0, 5000).Draw(rt, "run"); from > 0 {
				rows.AddRange(from, from*2)
			}
			d, err := w.add(handle, rows.Clone())
			if err != nil {
				rt.Fatal(err)
			}
			want, at = append(want, rows), append(at, d)
		}
		if err := w.flush(handle); err != nil {
			rt.Fatal(err)
		}
		for i, d := range at {
			got, err := handle.loadVector(d)
			if err != nil {
				rt.Fatal(err)
			}
			if !got.Equals(want[i]) {
				rt.Fatalf("vector %d (%s) is another", i, d.StorageType)
			}
		}
	})
}

func TestDamagedVectorsAreRefused(t *testing.T) {
	m := vfs.NewMem()
	handle := newHandle(m, "/t")
	rows := roaring.New()
	for i := range uint32(1000) {
		rows.Add(i * 3)
	}
	var w vectorWriter
	d, err := w.add(handle, rows)
	if err != nil {
		t.Fatal(err)
	}
	good := bytes.Clone(w.file)
	if err := w.flush(handle); err != nil {
		t.Fatal(err)
	}
	name, err := d.vectorPath()
	if err != nil {
		t.Fatal(err)
	}
	full := filepath.Join("/t", name)
	refused := func(what string) {
		t.Helper()
		_, err := handle.loadVector(d)
		var damaged *DamagedError
		if !errors.As(err, &damaged) || !strings.Contains(err.Error(), full) {
			t.Errorf("%s: %v", what, err)
		}
	}
	put := func(data []byte) {
		_ = m.Remove(full)
		if err := vfs.WriteFile(m, full, data); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{1, 6, 20, len(good) / 2, len(good) - 1} {
		bad := slices.Clone(good)
		bad[i] ^= 1
		put(bad)
		refused("a flipped bit at " + hex.EncodeToString([]byte{byte(i)}))
	}
	put(good[:len(good)-1])
	refused("cut off")
	put(nil)
	refused("empty")
	if err := m.Remove(full); err != nil {
		t.Fatal(err)
	}
	refused("missing")
	put(good)
	d.Cardinality++
	refused("another cardinality")
	d.StorageType = "x"
	if _, err := handle.loadVector(d); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("unknown storage: %v", err)
	}
}

func FuzzDecodeVector(f *testing.F) {
	for _, rows := range []*roaring.Bitmap{roaring.BitmapOf(1, 2, 70000), roaring.New()} {
		rows.AddRange(100, 9000)
		b, err := encodeVector(rows)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := decodeVector(b)
		if err == nil {
			rows.GetCardinality()
			if !rows.IsEmpty() {
				rows.Maximum()
			}
		}
	})
}
