package kafka

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seamflow/seamflow/runtime/stream"
)

// decoder takes answers apart, a record batch at a time, so that what is decompressed stays within bounds.
type decoder struct {
	s            *topic
	decompressor kgo.Decompressor
	slab         slab
	pools        []kgo.Pool
	piece        kmsg.FetchResponseTopicPartition
}

// slab is the memory that the library decodes a batch's records into: their bytes are taken out before the next batch.
type slab struct{ records []kgo.Record }

func (l *slab) GetRecords(n int) []kgo.Record {
	if cap(l.records) < n {
		l.records = make([]kgo.Record, n)
	}
	return l.records[:n]
}

func (l *slab) PutRecords([]kgo.Record) {}

func newDecoder(s *topic) *decoder {
	d := &decoder{s: s, decompressor: kgo.DefaultDecompressor()}
	d.pools = []kgo.Pool{&d.slab}
	return d
}

// chunkBytes is about how much is handed on at once.
const chunkBytes = 1 << 20

// Record batches (magic 2) begin with a header of this many bytes; older ones have their magic at the same place.
const (
	headerBytes = 61
	magicAt     = 16
)

// header is what a record batch says of itself.
type header struct {
	first, last int64
	epoch       int32
	magic       byte
	attributes  int16
	producer    int64
}

func (h header) transactional() bool { return h.attributes&0x10 != 0 }
func (h header) control() bool       { return h.attributes&0x20 != 0 }

// cut takes the first batch off b; ok is false where none is whole. Servers cut off the last one as they please.
func cut(b []byte) (batch, rest []byte, h header, ok bool) {
	if len(b) <= magicAt {
		return nil, nil, h, false
	}
	size := int64(int32(binary.BigEndian.Uint32(b[8:]))) + 12
	if size <= magicAt || size > int64(len(b)) {
		return nil, nil, h, false
	}
	batch, rest = b[:size], b[size:]
	h.first, h.magic = int64(binary.BigEndian.Uint64(batch)), batch[magicAt]
	h.last, h.epoch, h.producer = h.first, -1, -1
	if h.magic >= 2 {
		if size < headerBytes {
			return nil, nil, h, false
		}
		h.epoch = int32(binary.BigEndian.Uint32(batch[12:]))
		h.attributes = int16(binary.BigEndian.Uint16(batch[21:]))
		h.last = h.first + int64(int32(binary.BigEndian.Uint32(batch[23:])))
		h.producer = int64(binary.BigEndian.Uint64(batch[43:]))
	}
	return batch, rest, h, true
}

// aborted tells records of aborted transactions, in the order of offsets.
type aborted struct {
	ahead []kmsg.FetchResponseTopicPartitionAbortedTransaction // by first offset
	now   []int64                                              // producers
}

func abortedOf(got *kmsg.FetchResponseTopicPartition) aborted {
	a := aborted{ahead: got.AbortedTransactions}
	slices.SortFunc(a.ahead, func(x, y kmsg.FetchResponseTopicPartitionAbortedTransaction) int {
		return int(min(max(x.FirstOffset-y.FirstOffset, -1), 1))
	})
	return a
}

// reach takes in the transactions that begin up to an offset.
func (a *aborted) reach(offset int64) {
	for len(a.ahead) > 0 && a.ahead[0].FirstOffset <= offset {
		if id := a.ahead[0].ProducerID; !slices.Contains(a.now, id) {
			a.now = append(a.now, id)
		}
		a.ahead = a.ahead[1:]
	}
}

func (a *aborted) ended(producer int64) {
	a.now = slices.DeleteFunc(a.now, func(id int64) bool { return id == producer })
}

// decode hands on what has come of a partition.
func (d *decoder) decode(r *request, p *partition, got *kmsg.FetchResponseTopicPartition, end int64) error {
	gone := abortedOf(got)
	c := d.s.chunk(p, end)
	flush := func() bool {
		if c == nil || c.next == c.began {
			return true
		}
		open := d.s.handOn(r, c)
		c = nil
		return open
	}
	for b := got.RecordBatches; ; {
		batch, rest, h, ok := cut(b)
		if !ok {
			break
		}
		b = rest
		if c == nil {
			c = d.s.chunk(p, end)
		}
		if h.magic >= 2 && h.last < c.next {
			continue
		}
		gone.reach(h.last)
		err := d.batch(c, batch, h, &gone)
		if err != nil {
			if !flush() {
				return nil
			}
			return fmt.Errorf("partition %d: the record batch at offset %d cannot be read: %w", p.id, h.first, err)
		}
		if c.bytes >= chunkBytes && !flush() {
			return nil
		}
	}
	flush()
	return nil
}

// batch adds the records of one batch to c.
func (d *decoder) batch(c *chunk, batch []byte, h header, gone *aborted) error {
	switch {
	case h.control():
		aborts, err := d.aborts(batch, h)
		if err != nil {
			return err
		}
		if aborts {
			gone.ended(h.producer)
		}
	case h.transactional() && slices.Contains(gone.now, h.producer):
	default:
		next, err := d.records(c, batch, h, false)
		if err != nil {
			return err
		}
		h.last = next - 1
	}
	c.next, c.epoch = max(c.next, h.last+1), h.epoch
	return nil
}

// aborts reports whether a control batch ends an aborted transaction.
func (d *decoder) aborts(batch []byte, h header) (bool, error) {
	mark := chunk{next: h.first}
	if _, err := d.records(&mark, batch, h, true); err != nil {
		return false, err
	}
	return len(mark.records) > 0 && len(mark.records[0].Key) >= 4 && binary.BigEndian.Uint16(mark.records[0].Key[2:]) == 0, nil
}

// records decodes a batch into c and gives the offset behind it.
func (d *decoder) records(c *chunk, batch []byte, h header, control bool) (next int64, err error) {
	o := kgo.ProcessFetchPartitionOpts{KeepControlRecords: control, Offset: c.next, Topic: d.s.spec.Topic, Pools: d.pools}
	d.piece = kmsg.FetchResponseTopicPartition{RecordBatches: batch}
	got, next := kgo.ProcessFetchPartition(o, &d.piece, d.decompressor, nil)
	if got.Err != nil {
		return next, got.Err
	}
	if next <= h.last {
		return next, fmt.Errorf("it says that it reaches to offset %d, and its records end before %d", h.last, next)
	}
	c.records = slices.Grow(c.records, len(got.Records))
	for _, r := range got.Records {
		c.add(r)
	}
	return next, nil
}

// add takes a record over; its bytes stay where they are.
func (c *chunk) add(r *kgo.Record) {
	c.bytes += int64(len(r.Key) + len(r.Value) + recordBytes)
	record := stream.Record{Offset: r.Offset, Timestamp: r.Timestamp.UnixMicro(), Key: r.Key, Value: r.Value}
	if len(r.Headers) > 0 {
		from := len(c.headers)
		for _, h := range r.Headers {
			c.headers = append(c.headers, stream.Header{Name: h.Key, Value: h.Value})
			c.bytes += int64(len(h.Key) + len(h.Value))
		}
		record.Headers = c.headers[from:len(c.headers):len(c.headers)]
	}
	c.records = append(c.records, record)
}

// recordBytes is what a record takes beside its bytes.
const recordBytes = 96
