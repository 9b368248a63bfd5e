package lock

import "strconv"

// prop is one property of a T as words of a line. No words: the property has its usual value, and no line.
type prop[T any] struct {
	name string
	get  func(*T) []string
	set  func(*T, []string) bool // false: these words are no such value
}

func text[T any](name string, at func(*T) *string) prop[T] {
	return prop[T]{name, func(t *T) []string {
		if *at(t) == "" {
			return nil
		}
		return []string{*at(t)}
	}, func(t *T, words []string) bool {
		if len(words) != 1 {
			return false
		}
		*at(t) = words[0]
		return true
	}}
}

// always is a text that has its line though it is empty, so that its owner has one.
func always[T any](name string, at func(*T) *string) prop[T] {
	p := text(name, at)
	p.get = func(t *T) []string { return []string{*at(t)} }
	return p
}

func words[T any](name string, at func(*T) *[]string) prop[T] {
	return prop[T]{name, func(t *T) []string { return *at(t) }, func(t *T, words []string) bool {
		*at(t) = words
		return len(words) > 0
	}}
}

// pairs are words of which every second belongs to the one before.
func pairs[T any](name string, at func(*T) *[]string) prop[T] {
	p := words(name, at)
	p.set = func(t *T, words []string) bool {
		*at(t) = words
		return len(words) > 0 && len(words)%2 == 0
	}
	return p
}

func flag[T any](name string, at func(*T) *bool) prop[T] {
	return prop[T]{name, func(t *T) []string {
		if !*at(t) {
			return nil
		}
		return []string{"true"}
	}, func(t *T, words []string) bool {
		*at(t) = true
		return len(words) == 1 && words[0] == "true"
	}}
}

type integer interface{ ~int | ~int64 }

func number[T any, N integer](name string, at func(*T) *N) prop[T] {
	return prop[T]{name, func(t *T) []string {
		if *at(t) == 0 {
			return nil
		}
		return []string{strconv.FormatInt(int64(*at(t)), 10)}
	}, func(t *T, words []string) bool {
		if len(words) != 1 {
			return false
		}
		n, err := strconv.ParseInt(words[0], 10, 64)
		*at(t) = N(n)
		return err == nil && int64(N(n)) == n
	}}
}

var pipelineProps = []prop[Facts]{
	always("package", func(f *Facts) *string { return &f.Package }),
	text("out", func(f *Facts) *string { return &f.Out }),
	number("interval", func(f *Facts) *int64 { return &f.IntervalMicros }),
	number("commit_bytes", func(f *Facts) *int64 { return &f.CommitBytes }),
}

var targetProps = []prop[Target]{
	{"is", func(*Target) []string { return []string{"set"} }, func(_ *Target, words []string) bool { return len(words) == 1 }},
}

var recordProps = []prop[Record]{
	{"is", func(r *Record) []string {
		if r.Images {
			return []string{"images"}
		}
		return []string{"rows"}
	}, func(r *Record, words []string) bool {
		r.Images = len(words) == 1 && words[0] == "images"
		return r.Images || len(words) == 1 && words[0] == "rows"
	}},
	text("doc", func(r *Record) *string { return &r.Doc }),
}

var sourceProps = []prop[Source]{
	always("record", func(s *Source) *string { return &s.Record }),
	flag("kafka", func(s *Source) *bool { return &s.Kafka }),
	text("path", func(s *Source) *string { return &s.Path }),
	text("format", func(s *Source) *string { return &s.Format }),
	flag("rescue", func(s *Source) *bool { return &s.Rescue }),
	flag("multiline", func(s *Source) *bool { return &s.Multiline }),
	text("settle", func(s *Source) *string { return &s.Settle }),
	number("max_files_per_batch", func(s *Source) *int { return &s.MostFiles }),
	text("on_change", func(s *Source) *string { return &s.OnChange }),
	flag("allow_empty", func(s *Source) *bool { return &s.Empty }),
	text("brokers", func(s *Source) *string { return &s.Brokers }),
	text("schema_registry", func(s *Source) *string { return &s.Registry }),
	text("start", func(s *Source) *string { return &s.Start }),
	text("on_lost_offsets", func(s *Source) *string { return &s.LostRule }),
	text("group", func(s *Source) *string { return &s.Group }),
	flag("commit_offsets", func(s *Source) *bool { return &s.Offsets }),
	number("timeout", func(s *Source) *int64 { return &s.Timeout }),
	text("sasl", func(s *Source) *string { return &s.SASL }),
	words("tls", func(s *Source) *[]string { return &s.TLS }),
	pairs("meta", func(s *Source) *[]string { return &s.Meta }),
}

var viewProps = []prop[View]{
	always("sql", func(v *View) *string { return &v.SQL }),
	words("uses", func(v *View) *[]string { return &v.Uses }),
}

var tableProps = []prop[Table]{
	always("path", func(t *Table) *string { return &t.Path }),
	text("kind", func(t *Table) *string { return &t.Kind }),
	flag("snapshot", func(t *Table) *bool { return &t.Snapshot }),
	words("keys", func(t *Table) *[]string { return &t.Keys }),
	words("sequence_by", func(t *Table) *[]string { return &t.SequenceBy }),
	words("sequence", func(t *Table) *[]string { return &t.Sequence }),
	words("sequence_columns", func(t *Table) *[]string { return &t.InColumns }),
	words("untracked", func(t *Table) *[]string { return &t.Untracked }),
	words("ignore_nulls", func(t *Table) *[]string { return &t.IgnoreNulls }),
	number("tombstone_retention", func(t *Table) *int64 { return &t.Retention }),
	words("partition_by", func(t *Table) *[]string { return &t.PartitionBy }),
	words("cluster_by", func(t *Table) *[]string { return &t.ClusterBy }),
	text("on_bad_record", func(t *Table) *string { return &t.OnBadRecord }),
	text("on_tie", func(t *Table) *string { return &t.OnTie }),
	flag("rewrite", func(t *Table) *bool { return &t.Rewrite }),
	text("comment", func(t *Table) *string { return &t.Comment }),
	text("was", func(t *Table) *string { return &t.Was }),
	pairs("accept", func(t *Table) *[]string { return &t.Accept }),
}

var flowProps = []prop[Flow]{
	always("target", func(f *Flow) *string { return &f.Target }),
	text("kind", func(f *Flow) *string { return &f.Kind }),
	text("source", func(f *Flow) *string { return &f.Source }),
	text("was", func(f *Flow) *string { return &f.Was }),
	flag("once", func(f *Flow) *bool { return &f.Once }),
	words("depends_on", func(f *Flow) *[]string { return &f.DependsOn }),
	text("where", func(f *Flow) *string { return &f.Where }),
	words("keys", func(f *Flow) *[]string { return &f.Keys }),
	words("sequence_by", func(f *Flow) *[]string { return &f.SequenceBy }),
	flag("sequence_may_be_null", func(f *Flow) *bool { return &f.NullSeq }),
	text("deletes", func(f *Flow) *string { return &f.Deletes }),
	text("truncates", func(f *Flow) *string { return &f.Truncates }),
	words("column_list", func(f *Flow) *[]string { return &f.Only }),
	words("except_column_list", func(f *Flow) *[]string { return &f.Except }),
	words("columns", func(f *Flow) *[]string { return &f.Columns }),
}

var inputProps = []prop[Input]{
	always("source", func(i *Input) *string { return &i.Source }),
	words("where", func(i *Input) *[]string { return &i.Where }),
	words("expects", func(i *Input) *[]string { return &i.Expects }),
}

var expectationProps = []prop[Expectation]{
	always("action", func(e *Expectation) *string { return &e.Action }),
	text("rule", func(e *Expectation) *string { return &e.Rule }),
	words("unique", func(e *Expectation) *[]string { return &e.Unique }),
}
