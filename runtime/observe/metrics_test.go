package observe_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/seamflow/seamflow/runtime/observe"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func someMetrics() *observe.Metrics {
	m := observe.NewMetrics(`p "quoted" \ and
broken`, "v1")
	m.Flow("actions", "files")
	ages := &observe.Histogram{}
	ages.Add(200*time.Millisecond, 90)
	ages.Add(40*time.Second, 10)
	m.Commit(observe.Commit{
		Table: "actions", Flow: "topic", Version: 7, Counts: observe.Counts{Read: 100, Appended: 97, Quarantined: 3}, Took: 30 * time.Millisecond,
		At: time.Unix(1_700_000_000, 0), Bytes: 5000, Ages: ages, Fresh: ages.Freshness(), Backlog: observe.Backlog{Records: 12}, Streams: true,
	})
	return m
}

// TestMetricsAreWhatPrometheusReads: its own parser reads them, and finds what was committed.
func TestMetricsAreWhatPrometheusReads(t *testing.T) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(someMetrics().Text()))
	if err != nil {
		t.Fatal(err)
	}
	value := func(name string, labels ...string) float64 {
		for _, m := range families[name].GetMetric() {
			has := map[string]string{}
			for _, l := range m.GetLabel() {
				has[l.GetName()] = l.GetValue()
			}
			fits := true
			for i := 0; i < len(labels); i += 2 {
				fits = fits && has[labels[i]] == labels[i+1]
			}
			if fits {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
		return -1
	}
	for _, c := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"seamflow_up", []string{"pipeline", "p \"quoted\" \\ and\nbroken", "version", "v1"}, 1},
		{"seamflow_records_read_total", []string{"flow", "topic"}, 100},
		{"seamflow_records_read_total", []string{"flow", "files"}, 0},
		{"seamflow_rows_total", []string{"flow", "topic", "kind", "appended", "table", "actions"}, 97},
		{"seamflow_quarantined_total", []string{"flow", "topic"}, 3},
		{"seamflow_commits_total", []string{"flow", "topic"}, 1},
		{"seamflow_read_bytes_total", []string{"flow", "topic"}, 5000},
		{"seamflow_backlog_records", []string{"flow", "topic"}, 12},
		{"seamflow_table_version", []string{"table", "actions"}, 7},
		{"seamflow_last_commit_timestamp_seconds", []string{"flow", "topic"}, 1_700_000_000},
		{"seamflow_last_commit_timestamp_seconds", []string{"flow", "files"}, 0},
	} {
		if got := value(c.name, c.labels...); got != c.want {
			t.Errorf("%s%v is %v, want %v", c.name, c.labels, got, c.want)
		}
	}
	fresh := families["seamflow_freshness_seconds"].GetMetric()
	h := fresh[len(fresh)-1].GetHistogram()
	if h.GetSampleCount() != 100 || h.GetSampleSum() < 410 || h.GetSampleSum() > 425 {
		t.Errorf("freshness: %v", h)
	}
	for _, b := range h.GetBucket() {
		want := uint64(0)
		if b.GetUpperBound() >= 0.25 {
			want = 90
		}
		if b.GetUpperBound() >= 60 {
			want = 100
		}
		if b.GetCumulativeCount() != want {
			t.Errorf("up to %v s: %d records, want %d", b.GetUpperBound(), b.GetCumulativeCount(), want)
		}
	}
	if families["process_cpu_seconds_total"] == nil || families["go_goroutines"] == nil {
		t.Error("nothing of the process")
	}
}

func TestServer(t *testing.T) {
	s, err := observe.Serve("localhost:0", someMetrics())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	defer http.DefaultClient.CloseIdleConnections()
	for path, want := range map[string]string{
		"/metrics": "seamflow_commits_total", "/metrics?x=1": "seamflow_up", "/healthz": "ok\n", "/": "there are /metrics and /healthz",
	} {
		r, err := http.Get("http://" + s.Address() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || !strings.Contains(string(body), want) || (r.StatusCode == 200) != (path != "/") {
			t.Errorf("%s: %v %s %s", path, err, r.Status, body)
		}
	}
	if _, err := observe.Serve(s.Address(), someMetrics()); err == nil || !strings.Contains(err.Error(), "--metrics") {
		t.Errorf("an address that is taken: %v", err)
	}
}

// TestServerIsNotHeldUp: what is no request is answered or dropped, and the next one is heard.
func TestServerIsNotHeldUp(t *testing.T) {
	s, err := observe.Serve("localhost:0", someMetrics())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, request := range []string{"nonsense\r\n\r\n", "GET /metrics", "POST /metrics HTTP/1.1\r\n\r\n", strings.Repeat("x", 20_000), ""} {
		c, err := net.Dial("tcp", s.Address())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, request)
		_ = c.(*net.TCPConn).CloseWrite()
		body, _ := io.ReadAll(c)
		c.Close()
		if strings.HasPrefix(string(body), "HTTP/1.1 200") {
			t.Errorf("%.20q was answered: %.40s", request, body)
		}
	}
}
