package jsonr

import "strconv"

// walker follows the structure of a record up to an offset, to say where in it that is. It relies on what is before the
// offset having been read and found right.
type walker struct {
	at     int
	frames []frame
}

// frame is an object or array that is open.
type frame struct {
	array         bool
	index         int  // in an array
	wantKey       bool // in an object, before a member's name
	keyAt, keyEnd int  // of the member at hand, without quotes; keyEnd 0 between members
}

func (w *walker) reset(from int) { w.at, w.frames = from, w.frames[:0] }

// walk goes on to offset end.
func (w *walker) walk(b []byte, end int) {
	for end = min(end, len(b)); w.at < end; w.at++ {
		top := len(w.frames) - 1
		switch c := b[w.at]; c {
		case '{', '[':
			w.frames = append(w.frames, frame{array: c == '[', wantKey: c == '{'})
		case '}', ']':
			w.frames = w.frames[:max(top, 0)]
		case ',':
			if top >= 0 {
				w.frames[top].next()
			}
		case '"':
			after := w.at + stringEnd(b[w.at:])
			if after <= end && top >= 0 {
				w.frames[top].name(w.at+1, after-1)
			}
			w.at = after - 1
		}
	}
}

func (f *frame) next() {
	f.index++
	f.wantKey, f.keyEnd = !f.array, 0
}

func (f *frame) name(from, to int) {
	if f.wantKey {
		f.keyAt, f.keyEnd, f.wantKey = from, to, false
	}
}

// appendPath appends the way through frames, with names as the record spells them.
func appendPath(dst, b []byte, frames []frame) []byte {
	start := len(dst)
	for i := range frames {
		switch f := &frames[i]; {
		case f.array:
			dst = append(dst, '[')
			dst = strconv.AppendInt(dst, int64(f.index), 10)
			dst = append(dst, ']')
		case f.keyEnd > 0:
			if len(dst) > start {
				dst = append(dst, '.')
			}
			dst = append(dst, b[f.keyAt:f.keyEnd]...)
		}
	}
	return dst
}

// maxPath keeps a hostile record's names from becoming most of its error.
const maxPath = 2000

// pathAt is the path of the value at offset.
func pathAt(b []byte, offset int) string {
	var w walker
	w.walk(b, offset)
	return cut(appendPath(nil, b, w.frames), maxPath)
}

// memberPath is the path of a member that the object which ends at offset could have.
func memberPath(b []byte, offset int, name string) string {
	var w walker
	w.walk(b, offset)
	path := cut(appendPath(nil, b, w.frames[:max(len(w.frames)-1, 0)]), maxPath)
	if path != "" {
		path += "."
	}
	return path + name
}
