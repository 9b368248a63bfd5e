package observe

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Metrics is a Sink that keeps sums, and writes them in Prometheus's text format (version 0.0.4). Its labels are the names
// of flows and tables, so that their number is that of the spec.
type Metrics struct {
	pipeline, version string

	mu     sync.Mutex
	flows  map[flowKey]*flowMetrics
	tables map[string]int64 // version
}

type flowKey struct{ table, flow string }

type flowMetrics struct {
	counts  Counts
	commits int64
	files   int64
	bytes   int64
	last    time.Time
	backlog Backlog
	ages    Histogram
	took    Histogram
}

// NewMetrics gives the metrics of a pipeline, as the tool of a version has generated it.
func NewMetrics(pipeline, version string) *Metrics {
	return &Metrics{pipeline: pipeline, version: version, flows: map[flowKey]*flowMetrics{}, tables: map[string]int64{}}
}

// Flow makes a flow known before its first commit, so that its counters begin at 0 and an alert can see them grow.
func (m *Metrics) Flow(table, flow string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flow(table, flow)
}

func (m *Metrics) flow(table, name string) *flowMetrics {
	k := flowKey{table, name}
	f := m.flows[k]
	if f == nil {
		f = &flowMetrics{}
		m.flows[k] = f
	}
	return f
}

func (m *Metrics) Progress(p Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.flow(p.Table, p.Flow)
	f.backlog = Backlog{Records: p.Lag(), Files: max(int64(p.FilesSeen-p.FilesDone), 0), Bytes: max(p.BytesSeen-p.BytesDone, 0)}
}

func (m *Metrics) Commit(c Commit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.flow(c.Table, c.Flow)
	f.counts.Add(c.Counts)
	f.commits++
	f.files += c.Files
	f.bytes += c.Bytes
	f.last, f.backlog = c.At, c.Backlog
	f.took.Add(c.Took, 1)
	if c.Ages != nil {
		f.ages.Merge(c.Ages)
	}
	m.tables[c.Table] = c.Version
}

func (m *Metrics) Event(Event) {}

// kinds are what becomes of records, as values of the label kind.
var kinds = []struct {
	name string
	of   func(*Counts) int64
}{
	{"appended", func(c *Counts) int64 { return c.Appended }},
	{"deduplicated", func(c *Counts) int64 { return c.Deduplicated }},
	{"deleted", func(c *Counts) int64 { return c.Deleted }},
	{"dropped", func(c *Counts) int64 { return c.Dropped }},
	{"filtered", func(c *Counts) int64 { return c.Filtered }},
	{"late", func(c *Counts) int64 { return c.Late }},
	{"quarantined", func(c *Counts) int64 { return c.Quarantined }},
	{"removed", func(c *Counts) int64 { return c.Removed }},
	{"tied", func(c *Counts) int64 { return c.Tied }},
	{"upserted", func(c *Counts) int64 { return c.Upserted }},
}

// Bounds of the histograms' buckets, in seconds: freshness from a stream's to that of a file that came overnight.
var (
	ageBounds  = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400}
	tookBounds = []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}
)

// Text gives all metrics, in a fixed order.
func (m *Metrics) Text() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := &exposition{}
	w.family("seamflow_up", "gauge", "1 while the pipeline runs.")
	w.sample("seamflow_up", 1, "pipeline", m.pipeline, "version", m.version)
	keys := make([]flowKey, 0, len(m.flows))
	for k := range m.flows {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b flowKey) int { return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.flow, b.flow)) })
	m.counters(w, keys)
	m.gauges(w, keys)
	m.histograms(w, keys)
	writeProcess(w)
	return w.Bytes()
}

func (m *Metrics) counters(w *exposition, keys []flowKey) {
	each := func(name, help string, of func(*flowMetrics) int64) {
		w.family(name, "counter", help)
		for _, k := range keys {
			w.sample(name, float64(of(m.flows[k])), "flow", k.flow, "table", k.table)
		}
	}
	each("seamflow_records_read_total", "Records that were read and committed.", func(f *flowMetrics) int64 { return f.counts.Read })
	w.family("seamflow_rows_total", "counter", "What became of the records that were read; tied ones count again as what they became, removed ones were no records.")
	for _, k := range keys {
		for _, kind := range kinds {
			w.sample("seamflow_rows_total", float64(kind.of(&m.flows[k].counts)), "flow", k.flow, "kind", kind.name, "table", k.table)
		}
	}
	each("seamflow_quarantined_total", "Records that could not become rows.", func(f *flowMetrics) int64 { return f.counts.Quarantined })
	each("seamflow_commits_total", "Versions of the table that the flow made.", func(f *flowMetrics) int64 { return f.commits })
	each("seamflow_files_read_total", "Files that were read to their end and committed.", func(f *flowMetrics) int64 { return f.files })
	each("seamflow_read_bytes_total", "Bytes of files as stored, and of messages.", func(f *flowMetrics) int64 { return f.bytes })
}

func (m *Metrics) gauges(w *exposition, keys []flowKey) {
	each := func(name, help string, of func(*flowMetrics) float64) {
		w.family(name, "gauge", help)
		for _, k := range keys {
			w.sample(name, of(m.flows[k]), "flow", k.flow, "table", k.table)
		}
	}
	each("seamflow_backlog_records", "Records of topics that were seen and not read: the flow's lag.", func(f *flowMetrics) float64 { return float64(f.backlog.Records) })
	each("seamflow_backlog_files", "Files that were seen and not read.", func(f *flowMetrics) float64 { return float64(f.backlog.Files) })
	each("seamflow_backlog_bytes", "Bytes of files that were seen and not read.", func(f *flowMetrics) float64 { return float64(f.backlog.Bytes) })
	each("seamflow_last_commit_timestamp_seconds", "Time of the flow's last commit of this run, 0 before it.", func(f *flowMetrics) float64 {
		if f.last.IsZero() {
			return 0
		}
		return float64(f.last.UnixMilli()) / 1e3
	})
	w.family("seamflow_table_version", "gauge", "Version of the table that this run has made last.")
	tables := make([]string, 0, len(m.tables))
	for t := range m.tables {
		tables = append(tables, t)
	}
	slices.Sort(tables)
	for _, t := range tables {
		w.sample("seamflow_table_version", float64(m.tables[t]), "table", t)
	}
}

func (m *Metrics) histograms(w *exposition, keys []flowKey) {
	each := func(name, help string, bounds []float64, of func(*flowMetrics) *Histogram) {
		w.family(name, "histogram", help)
		for _, k := range keys {
			w.histogram(name, of(m.flows[k]), bounds, k)
		}
	}
	each("seamflow_freshness_seconds", "Age of records when their commit was made.", ageBounds, func(f *flowMetrics) *Histogram { return &f.ages })
	each("seamflow_commit_duration_seconds", "Time from the beginning of a batch to its commit.", tookBounds, func(f *flowMetrics) *Histogram { return &f.took })
}

// exposition is text in Prometheus's format.
type exposition struct{ bytes.Buffer }

func (w *exposition) family(name, kind, help string) {
	w.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

// sample writes a line; labels are names and values in turn.
func (w *exposition) sample(name string, v float64, labels ...string) {
	w.WriteString(name)
	for i := 0; i < len(labels); i += 2 {
		before := ","
		if i == 0 {
			before = "{"
		}
		w.WriteString(before + labels[i] + `="` + labelValue.Replace(labels[i+1]) + `"`)
	}
	if len(labels) > 0 {
		w.WriteByte('}')
	}
	w.WriteByte(' ')
	w.Write(strconv.AppendFloat(nil, v, 'g', -1, 64))
	w.WriteByte('\n')
}

var labelValue = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (w *exposition) histogram(name string, h *Histogram, bounds []float64, k flowKey) {
	for _, b := range bounds {
		n := h.AtMost(time.Duration(b * float64(time.Second)))
		w.sample(name+"_bucket", float64(n), "flow", k.flow, "table", k.table, "le", strconv.FormatFloat(b, 'g', -1, 64))
	}
	w.sample(name+"_bucket", float64(h.Records), "flow", k.flow, "table", k.table, "le", "+Inf")
	w.sample(name+"_sum", h.Sum.Seconds(), "flow", k.flow, "table", k.table)
	w.sample(name+"_count", float64(h.Records), "flow", k.flow, "table", k.table)
}
