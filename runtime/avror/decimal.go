package avror

import (
	"github.com/seamflow/seamflow/runtime/value"
)

// Decimal reads a DECIMAL(precision, scale), into which the writer's number, of whatever scale, must fit exactly.
func (r *Reader) Decimal(precision, scale int) value.Decimal {
	n, start := r.here(), r.pos
	var d value.Decimal
	switch n.wire {
	case wireInt, wireLong:
		v := r.varint()
		d = value.NewDecimal(v>>63, uint64(v), 0)
	case wireString:
		text, start, ok := r.quoted(n, "a decimal number")
		if !ok {
			return d
		}
		return r.decimal(text, start, precision, scale)
	default:
		b, ok := r.raw(n)
		if !ok {
			r.refuse(n, "a decimal number")
			return d
		}
		if d, ok = twosComplement(b, n.scale); !ok {
			r.pos = start
			r.fail("the number has more than 38 digits")
			return d
		}
	}
	if r.err != nil {
		return value.Decimal{}
	}
	if hi, lo := d.Unscaled(); int(d.Scale()) == scale && hi == int64(lo)>>63 && precision <= 18 {
		if most := pow10[precision]; int64(lo) < most && int64(lo) > -most {
			return d
		}
	}
	r.text = d.AppendText(r.text[:0])
	return r.decimal(r.text, start, precision, scale)
}

func (r *Reader) decimal(text []byte, start, precision, scale int) value.Decimal {
	d, err := value.ParseDecimal(text, precision, scale)
	if err != nil {
		if e := err.(*value.DecimalError); e.Problem != value.NotNumber {
			r.pos = start
			r.fail(e.Error() + ", too few for " + string(text[:min(len(text), maxExcerpt)]))
		} else {
			r.mismatch(start, "a decimal number", string(text))
		}
	}
	return d
}

// pow10 are the powers of ten that bound what 64 bits hold.
var pow10 = [19]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// twosComplement reads a big-endian number with a sign; not ok for one that leaves 128 bits, or a scale that no number
// of 38 digits has a use for.
func twosComplement(b []byte, scale int) (d value.Decimal, ok bool) {
	var hi, lo uint64
	sign := byte(0)
	if len(b) > 0 && b[0] >= 0x80 {
		sign, hi, lo = 0xff, ^uint64(0), ^uint64(0)
	}
	for ; len(b) > 16; b = b[1:] {
		if b[0] != sign || b[1]^sign >= 0x80 {
			return d, false
		}
	}
	for _, c := range b {
		hi = hi<<8 | lo>>56
		lo = lo<<8 | uint64(c)
	}
	if scale > 255 {
		return d, false
	}
	return value.NewDecimal(int64(hi), lo, uint8(scale)), true
}
