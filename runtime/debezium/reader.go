package debezium

import (
	"github.com/seamflow/seamflow/runtime/jsonr"
)

// Reader reads envelopes, one record after the other. It allocates nothing once its buffers have grown.
type Reader struct {
	// Event is what the last record said.
	Event Event
	// From and To are where in the record the row is, of a Whole or Key image.
	From, To int

	json          jsonr.Reader
	at, op        int // where the envelope is, and its op; op is -1 where there is none
	before, after span
}

// span is a part of the record; empty for what is null or not there.
type span struct{ from, to int }

// Read reads the record, with or without the {"schema": …, "payload": …} around it that Kafka Connect writes with
// schemas.enable. The error, a *jsonr.Error, says why it is no change event.
func (d *Reader) Read(record []byte) (Image, error) {
	r := &d.json
	r.Reset(record)
	d.begin()
	if r.Offset() == len(record) || r.Null() {
		return None, r.End()
	}
	wrapped, empty := false, false
	for r.Object(); r.Next(); {
		switch {
		case string(r.Key()) == "payload":
			wrapped = true
			d.begin() // what stands beside a payload is none of the envelope's
			if empty = r.Null(); !empty {
				d.envelope()
			}
		case wrapped:
			r.Skip()
		default:
			d.member()
		}
	}
	if err := r.End(); err != nil || empty {
		return None, err
	}
	return d.image(record)
}

// begin begins with the envelope that is next.
func (d *Reader) begin() {
	d.Event = Event{}
	d.From, d.To = 0, 0
	d.at, d.op = d.json.Offset(), -1
	d.before, d.after = span{}, span{}
}

func (d *Reader) envelope() {
	for d.json.Object(); d.json.Next(); {
		d.member()
	}
}

// member reads a member of the envelope. They come in any order, and the last of one name counts.
func (d *Reader) member() {
	r, e := &d.json, &d.Event
	switch string(r.Key()) {
	case "op":
		d.op = r.Offset()
		e.Op = r.String()
	case "before":
		d.before = d.row()
	case "after":
		d.after = d.row()
	case "source":
		d.source()
	case "ts_ms":
		e.TsMs = r.OptInt64()
	case "ts_us":
		e.TsUs = r.OptInt64()
	case "ts_ns":
		e.TsNs = r.OptInt64()
	default:
		r.Skip()
	}
}

func (d *Reader) row() span {
	if d.json.Null() {
		return span{}
	}
	from, to := d.json.Span()
	return span{from, to}
}

// image says what of a row the event has. What is a text in place of a row is a document of MongoDB.
func (d *Reader) image(record []byte) (Image, error) {
	image, at := Whole, d.after
	switch d.Event.Op {
	case Create, Update, Snapshot:
		if at == (span{}) {
			return d.refuse("the event, of op " + d.Event.Op + ", has no row: after is missing or null")
		}
	case Delete:
		if image, at = Key, d.before; at == (span{}) {
			return d.refuse("the delete does not say of which row: before is missing or null. The source's table needs a primary key, or REPLICA IDENTITY FULL (PostgreSQL)")
		}
	case Truncate:
		return Empty, nil
	case Message:
		return None, nil
	default:
		if d.op < 0 {
			return d.refuse("there is no op, which every change event has. Events that ExtractNewRecordState has flattened are read by format: json")
		}
		d.json.Mismatch(d.op, "the op of a change event: c, u, d, r, t or m")
		return None, d.json.Err()
	}
	if record[at.from] == '"' {
		d.json.Fail(at.from, "a row is an object of columns, and this is a text. Documents of the MongoDB connector cannot be read")
		return None, d.json.Err()
	}
	d.From, d.To = at.from, at.to
	return image, nil
}

// refuse reports what is wrong with the envelope as a whole.
func (d *Reader) refuse(reason string) (Image, error) {
	d.json.Fail(d.at, reason)
	return None, d.json.Err()
}
