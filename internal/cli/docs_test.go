package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/diag"
)

// The pages of docs/reference that say what the code says.
func TestReferenceIsInStep(t *testing.T) {
	for name, text := range map[string]string{"diagnostics.md": diagnosticsPage(), "cli.md": cliPage(), "evolution.md": evolutionPage()} {
		path := filepath.Join("..", "..", "docs", "reference", name)
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, string(have)); diff != "" {
			t.Errorf("docs/reference/%s is stale: go test ./internal/cli -run Reference -update\n%s", name, diff)
		}
	}
}

func diagnosticsPage() string {
	var b bytes.Buffer
	b.WriteString(`# Diagnostics

Every finding of ` + "`seamflow generate`, `validate`, `test` and `review`" + ` has an id that does not change. ` + "`seamflow explain SF0123`" + ` prints what stands here.
This page is made from ` + "`internal/diag/catalog_*.go`" + `.

| ids | are about |
|---|---|
| SF00xx | the spec file: YAML, keys, values |
| SF01xx | schema files |
| SF02xx | SQL |
| SF03xx | what the spec means as a whole |
| SF04xx | generated code and seamflow.lock |
| SF06xx | fixtures of seamflow test |
| SF08xx | review: changes of schemas, pipelines and Go packages; accepted findings |
| SF09xx | review: changes of tables, flows, sources and views |
`)
	for _, e := range diag.All() {
		fmt.Fprintf(&b, "\n## %s: %s\n\n%s\n", e.ID, e.Title, strings.TrimSpace(e.Text))
	}
	return b.String()
}

func evolutionPage() string {
	var b bytes.Buffer
	b.WriteString(`# Evolution

The changes of pipelines that ` + "[`seamflow review`](review.md)" + ` finds, and what each means. This page is made from ` + "`internal/diag/changes_*.go`; `seamflow explain SF0901`" + `
prints one with its way out. Verdicts are ` + "safe, note, backfill, refresh and refuse; which of several it is depends on the table" + `.
`)
	kinds := []struct{ from, title string }{{"SF0801", "Schemas"}, {"SF0830", "Pipelines and Go packages"}, {"SF0901", "Columns"}, {"SF0920", "Keys, sequence and history"},
		{"SF0940", "Flows and cutovers"}, {"SF0960", "Sources and views"}, {"SF0980", "Tables, policies and expectations"}}
	changes := diag.Changes()
	for _, c := range changes {
		if len(kinds) > 0 && c.ID == kinds[0].from {
			fmt.Fprintf(&b, "\n## %s\n\n| id | change | verdict | because | the change back |\n|---|---|---|---|---|\n", kinds[0].title)
			kinds = kinds[1:]
		}
		back := c.Mirror
		if back == "" {
			back = "none: " + c.Alone
		}
		why := strings.NewReplacer("{", "", "}", "").Replace(c.Why)
		fmt.Fprintf(&b, "| [%s](diagnostics.md#%s) | %s | %s | %s | %s |\n", c.ID, anchor(c.ID+": "+c.Title), c.Title, c.Verdicts, why, back)
	}
	fmt.Fprintf(&b, "\n%d kinds of changes.\n", len(changes))
	return b.String()
}

// anchor is how GitHub names a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z':
			return r
		}
		return -1
	}, strings.ToLower(heading))
}

func cliPage() string {
	var b bytes.Buffer
	b.WriteString(`# The command

This page is made from the help texts of ` + "`internal/cli`; `seamflow help COMMAND`" + ` prints the same.

`)
	fmt.Fprintf(&b, "```\n%s```\n", overview())
	b.WriteString(`
Diagnostics go to stderr as ` + "`file:line:col: SF0123: message`" + ` with the source line, a caret and a hint; with ` + "`--json`" + ` they are part of the one
JSON document on stdout (` + "`id`, `severity`, `file`, `line`, `col`, `message`, `hint`, `related`" + `). A command that cannot do its work prints
` + "`{\"error\": …, \"hint\": …, \"exit_code\": …}`" + ` there. Nothing is coloured.

| exit code | means | for example |
|---|---|---|
| 0 | fine; warnings do not change it | |
| 1 | findings, or failed data | ` + "`generate --check`" + ` found stale code; ` + "`plan`" + ` refuses something; ` + "`review`" + ` found what ` + "`--fail-on`" + ` names; a pipeline with ` + "`on_bad_record: fail`" + ` met a bad record |
| 2 | wrong usage or spec | an unknown flag; an error in the spec, a schema or SQL |
| 3 | environment | no go command, no go.mod, a folder that cannot be written, a table owned by another process |
`)
	b.WriteString(`
| ` + "`--json` of | prints" + ` |
|---|---|
| ` + "`generate` | `specs`, `up_to_date`, `written`, `removed`, `unchanged`, `diagnostics`, `exit_code`" + ` |
| ` + "`validate` | `pipelines` (`pipeline`, `spec`, `graph`), `diagnostics`, `exit_code`" + ` |
| ` + "`graph` | `pipeline`, `nodes` (`id`, `kind`, `name`, `detail`, `once`), `edges` (`from`, `to`)" + ` |
| ` + "`build` | `pipeline`, `binary`, `written`, `removed`, `diagnostics`, `exit_code`" + ` |
| ` + "`run` | what the pipeline prints" + ` |
| ` + "`plan` | `pipeline`, `spec`, `data`, `target`, `connected`, `verdict`, `tables`, `exit_code`" + `: see [plan](plan.md) |
| ` + "`review` | `against`, `pipelines`, `verdict`, `fail_on`, `findings`, `exit_code`" + `: see [review](review.md) |
| ` + "`test` | `tests` (`name`, `pipeline`, `file`, `line`, `ok`, `ms`, `problem`, `differences`), `passed`, `failed`, `recorded`, `diagnostics`, `exit_code`" + ` |
| ` + "`init` | `dir`, `written`, `next`, `exit_code`" + ` |
| ` + "`explain` | of an id `id`, `title`, `text`; of a place `file`, `line`, `kind`, `name`, `facts`, `diagnostics`, `exit_code`; of nothing `diagnostics`" + ` |
| ` + "`version` | `seamflow`, `go`, `contract`" + ` |
| ` + "`help` | `commands` (`command`, `usage`, `summary`)" + ` |
| ` + "a spec with errors | `diagnostics`, `exit_code`" + ` |
`)
	for _, cmd := range commands() {
		fmt.Fprintf(&b, "\n## %s\n\n```\n%s```\n", cmd.name, cmd.help())
	}
	b.WriteString(`
## The pipeline's own commands

The binary that ` + "`build`" + ` makes, and ` + "`run`" + ` starts, has a command line of its own; ` + "`PIPELINE --help`" + ` shows it.

` + "```" + `
PIPELINE [run] [--available-now] [--metrics ADDR]
PIPELINE status
PIPELINE events [--follow] [--limit N] [--level LEVEL] [--flow NAME]
PIPELINE reset FLOW|TABLE
PIPELINE adopt TABLE
PIPELINE quarantine list|replay [FLOW|TABLE]
PIPELINE compact [TABLE]
PIPELINE vacuum [TABLE] [--retention TIME] [--dry-run]
PIPELINE version
` + "```" + `

## What build, run and test leave behind

All of it is below ` + "`.seamflow`" + ` in the spec's folder and may be deleted: ` + "`main/PIPELINE/main.go`, `test/PIPELINE/main.go`, `bin/PIPELINE`, `bin/PIPELINE.test`, `events`" + ` (the event log) and ` + "`state`" + ` (a cache).
`)
	return b.String()
}
