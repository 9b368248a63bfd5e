package delta

import (
	"fmt"
	"maps"
	"slices"
)

// What this store reads and writes. appendOnly and invariants are kept to: the first by checkWrite, the second because a
// table with invariants in its schema is refused.
var (
	readable = []string{"deletionVectors"}
	writable = []string{"deletionVectors", "domainMetadata", "appendOnly", "invariants"}
)

// legacyFeatures are the features that writer versions below 7 stand for.
var legacyFeatures = map[int][]string{
	1: {},
	2: {"appendOnly", "invariants"},
	3: {"appendOnly", "invariants", "checkConstraints"},
	4: {"appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns"},
	5: {"appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "columnMapping"},
	6: {"appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "columnMapping", "identityColumns"},
}

func newProtocol(keyed bool) *protocolAction {
	if keyed {
		return &protocolAction{MinReader: 3, MinWriter: 7,
			ReaderFeatures: []string{"deletionVectors"}, WriterFeatures: []string{"deletionVectors", "domainMetadata"}}
	}
	return &protocolAction{MinReader: 1, MinWriter: 7, WriterFeatures: []string{"domainMetadata"}}
}

// protocolWithVectors is the table's protocol with deletion vectors added: a feature once listed stays.
func (t *Table) protocolWithVectors() *protocolAction {
	p := newProtocol(true)
	for _, f := range t.protocol.WriterFeatures {
		if !p.has(f) {
			p.WriterFeatures = append(p.WriterFeatures, f)
		}
	}
	return p
}

// unreadable names what a reader would need and we do not have, "" for nothing.
func (p *protocolAction) unreadable() string {
	switch {
	case p.MinReader == 1:
		return ""
	case p.MinReader == 2:
		return "columnMapping"
	case p.MinReader != 3:
		return fmt.Sprintf("reader version %d", p.MinReader)
	}
	return firstUnknown(p.ReaderFeatures, readable)
}

// unwritable names what a writer would need and we do not have.
func (p *protocolAction) unwritable() string {
	if p.MinWriter == 7 {
		return firstUnknown(p.WriterFeatures, writable)
	}
	features, ok := legacyFeatures[p.MinWriter]
	if !ok {
		return fmt.Sprintf("writer version %d", p.MinWriter)
	}
	return firstUnknown(features, writable)
}

func firstUnknown(has, known []string) string {
	for _, f := range has {
		if !slices.Contains(known, f) {
			return f
		}
	}
	return ""
}

func (p *protocolAction) has(feature string) bool {
	return p.MinWriter == 7 && slices.Contains(p.WriterFeatures, feature)
}

// unreadableMetadata is the same question for what stands in the table's metadata.
func (m *metaData) unreadable() string {
	if m.Format.Provider != "parquet" && m.Format.Provider != "" {
		return "the file format " + m.Format.Provider
	}
	if mode := m.Configuration["delta.columnMapping.mode"]; mode != "" && mode != "none" {
		return "columnMapping"
	}
	return ""
}

// newMetaData makes the metadata of a new table.
func newMetaData(n *NewTable, id string, created int64) (*metaData, error) {
	schema, err := encodeSchema(n.Schema)
	if err != nil {
		return nil, err
	}
	if err := checkPartition(n.Schema, n.PartitionBy); err != nil {
		return nil, err
	}
	conf := map[string]string{}
	maps.Copy(conf, n.Configuration)
	switch {
	case n.Keyed && n.Rewrite:
		conf[rewriteProperty] = propertyRewrite
	case n.Keyed:
		conf[vectorsProperty] = "true"
	}
	if conf["delta.appendOnly"] == "true" {
		return nil, fmt.Errorf("configuration delta.appendOnly needs a protocol feature that new tables do not list")
	}
	return &metaData{ID: id, Name: n.Name, Description: n.Comment, Format: fileFormat{Provider: "parquet", Options: map[string]string{}},
		SchemaString: schema, PartitionColumns: append([]string{}, n.PartitionBy...), Configuration: conf, CreatedTime: created}, nil
}
