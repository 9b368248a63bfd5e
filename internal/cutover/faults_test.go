package cutover

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/seamflow/seamflow/internal/broker"
	"github.com/seamflow/seamflow/internal/faults"
)

var built struct {
	once  sync.Once
	dir   string
	tools *Tools
	err   error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// tools builds the versions once.
func tools(t *testing.T) *Tools {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "cutover-"); built.err == nil {
			built.tools, built.err = Build(t.Context(), built.dir)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.tools
}

func realBroker(t *testing.T) *broker.Broker {
	t.Helper()
	b, err := StartBroker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// count gives a number of cases: few, or those of `make faults`.
func count(few, long int) int {
	if faults.Long() {
		return long
	}
	return few
}

func TestFaultKillsInTheMoveToKafka(t *testing.T) {
	y := faults.Begin(t, "SIGKILL in the move from files to Kafka")
	k := Kills{Tools: tools(t), Cluster: InProcess, Dir: t.TempDir(), Want: count(12, 270), Seed: faults.Seed(), Tally: y, perStage: count(2, 4)}
	if err := k.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFaultKillsInTheMoveToAKafkaBroker(t *testing.T) {
	y := faults.Begin(t, "SIGKILL in the move from files to Apache Kafka's broker")
	k := Kills{Tools: tools(t), Cluster: Real(realBroker(t)), Dir: t.TempDir(), Want: count(6, 30), Seed: faults.Seed(), Tally: y, perStage: count(1, 4)}
	if err := k.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFaultBrokerRestarts(t *testing.T) {
	y := faults.Begin(t, "restarts of Apache Kafka's broker under load")
	if err := Restarts(t.Context(), tools(t), t.TempDir(), realBroker(t), count(2, 20), 2000, y); err != nil {
		t.Fatal(err)
	}
}

func TestFaultPoison(t *testing.T) {
	y := faults.Begin(t, "bad messages, one in a hundred")
	addr, stop, err := InProcess(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := Poison(t.Context(), tools(t), filepath.Join(t.TempDir(), "poison"), addr, count(1000, 5000), y); err != nil {
		t.Fatal(err)
	}
}

func TestFaultPoisonInFrames(t *testing.T) {
	y := faults.Begin(t, "bad messages, one in a hundred, with a schema registry")
	addr, stop, err := InProcess(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := PoisonFramed(t.Context(), tools(t), filepath.Join(t.TempDir(), "poison"), addr, count(1000, 10_000), y); err != nil {
		t.Fatal(err)
	}
}
