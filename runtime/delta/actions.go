package delta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

// action is one line of the log: exactly one field is set. What is not listed here (cdc, what future engines write)
// is read over, as Delta wants of actions that no listed feature explains.
type action struct {
	CommitInfo *commitInfo     `json:"commitInfo,omitempty"`
	Protocol   *protocolAction `json:"protocol,omitempty"`
	MetaData   *metaData       `json:"metaData,omitempty"`
	Txn        *txnAction      `json:"txn,omitempty"`
	Domain     *domainMetadata `json:"domainMetadata,omitempty"`
	Remove     *removeAction   `json:"remove,omitempty"`
	Add        *addAction      `json:"add,omitempty"`
}

type protocolAction struct {
	MinReader      int      `json:"minReaderVersion"`
	MinWriter      int      `json:"minWriterVersion"`
	ReaderFeatures []string `json:"readerFeatures,omitempty"`
	WriterFeatures []string `json:"writerFeatures,omitempty"`
}

type metaData struct {
	ID               string            `json:"id"`
	Name             string            `json:"name,omitempty"`
	Description      string            `json:"description,omitempty"`
	Format           fileFormat        `json:"format"`
	SchemaString     string            `json:"schemaString"`
	PartitionColumns []string          `json:"partitionColumns"`
	Configuration    map[string]string `json:"configuration"`
	CreatedTime      int64             `json:"createdTime,omitempty"`
}

type fileFormat struct {
	Provider string            `json:"provider"`
	Options  map[string]string `json:"options"`
}

type domainMetadata struct {
	Domain        string `json:"domain"`
	Configuration string `json:"configuration"`
	Removed       bool   `json:"removed"`
}

// txnAction is how far another engine's writer got. We write none; a checkpoint that left it out would have that writer
// repeat itself.
type txnAction struct {
	AppID       string `json:"appId"`
	Version     int64  `json:"version"`
	LastUpdated int64  `json:"lastUpdated,omitempty"`
}

type addAction struct {
	Path             string             `json:"path"`
	PartitionValues  map[string]*string `json:"partitionValues"`
	Size             int64              `json:"size"`
	ModificationTime int64              `json:"modificationTime"`
	DataChange       bool               `json:"dataChange"`
	Stats            string             `json:"stats,omitempty"`
	Tags             map[string]string  `json:"tags,omitempty"`
	DeletionVector   *dvDescriptor      `json:"deletionVector,omitempty"`

	dead *roaring.Bitmap // what DeletionVector describes, where it is at hand
}

type removeAction struct {
	Path              string             `json:"path"`
	DeletionTimestamp int64              `json:"deletionTimestamp,omitempty"`
	DataChange        bool               `json:"dataChange"`
	ExtendedMetadata  bool               `json:"extendedFileMetadata,omitempty"`
	PartitionValues   map[string]*string `json:"partitionValues,omitzero"`
	Size              int64              `json:"size,omitempty"`
	DeletionVector    *dvDescriptor      `json:"deletionVector,omitempty"`
}

// commitInfo is free-form in Delta; SeamflowCommit and SeamflowSum are our own keys.
type commitInfo struct {
	Timestamp           int64             `json:"timestamp"`
	Operation           string            `json:"operation"`
	OperationParameters map[string]string `json:"operationParameters"`
	IsBlindAppend       bool              `json:"isBlindAppend"`
	EngineInfo          string            `json:"engineInfo"`
	OperationMetrics    map[string]string `json:"operationMetrics"`
	SeamflowCommit      string            `json:"seamflowCommit,omitempty"`
	SeamflowSum         string            `json:"seamflowSum,omitempty"` // see seal; the last field
}

// UnmarshalJSON takes what it knows and can use: other engines write what they like here.
func (c *commitInfo) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	for key, into := range map[string]any{
		"timestamp": &c.Timestamp, "operation": &c.Operation, "engineInfo": &c.EngineInfo, "seamflowCommit": &c.SeamflowCommit,
	} {
		if raw, ok := fields[key]; ok {
			_ = json.Unmarshal(raw, into)
		}
	}
	if c.EngineInfo == "" { // delta-rs
		_ = json.Unmarshal(fields["clientVersion"], &c.EngineInfo)
	}
	return nil
}

// encodeActions gives the text of a log file, sealed where it is ours.
func encodeActions(actions []action) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, a := range actions {
		if i == 0 && a.CommitInfo != nil && a.CommitInfo.SeamflowCommit != "" {
			info := *a.CommitInfo
			info.SeamflowSum = unsealed
			a.CommitInfo = &info
		}
		if err := enc.Encode(&a); err != nil {
			return nil, err
		}
	}
	seal(b.Bytes())
	return b.Bytes(), nil
}

// decodeActions reads the text of the log file name.
func decodeActions(name string, data []byte) ([]action, error) {
	if sealBroken(data) {
		return nil, &DamagedError{File: name, Reason: "it was changed after it was written (its checksum does not fit)"}
	}
	var actions []action
	line := 0
	for text := range bytes.SplitSeq(data, []byte("\n")) {
		line++
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		var a action
		if err := json.Unmarshal(text, &a); err != nil {
			return nil, &DamagedError{File: name, Line: line, Reason: "not an action of a Delta log (" + err.Error() + ")", Err: err}
		}
		if err := a.check(); err != nil {
			return nil, &DamagedError{File: name, Line: line, Reason: err.Error(), Err: err}
		}
		actions = append(actions, a)
	}
	if len(actions) == 0 {
		return nil, &DamagedError{File: name, Reason: "the log file is empty"}
	}
	return actions, nil
}

func (a *action) check() error {
	switch {
	case a.Add != nil && a.Add.Path == "", a.Remove != nil && a.Remove.Path == "":
		return errors.New("a file action without a path")
	case a.Domain != nil && a.Domain.Domain == "":
		return errors.New("a domainMetadata action without a domain")
	case a.Txn != nil && a.Txn.AppID == "":
		return errors.New("a txn action without an application")
	case a.MetaData != nil && a.MetaData.ID == "":
		return errors.New("a metaData action without a table id")
	}
	return nil
}

// decodePath gives the path of a file within the table from the log's spelling of it.
func decodePath(raw string) (string, error) {
	p, err := url.PathUnescape(raw)
	if err != nil {
		return "", fmt.Errorf("path %q is not URL-encoded as Delta wants", raw)
	}
	if strings.HasPrefix(p, "/") || strings.Contains(p, "://") || strings.HasPrefix(p, "file:/") {
		return "", fmt.Errorf("file %q lies outside of the table's folder (a shallow clone?), which is not supported", p)
	}
	clean := path.Clean(p)
	if clean == ".." || strings.HasPrefix(clean, "../") || clean == "." {
		return "", fmt.Errorf("path %q leads out of the table's folder", p)
	}
	return p, nil
}

// encodePath spells a path as the log wants it.
func encodePath(p string) string {
	parts := strings.Split(p, "/")
	for i, s := range parts {
		parts[i] = url.PathEscape(s)
	}
	return strings.Join(parts, "/")
}

func millis(t time.Time) int64 { return t.UnixMilli() }
