package vectors_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/harness"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/internal/vectors"
	"github.com/seamflow/seamflow/internal/vectors/run"
)

var sparkSets = flag.Int("spark", 0, "hold so many random event sets against Spark")

// TestSpark has Apache Spark say what random events mean, and holds our tables of SCD type 1 and 2 against it. Spark's own
// AUTO CDC engine is not asked: its MERGE needs a table connector that is not among what the tests install, and the cases of
// testdata/autocdc are what it said. The meaning is written in Spark's SQL, by window functions: the last event of each key;
// the events that differ from the one before, each until the next. That is R1, R6 and R20 to R24 for distinct sequences and
// exact repeats. Ties, truncates and ignore_null_updates have no such form, and are the campaign's.
func TestSpark(t *testing.T) {
	if *sparkSets == 0 {
		t.Skip("make spark runs it: Spark takes seconds for each event set")
	}
	columns := []harness.Column{{Name: "id", Type: "BIGINT"}, {Name: "name", Type: "STRING"}, {Name: "amt", Type: "DECIMAL(10,2)"}, {Name: "v", Type: "BIGINT"}, {Name: "op", Type: "STRING"}}
	options := map[string]json.RawMessage{"apply_as_deletes": json.RawMessage(`"op = 'D'"`), "except_column_list": json.RawMessage(`[op, v]`)}
	newest := &vectors.Vector{Name: "spark_newest", Keys: []string{"id"}, SequenceBy: "v", SCDType: 1, Options: options, Schema: columns}
	history := &vectors.Vector{Name: "spark_history", Keys: []string{"id"}, SequenceBy: "v", SCDType: 2, Options: options, Schema: columns}
	runner := build(t, []*vectors.Vector{newest, history})
	root := t.TempDir()
	var jobs []run.Job
	for seed := range *sparkSets {
		steps := randomSteps(uint64(seed))
		for _, v := range []*vectors.Vector{newest, history} {
			jobs = append(jobs, run.Job{Vector: v.Name, Dir: filepath.Join(root, fmt.Sprint(v.Name, seed)), Steps: steps})
		}
	}
	outcomes := runner.run(t, jobs)
	readers.Start(t, readers.Spark)
	events := 0
	for _, j := range jobs {
		if got := outcomes[j.Dir]; got.Error != "" {
			t.Errorf("%s: %s", j.Dir, got.Error)
			continue
		}
		for _, s := range j.Steps {
			events += len(s["f"])
		}
		meant, err := readers.Do(readers.Spark, j.Dir, strings.ReplaceAll(meaning[j.Vector], "DIR", j.Dir))
		if err != nil {
			t.Fatal(err)
		}
		ours := readers.Read(t, readers.Spark, filepath.Join(j.Dir, "tables", "target"))
		slices.Sort(meant)
		slices.Sort(ours)
		if diff := gocmp.Diff(meant, ours); diff != "" {
			t.Errorf("%s (-spark +ours):\n%s", j.Dir, diff)
		}
	}
	t.Logf("%s: %d tables of %d events are what it says", readers.Version(t, readers.Spark), len(jobs), events)
}

// randomSteps gives events of few keys in any order, with repeats, cut into runs. No two different events of a key have one
// sequence.
func randomSteps(seed uint64) []run.Step {
	rng := rand.New(rand.NewPCG(seed, 43))
	var events []json.RawMessage
	for v := range 5 + rng.IntN(60) {
		id, op := rng.IntN(4), []string{`"D"`, `"U"`, "null", "null"}[rng.IntN(4)]
		name, amt := []string{"null", `"a"`, `"b"`}[rng.IntN(3)], []string{"null", `"1.00"`, `"2.50"`}[rng.IntN(3)]
		e := json.RawMessage(fmt.Sprintf(`{"id": %d, "name": %s, "amt": %s, "v": %d, "op": %s}`, id, name, amt, v, op))
		for range 1 + rng.IntN(2) {
			events = append(events, e)
		}
	}
	rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	var steps []run.Step
	for batch := range slices.Chunk(events, 1+rng.IntN(20)) {
		steps = append(steps, run.Step{"f": batch})
	}
	return steps
}

const distinctEvents = "WITH e AS (SELECT DISTINCT x.id, x.name, x.amt, x.v, coalesce(x.op = 'D', false) AS gone FROM" +
	" (SELECT from_json(value, 'id BIGINT, name STRING, amt DECIMAL(10,2), v BIGINT, op STRING') AS x FROM text.`DIR/data/f/*.json`)) "

// meaning is what Spark is asked for.
var meaning = map[string]string{
	"spark_newest": distinctEvents +
		"SELECT id, name, amt FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY v DESC) AS n FROM e) WHERE n = 1 AND NOT gone",
	"spark_history": distinctEvents +
		", s AS (SELECT id, v, gone, if(gone, null, name) AS name, if(gone, null, amt) AS amt FROM e)" +
		", b AS (SELECT *, struct(gone, name, amt) AS now, lag(struct(gone, name, amt)) OVER (PARTITION BY id ORDER BY v) AS before FROM s)" +
		", c AS (SELECT *, lead(v) OVER (PARTITION BY id ORDER BY v) AS until FROM b WHERE NOT (now <=> before))" +
		" SELECT id, name, amt, v AS __START_AT, until AS __END_AT FROM c WHERE NOT gone",
}
