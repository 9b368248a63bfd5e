package flow

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/value"
)

// quarantined is a record that could not be a row, with all that it takes to try it again.
type quarantined struct {
	Flow, Source   string
	Reason, Column string // Column is "" where it is no single one
	Raw            []byte
	Header         string // CSV: the header line of its file
	File           string
	FileModTime    value.Timestamp
	Line           int64
	Offset         int64 // of its first byte in the unpacked file
	Message        message
	At             value.Timestamp
	Batch          int64
}

// message is what a stream says of a record beside its value.
type message struct {
	Topic     string // "" of records of files
	Partition int32
	Offset    int64
	Timestamp value.Timestamp
	Key       []byte // nil is NULL
	Headers   []stream.Header
	Null      bool // it has no value
}

// place says where the record is.
func (q *quarantined) place() position {
	if m := &q.Message; m.Topic != "" {
		return position{topic: m.Topic, partition: m.Partition, line: m.Offset}
	}
	return position{file: q.File, line: q.Line}
}

// Columns of a quarantine table, by index.
const (
	qFlow = iota
	qSource
	qReason
	qColumn
	qRaw
	qRawBytes
	qHeader
	qFile
	qFileModTime
	qLine
	qByteOffset
	qTopic
	qPartition
	qOffset
	qAt
	qBatch
	qMessageKey
	qMessageTime
	qMessageHeaders
)

var quarantineSchema = column.Schema{
	qFlow:        {Name: "flow", Type: column.Of(column.String), Comment: "the flow that could not take the record"},
	qSource:      {Name: "source", Type: column.Of(column.String), Comment: "where it came from, as the spec names it"},
	qReason:      {Name: "reason", Type: column.Of(column.String)},
	qColumn:      {Name: "column", Type: column.Of(column.String), Comment: "the column or field that the reason is about; NULL: the whole record"},
	qRaw:         {Name: "raw", Type: column.Of(column.String), Comment: "the record as it was read; NULL where it is not UTF-8"},
	qRawBytes:    {Name: "raw_bytes", Type: column.Of(column.Binary), Comment: "the record where it is not UTF-8"},
	qHeader:      {Name: "header", Type: column.Of(column.String), Comment: "CSV: the header line of its file"},
	qFile:        {Name: "file", Type: column.Of(column.String), Comment: "relative to the data folder"},
	qFileModTime: {Name: "file_modification_time", Type: column.Of(column.Timestamp)},
	qLine:        {Name: "line", Type: column.Of(column.Int64)},
	qByteOffset:  {Name: "byte_offset", Type: column.Of(column.Int64), Comment: "of its first byte, unpacked"},
	qTopic:       {Name: "topic", Type: column.Of(column.String)},
	qPartition:   {Name: "partition", Type: column.Of(column.Int32)},
	qOffset:      {Name: "offset", Type: column.Of(column.Int64)},
	qAt:          {Name: "quarantined_at", Type: column.Of(column.Timestamp)},
	qBatch:       {Name: "batch", Type: column.Of(column.Int64), Comment: "records that one commit of the table set aside share it"},
	// Tables of before have no more than these: they get what follows added, so that its order must stay.
	qMessageKey:     {Name: "message_key", Type: column.Of(column.Binary)},
	qMessageTime:    {Name: "message_timestamp", Type: column.Of(column.Timestamp)},
	qMessageHeaders: {Name: "message_headers", Type: column.Of(column.String), Comment: "a list in JSON, values in base64"},
}

// quarantineRows are the column buffers of a quarantine table.
type quarantineRows struct{ leaves *column.Leaves }

func newQuarantineRows() *quarantineRows {
	return &quarantineRows{leaves: column.NewLeaves(quarantineSchema)}
}

func (r *quarantineRows) Append(q *quarantined) {
	r.text(qFlow, q.Flow)
	r.text(qSource, q.Source)
	r.text(qReason, q.Reason)
	r.text(qColumn, q.Column)
	raw, rawBytes := r.leaves.Strings(qRaw), r.leaves.Strings(qRawBytes)
	switch {
	case q.Message.Null:
		raw.Null(0, 0)
		rawBytes.Null(0, 0)
	case utf8.Valid(q.Raw):
		raw.PutBytes(q.Raw, 0, 1)
		rawBytes.Null(0, 0)
	default:
		raw.Null(0, 0)
		rawBytes.PutBytes(q.Raw, 0, 1)
	}
	r.text(qHeader, q.Header)
	r.text(qFile, q.File)
	if r.text(qTopic, q.Message.Topic); q.Message.Topic == "" {
		r.leaves.Int64s(qFileModTime).Put(int64(q.FileModTime), 0, 1)
		r.leaves.Int64s(qLine).Put(q.Line, 0, 1)
		r.leaves.Int64s(qByteOffset).Put(q.Offset, 0, 1)
		r.leaves.Int32s(qPartition).Null(0, 0)
		r.leaves.Int64s(qOffset).Null(0, 0)
		r.leaves.Int64s(qMessageTime).Null(0, 0)
	} else {
		r.leaves.Int64s(qFileModTime).Null(0, 0)
		r.leaves.Int64s(qLine).Null(0, 0)
		r.leaves.Int64s(qByteOffset).Null(0, 0)
		r.leaves.Int32s(qPartition).Put(q.Message.Partition, 0, 1)
		r.leaves.Int64s(qOffset).Put(q.Message.Offset, 0, 1)
		r.leaves.Int64s(qMessageTime).Put(int64(q.Message.Timestamp), 0, 1)
	}
	if key := r.leaves.Strings(qMessageKey); q.Message.Key == nil {
		key.Null(0, 0)
	} else {
		key.PutBytes(q.Message.Key, 0, 1)
	}
	r.text(qMessageHeaders, headersText(q.Message.Headers))
	r.leaves.Int64s(qAt).Put(int64(q.At), 0, 1)
	r.leaves.Int64s(qBatch).Put(q.Batch, 0, 1)
}

// text puts s, or NULL for "".
func (r *quarantineRows) text(i int, s string) {
	if s == "" {
		r.leaves.Strings(i).Null(0, 0)
	} else {
		r.leaves.Strings(i).Put(s, 0, 1)
	}
}

// Read gives the row at the cursors; its texts alias the buffers.
func (r *quarantineRows) Read(q *quarantined) {
	*q = quarantined{
		Flow:   r.leaves.Strings(qFlow).Take(),
		Source: r.leaves.Strings(qSource).Take(),
		Reason: r.leaves.Strings(qReason).Take(),
		Column: r.leaves.Strings(qColumn).Take(),
	}
	raw, rawBytes := r.leaves.Strings(qRaw), r.leaves.Strings(qRawBytes)
	none := raw.Def() == 0 && rawBytes.Def() == 0
	if raw.Def() == 1 {
		q.Raw = []byte(raw.Take())
		rawBytes.Advance()
	} else {
		raw.Advance()
		q.Raw = []byte(rawBytes.Take())
	}
	q.Header = r.leaves.Strings(qHeader).Take()
	q.File = r.leaves.Strings(qFile).Take()
	q.FileModTime = value.Timestamp(r.leaves.Int64s(qFileModTime).Take())
	q.Line = r.leaves.Int64s(qLine).Take()
	q.Offset = r.leaves.Int64s(qByteOffset).Take()
	m := &q.Message
	m.Topic = r.leaves.Strings(qTopic).Take()
	m.Partition = r.leaves.Int32s(qPartition).Take()
	m.Offset = r.leaves.Int64s(qOffset).Take()
	if key := r.leaves.Strings(qMessageKey); key.Def() == 1 {
		m.Key = []byte(key.Take())
	} else {
		key.Advance()
	}
	m.Timestamp = value.Timestamp(r.leaves.Int64s(qMessageTime).Take())
	m.Headers = headersOf(r.leaves.Strings(qMessageHeaders).Take())
	m.Null = none && m.Topic != ""
	q.At = value.Timestamp(r.leaves.Int64s(qAt).Take())
	q.Batch = r.leaves.Int64s(qBatch).Take()
}

// storedHeader is a header of a message as a quarantine table has it.
type storedHeader struct {
	Name  string `json:"name"`
	Value []byte `json:"value"` // null is NULL
}

// headersText is "" for none.
func headersText(headers []stream.Header) string {
	if len(headers) == 0 {
		return ""
	}
	stored := make([]storedHeader, len(headers))
	for i, h := range headers {
		stored[i] = storedHeader(h)
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return ""
	}
	return string(text)
}

func headersOf(text string) []stream.Header {
	var stored []storedHeader
	if text == "" || json.Unmarshal([]byte(text), &stored) != nil {
		return nil
	}
	headers := make([]stream.Header, len(stored))
	for i, h := range stored {
		headers[i] = stream.Header(h)
	}
	return headers
}
