package value

import "testing"

func TestConstantBytesAreFree(t *testing.T) {
	var sink []byte
	if n := testing.AllocsPerRun(100, func() { sink = Bytes("\x00\xff") }); n != 0 || string(sink) != "\x00\xff" || cap(sink) != 2 {
		t.Errorf("%v allocations for %q", n, sink)
	}
	if sink = Bytes(""); len(sink) != 0 {
		t.Errorf("the empty text has bytes %q", sink)
	}
}
