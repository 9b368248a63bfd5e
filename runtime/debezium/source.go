package debezium

import "github.com/seamflow/seamflow/runtime/value"

// source reads the source block: what every connector writes, and what orders the events of each.
func (d *Reader) source() {
	r, s := &d.json, &d.Event.Source
	*s = Source{}
	if r.Null() {
		return
	}
	for r.Object(); r.Next(); {
		switch string(r.Key()) {
		case "ts_ms":
			s.TsMs = r.OptInt64()
		case "ts_us":
			s.TsUs = r.OptInt64()
		case "ts_ns":
			s.TsNs = r.OptInt64()
		case "lsn":
			s.Lsn = r.OptInt64()
		case "file":
			s.File = d.text()
		case "pos":
			s.Pos = r.OptInt64()
		case "row":
			s.Row = r.OptInt64()
		case "scn":
			s.Scn = d.text()
		case "commit_scn":
			s.CommitScn = d.text()
		case "ssn":
			s.Ssn = r.OptInt64()
		case "change_lsn":
			s.ChangeLsn = d.text()
		case "commit_lsn":
			s.CommitLsn = d.text()
		case "event_serial_no":
			s.EventSerialNo = r.OptInt64()
		case "sequence":
			s.Sequence = d.text()
		case "txId":
			s.TxID = d.text()
		case "snapshot":
			s.Snapshot = d.text()
		case "db":
			s.DB = d.text()
		case "schema":
			s.Schema = d.text()
		case "table":
			s.Table = d.text()
		default:
			r.Skip()
		}
	}
}

// text reads a text, or a number or truth value as the record writes it: versions of Debezium and its connectors differ
// in what txId and snapshot are.
func (d *Reader) text() value.Opt[string] {
	r := &d.json
	if r.Null() {
		return value.Opt[string]{}
	}
	return value.Some(r.Text())
}
