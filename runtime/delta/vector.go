package delta

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// dvDescriptor says where a deletion vector is: 'i' in the text itself, 'u' in a file named by a UUID within the table,
// 'p' in a file named by its absolute path.
type dvDescriptor struct {
	StorageType string `json:"storageType" parquet:"storageType,optional"`
	Path        string `json:"pathOrInlineDv" parquet:"pathOrInlineDv,optional"`
	Offset      *int32 `json:"offset,omitempty" parquet:"offset,optional"`
	Size        int32  `json:"sizeInBytes" parquet:"sizeInBytes,optional"`
	Cardinality int64  `json:"cardinality" parquet:"cardinality,optional"`
}

const (
	dvMagic       = 1681511377 // of the portable 64-bit roaring format
	dvMagicNative = 1681511376 // of Delta's own framing, which some writers use inline
	dvFolder      = "_seamflow"
	dvFileVersion = 1
)

// id is what Delta identifies a vector by, beside the path of its data file.
func (d *dvDescriptor) id() string {
	if d == nil {
		return ""
	}
	if d.Offset != nil {
		return d.StorageType + d.Path + "@" + strconv.Itoa(int(*d.Offset))
	}
	return d.StorageType + d.Path
}

// encodeVector gives the bytes of a bitmap: magic, then the portable 64-bit roaring format with the one high word 0.
func encodeVector(rows *roaring.Bitmap) ([]byte, error) {
	rows.RunOptimize()
	body, err := rows.ToBytes()
	if err != nil {
		return nil, err
	}
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, 16+len(body)), dvMagic)
	b = binary.LittleEndian.AppendUint64(b, 1)
	b = binary.LittleEndian.AppendUint32(b, 0)
	return append(b, body...), nil
}

// decodeVector reads what encodeVector or another engine wrote: the portable format, or Delta's older native one, whose
// frame is big-endian: magic, number of bitmaps, then size and bitmap of each.
func decodeVector(b []byte) (*roaring.Bitmap, error) {
	const tooLong = "a deletion vector over more than 4,294,967,295 rows"
	if len(b) >= 12 && binary.BigEndian.Uint32(b) == dvMagicNative {
		if n := binary.BigEndian.Uint32(b[4:]); n != 1 {
			return nil, errors.New(tooLong)
		}
		return decodeBitmap(b[12:])
	}
	if len(b) < 12 || binary.LittleEndian.Uint32(b) != dvMagic {
		return nil, errors.New("no deletion vector (its first bytes are wrong)")
	}
	n := binary.LittleEndian.Uint64(b[4:])
	if n == 0 {
		return roaring.New(), nil
	}
	if n > 1 || len(b) < 16 || binary.LittleEndian.Uint32(b[12:]) != 0 {
		return nil, errors.New(tooLong)
	}
	return decodeBitmap(b[16:])
}

func decodeBitmap(b []byte) (rows *roaring.Bitmap, err error) {
	defer func() { // the library trusts sizes inside the bytes
		if r := recover(); r != nil {
			rows, err = nil, fmt.Errorf("damaged deletion vector: %v", r)
		}
	}()
	rows = roaring.New()
	if _, err := rows.FromBuffer(append([]byte(nil), b...)); err != nil {
		return nil, fmt.Errorf("damaged deletion vector: %w", err)
	}
	if err := rows.Validate(); err != nil {
		return nil, fmt.Errorf("damaged deletion vector: %w", err)
	}
	return rows, nil
}

// vectorPath gives the file of a 'u' vector: a prefix folder, then 20 characters of UUID.
func (d *dvDescriptor) vectorPath() (string, error) {
	if len(d.Path) < 20 {
		return "", fmt.Errorf("deletion vector %q is too short for a UUID", d.Path)
	}
	prefix, text := d.Path[:len(d.Path)-20], d.Path[len(d.Path)-20:]
	id, err := z85Decode(text)
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.FromSlash(prefix), "deletion_vector_"+formatUUID([16]byte(id))+".bin"), nil
}

// loadVector reads the vector that d describes.
func (t *Table) loadVector(d *dvDescriptor) (*roaring.Bitmap, error) {
	var body []byte
	where := "inline deletion vector"
	var err error
	switch d.StorageType {
	case "i":
		body, err = z85Decode(d.Path)
		if err == nil && int(d.Size) > len(body) {
			err = errors.New("it is shorter than its size says")
		}
		if err == nil {
			body = body[:d.Size]
		}
	case "u":
		var name string
		if name, err = d.vectorPath(); err == nil {
			where = filepath.Join(t.dir, name)
			body, err = t.readVectorFile(where, d)
		}
	case "p":
		where = d.Path
		if u, perr := url.Parse(d.Path); perr == nil && u.Scheme == "file" {
			where = u.Path
		} else if perr != nil || u.Scheme != "" {
			return nil, fmt.Errorf("deletion vector %s lies on another store, which is not supported", d.Path)
		}
		body, err = t.readVectorFile(where, d)
	default:
		return nil, fmt.Errorf("deletion vector of storage type %q is not known", d.StorageType)
	}
	var rows *roaring.Bitmap
	if err == nil {
		rows, err = decodeVector(body)
	}
	if err == nil && rows.GetCardinality() != uint64(d.Cardinality) {
		err = fmt.Errorf("it holds %d rows where the log says %d", rows.GetCardinality(), d.Cardinality)
	}
	if err != nil {
		return nil, damaged(where, "deletion vector cannot be read", err)
	}
	return rows, nil
}

func (t *Table) readVectorFile(name string, d *dvDescriptor) ([]byte, error) {
	f, err := t.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	at := int64(1) // after the version byte
	if d.Offset != nil {
		at = int64(*d.Offset)
	}
	if size, err := f.Size(); err != nil {
		return nil, err
	} else if d.Size < 0 || at < 0 || at+8+int64(d.Size) > size {
		return nil, io.ErrUnexpectedEOF
	}
	buf := make([]byte, 8+int(d.Size))
	if _, err := f.ReadAt(buf, at); err != nil && err != io.EOF {
		return nil, err
	}
	if got := binary.BigEndian.Uint32(buf); got != uint32(d.Size) {
		return nil, fmt.Errorf("at byte %d it has a size of %d where the log says %d", at, got, d.Size)
	}
	body := buf[4 : 4+d.Size]
	if crc32.ChecksumIEEE(body) != binary.BigEndian.Uint32(buf[4+d.Size:]) {
		return nil, fmt.Errorf("at byte %d its checksum does not fit", at)
	}
	return body, nil
}

// vectorWriter collects the vectors of one commit in a file. None goes into the log itself, small as it may be: Spark's
// VACUUM (Delta 4.4) fails on a table that has an inline one.
type vectorWriter struct {
	id   [16]byte
	file []byte
}

// add gives the descriptor of rows.
func (w *vectorWriter) add(t *Table, rows *roaring.Bitmap) (*dvDescriptor, error) {
	body, err := encodeVector(rows)
	if err != nil {
		return nil, err
	}
	d := &dvDescriptor{Size: int32(len(body)), Cardinality: int64(rows.GetCardinality())}
	if w.file == nil {
		w.id = t.newUUID()
		w.file = []byte{dvFileVersion}
	}
	at := int32(len(w.file))
	d.StorageType, d.Path, d.Offset = "u", dvFolder+z85Encode(w.id[:]), &at
	w.file = binary.BigEndian.AppendUint32(w.file, uint32(len(body)))
	w.file = append(w.file, body...)
	w.file = binary.BigEndian.AppendUint32(w.file, crc32.ChecksumIEEE(body))
	return d, nil
}

// flush writes the file, if there is one to write.
func (w *vectorWriter) flush(t *Table) error {
	if w.file == nil {
		return nil
	}
	dir := filepath.Join(t.dir, dvFolder)
	if err := t.makeDir(dir); err != nil {
		return err
	}
	t.dirty[dir] = true
	return vfs.WriteFile(t.fsys, filepath.Join(dir, "deletion_vector_"+formatUUID(w.id)+".bin"), w.file)
}

const z85Alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

// z85Encode encodes b, filled up with zeros to a multiple of four bytes.
func z85Encode(b []byte) string {
	var s strings.Builder
	for len(b) > 0 {
		var word [4]byte
		n := copy(word[:], b)
		b = b[n:]
		v := binary.BigEndian.Uint32(word[:])
		var out [5]byte
		for i := 4; i >= 0; i-- {
			out[i] = z85Alphabet[v%85]
			v /= 85
		}
		s.Write(out[:])
	}
	return s.String()
}

func z85Decode(s string) ([]byte, error) {
	if len(s)%5 != 0 {
		return nil, errors.New("Z85 text of a length that is no multiple of five")
	}
	out := make([]byte, 0, len(s)/5*4)
	for i := 0; i < len(s); i += 5 {
		var v uint64
		for j := range 5 {
			digit := strings.IndexByte(z85Alphabet, s[i+j])
			if digit < 0 {
				return nil, fmt.Errorf("%q is no Z85 character", s[i+j])
			}
			v = v*85 + uint64(digit)
		}
		if v > 1<<32-1 {
			return nil, errors.New("Z85 text beyond 32 bits")
		}
		out = binary.BigEndian.AppendUint32(out, uint32(v))
	}
	return out, nil
}
