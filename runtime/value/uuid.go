package value

// UUID is a universally unique identifier; its bytes order as its text does.
type UUID [16]byte

const hexDigits = "0123456789abcdef"

// unhex maps a hexadecimal digit to its value, anything else to 0xFF.
var unhex = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xFF
	}
	for i := range 10 {
		t['0'+i] = byte(i)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = byte(10+i), byte(10+i)
	}
	return t
}()

// ParseUUID reads the form 123e4567-e89b-12d3-a456-426614174000, in either case.
func ParseUUID(s []byte) (id UUID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return UUID{}, false
	}
	at, bad := 0, byte(0)
	for i := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			at++
		}
		hi, lo := unhex[s[at]], unhex[s[at+1]]
		bad |= (hi | lo) & 0xF0
		id[i] = hi<<4 | lo
		at += 2
	}
	if bad != 0 {
		return UUID{}, false
	}
	return id, true
}

// AppendText appends the form that ParseUUID reads, in lower case.
func (id UUID) AppendText(dst []byte) []byte {
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return dst
}

func (id UUID) String() string {
	var buf [36]byte
	return string(id.AppendText(buf[:0]))
}
