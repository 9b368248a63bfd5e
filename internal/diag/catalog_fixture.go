package diag

// catalogFixture explains the diagnostics of seamflow test's fixture files (SF06xx), by ID.
var catalogFixture = []Entry{
	{"SF0601", "the fixture file is not YAML that can be read", "The file is not one YAML document, or it uses anchors and aliases (`&name`, `*name`), which recording would lose.\n\n" +
		"Texts that hold `: ` or ` #`, or start with `*`, `&`, `@` or a backtick, are quoted. Several tests stand below one `tests:`, or in several files."},
	{"SF0602", "an unknown key in a fixture", "No such key is known here. A fixture file has `tests`; a test has `given` and `expect`; what arrives in a source is a list of rows or one of `rows`, `raw` and `file`, with `name`; " +
		"what a table is to hold is a list of rows, or `columns` and `rows`.\n\ndocs/how-to/test-a-pipeline.md shows each of them."},
	{"SF0603", "a name that is there twice in fixtures", "Two tests of one pipeline have the same name, so that `--run` could not tell them apart, or a mapping has a key twice, of which YAML readers would take one in silence.\n\n" +
		"Rename one of them. Rows that arrive later in a source that a batch names already belong into a batch of their own."},
	{"SF0604", "a fixture value of the wrong kind", "A mapping, a list or a text stands where another of them is expected.\n\n" +
		"```yaml\ngiven: {orders: []}    # SF0604: given is a list of batches\ngiven: [{orders: []}]\n```"},
	{"SF0605", "a source, table or column that the pipeline does not have", "Tests name sources, tables and columns as the spec and its schemas do, case included. Tables that are expected are those of the spec, and of each its quarantine, `TABLE__quarantine`.\n\n" +
		"For a record with a field that the schema does not have, write the line itself below `raw: |`."},
	{"SF0606", "a fixture value that does not fit its column", "The value is not of the type that the column has. Decimals are numbers or texts, timestamps are texts such as `2024-05-14T03:12:06Z` (UTC without an offset), bytes are base64; texts that look like a number are quoted.\n\n" +
		"```yaml\n- {id: 123}     # SF0606 where id is STRING\n- {id: \"123\"}\n```\n\nA record that is to be bad is given as the file would have it, below `raw: |`."},
	{"SF0607", "an expected row that leaves columns out", "A row that is expected has all columns, so that no column goes unseen by accident. A column that is NULL is written as `null`.\n\n" +
		"To compare some columns only, name them:\n\n```yaml\nexpect:\n  orders: {columns: [id, status], rows: [{id: \"1\", status: placed}]}\n```"},
	{"SF0608", "a test that tests nothing", "The file has no tests, a test has no batch, or says nothing about what is to come out: it would pass whatever the pipeline did.\n\n" +
		"`expect: {TABLE: []}` says that a table has no rows. `seamflow test --record` writes what comes out into tests that have no `expect`."},
	{"SF0609", "a fixture's file that cannot be read", "`file` names a file that is not there or cannot be read. Its path is relative to the folder of the fixture file, whatever folder seamflow is started in."},
	{"SF0610", "an expectation that cannot be recorded where it stands", "`--record` rewrites whole lines, and the test, or what it expects, is written in braces on one line.\n\n" +
		"```yaml\nexpect: {orders: []}   # cannot be rewritten\nexpect:\n  orders: []           # can\n```"},
	{"SF0611", "messages that a fixture cannot write", "Rows of topics are written as JSON. Messages in Avro's binary encoding are not made of rows.\n\n" +
		"Let the views read a JSON source of the same record in the test's spec, or feed the table by another of its sources."},
}
