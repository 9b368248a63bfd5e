package observe

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// EventLog is a Sink that appends what a run says to a file of JSON lines, by the field names of Delta Live Tables' event
// log. It is no part of what makes tables right: where it cannot be written, that is said once and the run goes on.
type EventLog struct {
	origin Origin
	warn   func(message string)

	mu       sync.Mutex
	file     *appender
	held     [][]byte // lines, until the file may be made
	may      bool
	sequence int64
	failed   bool            // the last line, and it was said
	flows    map[string]bool // by name: it has committed
}

// EventDocument is a line of the event log.
type EventDocument struct {
	ID            string         `json:"id"`
	Sequence      EventSequence  `json:"sequence"`
	Origin        Origin         `json:"origin"`
	Timestamp     string         `json:"timestamp"` // UTC, milliseconds
	Message       string         `json:"message"`
	Level         string         `json:"level"` // INFO, WARN, ERROR, METRICS
	MaturityLevel string         `json:"maturity_level"`
	Error         *EventError    `json:"error,omitempty"`
	Details       map[string]any `json:"details"` // one member, which is named as EventType says
	EventType     string         `json:"event_type"`
}

// EventSequence orders the events of one process.
type EventSequence struct {
	DataPlaneID struct {
		Instance string `json:"instance"` // of the run
		SeqNo    int64  `json:"seq_no"`
	} `json:"data_plane_id"`
}

// Origin says what an event is about.
type Origin struct {
	PipelineID   string `json:"pipeline_id"`
	PipelineName string `json:"pipeline_name"`
	UpdateID     string `json:"update_id"` // of the run
	FlowID       string `json:"flow_id,omitempty"`
	FlowName     string `json:"flow_name,omitempty"`
	DatasetName  string `json:"dataset_name,omitempty"`
	TableName    string `json:"table_name,omitempty"`
	Host         string `json:"host,omitempty"`
}

// EventError is why something failed.
type EventError struct {
	Fatal      bool             `json:"fatal"`
	Exceptions []EventException `json:"exceptions"`
}

// EventException is one error.
type EventException struct {
	Message string `json:"message"`
}

// FlowProgress is the detail of what a flow has done.
type FlowProgress struct {
	Status      string       `json:"status"`
	Metrics     *FlowMetrics `json:"metrics,omitempty"`
	DataQuality *DataQuality `json:"data_quality,omitempty"`
}

// FlowMetrics are those of a commit. What comes after backlog_files is not DLT's. As with DLT, output rows are counted of flows
// that append, upserted and deleted ones of apply_changes, so that a sum over both counts nothing twice; the others are null.
type FlowMetrics struct {
	Output         *int64 `json:"num_output_rows"`
	Upserted       *int64 `json:"num_upserted_rows"`
	Deleted        *int64 `json:"num_deleted_rows"`
	BacklogBytes   int64  `json:"backlog_bytes"`
	BacklogRecords int64  `json:"backlog_records"`
	BacklogFiles   int64  `json:"backlog_files"`

	Read         int64   `json:"num_read_rows"`
	Quarantined  int64   `json:"num_quarantined_rows"`
	TableVersion int64   `json:"table_version"`
	Duration     float64 `json:"commit_duration_ms"`
	// Freshness is nil where no record's arrival is known.
	FreshnessP50 *float64 `json:"freshness_p50_ms,omitempty"`
	FreshnessP99 *float64 `json:"freshness_p99_ms,omitempty"`
	FreshnessMax *float64 `json:"freshness_max_ms,omitempty"`
}

// DataQuality says what became of records that did not meet expectations.
type DataQuality struct {
	Dropped      int64                `json:"dropped_records"`
	Expectations []ExpectationOutcome `json:"expectations,omitempty"`
}

// ExpectationOutcome is that of one expectation in one commit.
type ExpectationOutcome struct {
	Name    string `json:"name"`
	Dataset string `json:"dataset"`
	Passed  int64  `json:"passed_records"`
	Failed  int64  `json:"failed_records"`
}

// States of flows and of a run, as DLT names them.
const (
	StatusStarting  = "STARTING"
	StatusRunning   = "RUNNING"
	StatusCompleted = "COMPLETED"
	StatusStopped   = "STOPPED"
	StatusFailed    = "FAILED"
	StatusCanceled  = "CANCELED"
)

// Named is a flow or a table that an EventLog tells of.
type Named struct{ Table, Flow string }

// NewEventLog appends to the file, whose folder is DIR/events. Where DIR is not there, it is made by the first commit: a run
// in a wrong folder, which reads nothing, leaves nothing. warn is told where that begins not to work.
func NewEventLog(file, pipeline string, warn func(message string)) *EventLog {
	host, _ := os.Hostname() // left out where it has none
	return &EventLog{
		origin: Origin{PipelineID: pipeline, PipelineName: pipeline, UpdateID: newID(), Host: host},
		warn:   warn, file: newAppender(file, rotateAt, rotateKeeps), flows: map[string]bool{},
	}
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it does not fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// Close closes the file.
func (l *EventLog) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.file.close()
}

// Begin tells that a run begins, with the flows that it is of.
func (l *EventLog) Begin(version, graph string, flows []Named) {
	l.write(Named{}, "INFO", "create_update", "A run of pipeline "+l.origin.PipelineName+" begins.", nil, map[string]any{"cause": "USER_ACTION", "seamflow_version": version})
	l.write(Named{}, "INFO", "graph", "The pipeline's graph.", nil, map[string]any{"text": graph})
	told := map[string]bool{}
	for _, f := range flows {
		if !told[f.Table] {
			told[f.Table] = true
			l.write(Named{Table: f.Table}, "INFO", "dataset_definition", "Table "+f.Table+" is defined.", nil, map[string]any{"dataset_type": "TABLE"})
		}
		l.write(f, "INFO", "flow_definition", "Flow "+f.Flow+" is defined.", nil, map[string]any{"output_dataset": f.Table})
		l.flow(f, StatusStarting, nil)
	}
	l.write(Named{}, "INFO", "update_progress", "The run is RUNNING.", nil, map[string]any{"state": StatusRunning})
}

// End tells how a run has ended, and each flow of it; err is nil where it is well.
func (l *EventLog) End(state string, flows map[Named]string, err error) {
	for _, f := range slices.SortedFunc(maps.Keys(flows), func(a, b Named) int { return strings.Compare(a.Flow, b.Flow) }) {
		l.flow(f, flows[f], err)
	}
	level := "INFO"
	if err != nil {
		level = "ERROR"
	}
	if err == nil {
		l.make()
	}
	l.write(Named{}, level, "update_progress", "The run is "+state+".", err, map[string]any{"state": state})
}

// make lets the file be made.
func (l *EventLog) make() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.may = true
}

func (l *EventLog) flow(f Named, status string, err error) {
	level := "INFO"
	if status != StatusFailed {
		err = nil
	} else {
		level = "ERROR"
	}
	l.write(f, level, "flow_progress", "Flow "+f.Flow+" is "+status+".", err, FlowProgress{Status: status})
}

// UserAction tells what a person has done: a reset, an adoption.
func (l *EventLog) UserAction(about Named, action, message string) {
	details := map[string]any{"action": action}
	if u, err := user.Current(); err == nil {
		details["user_name"] = u.Username
	}
	l.write(about, "INFO", "user_action", message, nil, details)
}

func (l *EventLog) Progress(Progress) {}

func (l *EventLog) Commit(c Commit) {
	l.make()
	about := Named{c.Table, c.Flow}
	if l.first(c.Flow) {
		l.flow(about, StatusRunning, nil)
	}
	n := c.Counts
	m := &FlowMetrics{
		BacklogBytes: c.Backlog.Bytes, BacklogRecords: c.Backlog.Records, BacklogFiles: c.Backlog.Files,
		Read: n.Read, Quarantined: n.Quarantined, TableVersion: c.Version, Duration: milliseconds(c.Took),
	}
	if deleted := n.Deleted + n.Removed; c.Changes {
		m.Upserted, m.Deleted = &n.Upserted, &deleted
	} else {
		m.Output = &n.Appended
	}
	if c.Fresh.Records > 0 {
		p50, p99, most := milliseconds(c.Fresh.P50), milliseconds(c.Fresh.P99), milliseconds(c.Fresh.Max)
		m.FreshnessP50, m.FreshnessP99, m.FreshnessMax = &p50, &p99, &most
	}
	q := &DataQuality{Dropped: n.Dropped}
	for _, j := range c.Judged {
		_, dataset, _ := strings.Cut(j.Owner, ".")
		q.Expectations = append(q.Expectations, ExpectationOutcome{Name: j.Name, Dataset: dataset, Passed: j.Passed, Failed: j.Failed})
	}
	l.write(about, "METRICS", "flow_progress", "Flow "+c.Flow+" has made version "+strconv.FormatInt(c.Version, 10)+" of table "+c.Table+".", nil,
		FlowProgress{Status: StatusRunning, Metrics: m, DataQuality: q})
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// first reports whether a flow has not committed before.
func (l *EventLog) first(flow string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.flows[flow]
	l.flows[flow] = true
	return !was
}

func (l *EventLog) Event(e Event) {
	level := "INFO"
	if e.Level == Warn {
		level = "WARN"
	}
	l.write(Named{e.Table, e.Flow}, level, "operation_progress", e.Message, nil, map[string]any{"type": "MESSAGE"})
}

func (l *EventLog) write(about Named, level, kind, message string, err error, details any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sequence++
	d := EventDocument{
		ID: newID(), Origin: l.origin, Timestamp: time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), Message: message,
		Level: level, MaturityLevel: "EVOLVING", Details: map[string]any{kind: details}, EventType: kind,
	}
	d.Sequence.DataPlaneID.Instance, d.Sequence.DataPlaneID.SeqNo = l.origin.UpdateID, l.sequence
	d.Origin.FlowID, d.Origin.FlowName, d.Origin.DatasetName, d.Origin.TableName = about.Flow, about.Flow, about.Table, about.Table
	if err != nil {
		d.Error = &EventError{Fatal: true, Exceptions: []EventException{{err.Error()}}}
	}
	line, failed := json.Marshal(d)
	if failed == nil {
		failed = l.append(append(line, '\n'))
	}
	if failed != nil {
		l.file.close() // what was written of the line is ended when it is opened again
		if !l.failed {
			l.warn(fmt.Sprintf("the event log cannot be written: %v; the run goes on, and its log has a gap until it can", failed))
		}
	}
	l.failed = failed != nil
}

// mostHeld bounds what is kept of a run that has not committed yet.
const mostHeld = 1000

func (l *EventLog) append(line []byte) error {
	if !l.may {
		_, err := os.Stat(filepath.Dir(filepath.Dir(l.file.name)))
		l.may = err == nil
	}
	if len(l.held) < mostHeld {
		l.held = append(l.held, line)
	}
	if !l.may {
		return nil
	}
	held := l.held
	l.held = nil
	for _, line := range held {
		if err := l.file.append(line); err != nil {
			return err
		}
	}
	return nil
}
