package flow

import "strconv"

// position is where a record is.
type position struct {
	file      string // "" of records of streams
	topic     string
	partition int32
	line      int64 // or offset
}

func (p position) String() string {
	if p.topic != "" {
		return "topic " + p.topic + ", partition " + strconv.Itoa(int(p.partition)) + ", offset " + strconv.FormatInt(p.line, 10)
	}
	if p.file == "" {
		return ""
	}
	return p.file + ":" + strconv.FormatInt(p.line, 10)
}

// place says where the record is.
func (m *Meta) place() position {
	if m.Topic != "" {
		return position{topic: m.Topic, partition: m.Partition, line: m.Offset}
	}
	return position{file: m.FilePath, line: m.Line}
}
