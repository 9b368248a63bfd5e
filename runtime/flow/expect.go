package flow

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/seamflow/seamflow/runtime/observe"
)

// What becomes of a row that does not meet an expectation; Quarantine and Fail are the others.
const (
	Warn = "warn" // it is counted, and stored
	Drop = "drop" // it is counted, and left out
)

// Expectation is a rule that a flow's rows are held against.
type Expectation struct {
	Owner  string // "views.orders", "tables.orders"
	Name   string
	Rule   string // SQL, or for a unique expectation its columns
	Action string
}

// id is what counts of the expectation go by, wherever they are kept.
func (e *Expectation) id() string { return e.Owner + "." + e.Name }

// unmetError is the error of a row that is refused. It is made once for each rule.
type unmetError struct{ rule *Expectation }

func (e *unmetError) Error() string { return "expectation " + e.rule.Name + ": " + e.rule.Rule }

// Warn notes that the row at hand does not meet an expectation that only counts: rule is its number in Flow.Expectations.
func (m *Meta) Warn(rule int) {
	if m.judge != nil {
		m.judge.note(rule)
	}
}

// Refuse notes that the row at hand does not meet an expectation, and gives what the flow's function returns for it: no row,
// and where the record is set aside or the run stops an error.
func (m *Meta) Refuse(rule int) (bool, error) {
	if m.judge == nil {
		return false, nil
	}
	return false, m.judge.refuse(rule)
}

// judge counts the records of a flow that do not meet its expectations. A record counts once for a rule, however many
// branches of the flow it passes, and not at all where it is bad for another reason. A nil judge has no rules.
type judge struct {
	rules   []Expectation
	refusal []error // by rule: nil where the row is just left out
	counts  []int64 // of the batch, by rule
	held    int64   // records of the batch that WHERE did not leave out and that were not bad before a rule was met
	without []int64 // by rule: those of them that did not meet it, or were not held against it
	unmet   []int   // by the record at hand
	refuser int     // the first rule that refused the record at hand; -1 for none
	gave    bool    // the record at hand has given a row
	drops   bool    // the row at hand
}

func newJudge(rules []Expectation) *judge {
	if len(rules) == 0 {
		return nil
	}
	j := &judge{rules: rules, refusal: make([]error, len(rules)), counts: make([]int64, len(rules)), without: make([]int64, len(rules)), refuser: -1}
	for i := range rules {
		if rules[i].Action != Drop {
			j.refusal[i] = &unmetError{&rules[i]}
		}
	}
	return j
}

func (j *judge) note(rule int) {
	if !slices.Contains(j.unmet, rule) {
		j.unmet = append(j.unmet, rule)
	}
}

func (j *judge) refuse(rule int) error {
	j.note(rule)
	if j.refuser < 0 || rule < j.refuser {
		j.refuser = rule
	}
	j.drops = j.refusal[rule] == nil
	return j.refusal[rule]
}

// begin is called before each row.
func (j *judge) begin() {
	if j != nil {
		j.drops = false
	}
}

// dropped reports whether an expectation, and not WHERE, left the row out.
func (j *judge) dropped() bool { return j != nil && j.drops }

// give notes that the record at hand has given a row.
func (j *judge) give() {
	if j != nil {
		j.gave = true
	}
}

// settle counts the record at hand, whose rows came to err, and gives the error that it then has.
func (j *judge) settle(err error, m *Meta, b *batch) error {
	if j == nil {
		return err
	}
	bad, _ := err.(*badRecord)
	var unmet *unmetError
	if bad != nil {
		unmet, _ = bad.err.(*unmetError)
	}
	if err == nil || unmet != nil {
		for _, rule := range j.unmet {
			j.counts[rule]++
		}
		j.hold()
	}
	j.unmet, j.refuser, j.gave = j.unmet[:0], -1, false
	if unmet != nil && unmet.rule.Action == Fail {
		return &ViolationError{Table: b.w.def.name, Flow: b.flow.name, Expectation: *unmet.rule, Record: m.place().String()}
	}
	return err
}

// hold counts the record at hand among those that were held against the rules, unless WHERE has left it out.
func (j *judge) hold() {
	if !j.gave && j.refuser < 0 {
		return
	}
	j.held++
	for _, rule := range j.unmet {
		j.without[rule]++
	}
	if j.gave {
		return
	}
	for rule := j.refuser + 1; rule < len(j.rules); rule++ {
		if !slices.Contains(j.unmet, rule) {
			j.without[rule]++
		}
	}
}

// leaveOut counts a row that the flow's function did not give.
func (b *batch) leaveOut(j *judge) {
	if j.dropped() {
		b.counts.Dropped++
	} else {
		b.counts.Filtered++
	}
}

// leaveOutAll counts a record of which no branch of the flow is asked: each is taken to filter it.
func (b *batch) leaveOutAll(branches int) {
	b.counts.Read += int64(branches - 1)
	b.counts.Filtered += int64(branches)
}

// resetJudges begins the counts of a batch. A replay takes records of all flows.
func (w *worker) resetJudges() {
	for _, f := range w.flows {
		if f.judge != nil {
			clear(f.judge.counts)
			clear(f.judge.without)
			f.judge.held, f.judge.unmet, f.judge.refuser, f.judge.gave = 0, f.judge.unmet[:0], -1, false
		}
	}
}

// violations gives the batch's counts, by expectation; nil for none.
func (b *batch) violations() map[string]int64 {
	var out map[string]int64
	add := func(e *Expectation, n int64) {
		if n == 0 {
			return
		}
		if out == nil {
			out = map[string]int64{}
		}
		out[e.id()] += n
	}
	for _, f := range b.w.flows {
		if f.judge == nil {
			continue
		}
		for i := range f.judge.rules {
			add(&f.judge.rules[i], f.judge.counts[i])
		}
	}
	for i, u := range b.w.uniques {
		add(&u.Expectation, b.equal.counts[i])
	}
	return out
}

// judged gives what became of the batch's records by each expectation of the flow: rows, for a unique one.
func (b *batch) judged() []observe.Judged {
	var all []observe.Judged
	if j := b.flow.judge; j != nil {
		for i, e := range j.rules {
			all = append(all, observe.Judged{Owner: e.Owner, Name: e.Name, Passed: j.held - j.without[i], Failed: j.counts[i]})
		}
	}
	rows := b.counts.Read - b.counts.Filtered - b.counts.Dropped - b.counts.Quarantined
	for i, u := range b.w.uniques {
		all = append(all, observe.Judged{Owner: u.Owner, Name: u.Name, Passed: max(rows-b.equal.counts[i], 0), Failed: b.equal.counts[i]})
	}
	return all
}

// addViolations adds more to sums.
func addViolations(sums *map[string]int64, more map[string]int64) {
	if len(more) > 0 && *sums == nil {
		*sums = map[string]int64{}
	}
	for id, n := range more {
		(*sums)[id] += n
	}
}

// metricsOf puts a batch's violations among the metrics of its commit.
func metricsOf(out map[string]string, violated map[string]int64) map[string]string {
	for id, n := range violated {
		out["expectation."+id] = strconv.FormatInt(n, 10)
	}
	return out
}

// ExpectationSummary is an expectation and how many records of a flow did not meet it: rows, for a unique one.
type ExpectationSummary struct {
	Owner    string `json:"owner"`
	Name     string `json:"name"`
	Rule     string `json:"rule"`
	Action   string `json:"on_violation"`
	Violated int64  `json:"violated"` // in this run
	Total    int64  `json:"violated_total"`
}

// expectations sums up those of a flow: its own, then the unique ones of its table.
func (w *worker) expectations(f *flowState) []ExpectationSummary {
	var out []ExpectationSummary
	var total map[string]int64
	if f.prog != nil {
		total = f.tallied().Violated
	}
	add := func(e *Expectation) {
		out = append(out, ExpectationSummary{Owner: e.Owner, Name: e.Name, Rule: e.Rule, Action: e.Action, Violated: f.violated[e.id()], Total: total[e.id()]})
	}
	if f.judge != nil {
		for i := range f.judge.rules {
			add(&f.judge.rules[i])
		}
	}
	for _, u := range w.uniques {
		add(&u.Expectation)
	}
	return out
}

// ViolationError is a record that does not meet an expectation with `on_violation: fail`.
type ViolationError struct {
	Table, Flow string
	Expectation Expectation
	Record      string // where it is; "" where the row is not of one record
	Unique      bool   // the row has the values of another
}

func (e *ViolationError) Error() string {
	record := e.Record
	if record == "" {
		record = "a row of this batch"
	}
	if e.Unique {
		return fmt.Sprintf("flow %s: %s has the values of another row of table %s, and the expectation %s is %s with on_violation: fail; nothing of the batch was applied; "+
			"way out: take one of the records out, or say on_violation: warn, which counts such rows; the next run goes on",
			e.Flow, record, e.Table, e.Expectation.Name, e.Expectation.Rule)
	}
	return fmt.Sprintf("flow %s: %s does not meet the expectation %s of %s, which has on_violation: fail: %s; nothing of the batch was applied to table %s; "+
		"way out: repair the file, or say on_violation: warn, drop or quarantine; the next run goes on",
		e.Flow, record, e.Expectation.Name, e.Expectation.Owner, e.Expectation.Rule, e.Table)
}

func (e *ViolationError) exitCode() int { return ExitData }
