package diag

// catalogSpec explains the diagnostics of spec files and resolution (SF00xx, SF03xx), by ID.
var catalogSpec = []Entry{
	{"SF0001", "the spec is not YAML", "The file cannot be read as one YAML document of UTF-8 text. The place is where YAML stops making sense, which may be a little behind the cause.\n\n" +
		"The usual causes:\n\n" +
		"- a variable without quotes inside braces. `{path: ${DATA}/x}` is broken, `{path: \"${DATA}/x\"}` is not;\n" +
		"- SQL that holds `: ` or ` #`, or starts with `*`, `@` or a backtick. Quote it, or put it on the lines below `name: >-`;\n" +
		"- tabs as indentation, or an indentation that fits no line above;\n" +
		"- a quote or bracket that is never closed."},
	{"SF0002", "the spec is too large", "A spec may have 1 MiB, 100,000 values and 32 levels. Real ones are far below; the limits keep a hostile file from costing memory or time.\n\nSplit the pipeline into several specs."},
	{"SF0003", "YAML anchors, aliases and tags are not read", "`&name`, `*name`, `<<:` and `!!tag` are refused: a spec says what it means where it stands, and a few aliases can blow up to gigabytes.\n\n" +
		"Write the value out. A text that starts with `*`, `&` or `!` is quoted: `where: \"!done\"`."},
	{"SF0004", "a key is there twice", "A mapping has the same key twice. YAML readers differ in which one counts, so neither does.\n\n```yaml\nflows:\n  live: {…}\n  live: {…}   # SF0004\n```\n\nTake one out or rename it."},
	{"SF0005", "unknown key", "No such key is known here. A misspelt option that is silently ignored would be worse than an error.\n\n```yaml\nonec: true   # SF0005: did you mean once?\n```\n\nThe keys are listed in docs/reference/spec.md."},
	{"SF0006", "a key is missing", "A key without which the rest means nothing is not there: `delta` of a table, `keys` of `apply_changes`.\n\nAdd it; the hint says what it is."},
	{"SF0007", "a value of the wrong kind", "A mapping, a list, a text or a truth value stands where another of them is expected.\n\n```yaml\nkeys: id      # SF0007: a list of column names: [id]\nschema: 2024  # SF0007: quote it: \"2024\"\n```"},
	{"SF0008", "a value that does not fit", "The value is of the right kind and cannot be taken: an unknown choice, a duration without a unit, an empty list, a path that leaves the spec's folder.\n\n" +
		"Durations are `500ms`, `90s`, `12h`, `30d`; sizes are `512MiB`, `8GiB`. Paths of schema files and of generated code are relative to the spec's folder and stay below it."},
	{"SF0009", "a name that cannot be one", "Names of pipelines, schemas, sources, views, tables and flows become file names and Go names: a letter, then up to 99 letters, digits and `_`. `go.package` is a Go package name other than `main`."},
	{"SF0010", "not supported by this version", "The option, value or kind of source belongs to the spec, and this version of seamflow cannot follow it. It is never ignored in silence.\n\nTake it out, or use a version that has it (CHANGELOG.md)."},
	{"SF0011", "a variable where none can be", "`${NAME}` is read when the pipeline runs, so it stands in connection values only: `path` of a source or table, where a topic is and how to log in there, and the values of `targets`. Names, SQL and options are fixed when code is generated.\n\n" +
		"For a value that differs by environment use `targets`; a literal `${` in SQL can be written `'$' || '{'`."},
	{"SF0012", "a variable that is none", "`${` starts a variable: `${NAME}` or `${NAME:-default}`, where NAME is letters, digits and `_`, not starting with a digit."},
	{"SF0013", "keys that exclude each other", "A flow has `apply_changes` or `append_flow`, a source `files` or `kafka`; `apply_changes` has `column_list` or `except_column_list`. Both at once have no meaning.\n\nTake one out; two flows may feed one table."},

	{"SF0301", "a name that nothing has", "The spec refers to a schema, source, view, table or connection value that is not declared in it. Names are matched exactly; in SQL, ignoring case.\n\nThe hint names the likely one, or those that there are."},
	{"SF0302", "a name that is taken", "Two schemas, tables or flows, or two sources and views, have names that differ only by case or not at all. SQL and many file systems ignore case.\n\nRename one of them."},
	{"SF0303", "a schema file that cannot be read", "The file is not there, cannot be opened, lies outside the spec's folder, or ends in none of `.json` (JSON Schema), `.avsc` (Avro) and `.parquet`.\n\nPaths are relative to the folder of the spec, whatever folder seamflow is started in."},
	{"SF0304", "views in a circle", "A view reads itself, perhaps through others.\n\n```yaml\nviews:\n  a: SELECT * FROM b\n  b: SELECT * FROM a   # SF0304\n```\n\nOne of them has to read a source."},
	{"SF0305", "a column that is not there", "`keys` or one of the column lists names a column that the flow's source does not have, or one column twice; or `track_history_…` or `ignore_null_updates…` names one that the table does not get. Columns are matched ignoring case, at the top level only.\n\n" +
		"For a field of a struct, select it in a view first: `SELECT *, customer.id AS customer_id FROM orders`."},
	{"SF0306", "a key that cannot be compared", "Keys are told apart by their values, and maps have no order of entries to compare them by.\n\nUse an entry of the map, selected in a view: `SELECT *, attributes['id'] AS id FROM …`."},
	{"SF0307", "a table without its key", "`column_list` leaves a key out, `except_column_list` names one, or a key is a metadata column that is not selected. A row would have no identity.\n\nKeep the keys among the table's columns."},
	{"SF0308", "a sequence without an order", "`sequence_by` says which event is newest, so its type has an order: numbers, texts, dates, times, truth values, and lists and structs of those; not maps."},
	{"SF0309", "a table that nothing feeds", "No flow has the table as its `target`, so it would have no columns.\n\nAdd a flow, or take the table out."},
	{"SF0310", "two kinds of flows into one table", "A table of `apply_changes` holds one row per key; `append_flow` adds rows without asking. One table cannot be both.\n\nFeed two tables, or make both flows of one kind."},
	{"SF0311", "columns that do not go together", "Flows into one table have columns of one name whose types no type holds without loss, such as STRING and BIGINT.\n\n" +
		"What goes together: INT and BIGINT; INT, FLOAT and DOUBLE; integers and decimals up to 38 digits; enums, UUIDs and STRING; structs field by field.\n\n" +
		"CAST one of them in a view."},
	{"SF0312", "fields that differ only by case", "`Id` and `id` in one struct: SQL, Spark and others take them for one column, and refuse the table.\n\nRename one in the schema; if the data has both, one of them needs another name at its source."},
	{"SF0313", "a reserved column name", "`__START_AT`, `__END_AT` and names that start with `__seamflow_` belong to tables themselves.\n\nGive the column another name in a view."},
	{"SF0314", "flows that disagree", "All `apply_changes` flows into one table have the same keys, the same type of sequence and the same SCD type, and they track history of, and ignore NULL in, the same columns: otherwise which row is whose, and which is newer, would depend on the flow.\n\n" +
		"```yaml\nlive:   {apply_changes: {target: orders, source: a, keys: [id], sequence_by: updated}}        # TIMESTAMP\nlegacy: {apply_changes: {target: orders, source: b, keys: [id], sequence_by: version}}        # BIGINT: SF0314\n```\n\n" +
		"CAST in a view until they agree. Of a column that only some of the flows have, these decide."},
	{"SF0315", "nothing reads it", "A warning: no flow reads the source or view, whether straight or through views, so it has no effect."},
	{"SF0316", "a field hides a metadata column", "A warning: every files source offers `_file_path` and `_file_modification_time`, every topic `_topic`, `_partition`, `_offset`, `_timestamp`, `_key` and `_headers`, and both `_rescued_data` with `rescue: true`. The record has a field of that name, which is the one that SQL sees."},
	{"SF0317", "two tables in one folder", "The folders of two tables are the same, or one is inside the other, or is the other's quarantine (`<path>__quarantine`). Each Delta table has a folder to itself."},
	{"SF0318", "an option without effect", "A warning: the option says something about things that are not there, such as `on_tie` of a table without keys or `multiline` of CSV."},
	{"SF0319", "a floating-point key", "A warning: 0.1 + 0.2 and 0.3 are different keys. -0.0 and 0.0 are one key, and so are all NaN.\n\nUse an integer, a DECIMAL or a text."},
	{"SF0320", "once flows alone", "A warning: every flow into the table is `once: true`, so after their first run the table never changes. That is right for a backfill whose live flow comes later."},
	{"SF0321", "the same rows twice", "A warning: two append flows read one source with the same `where` into one table, so that every row is there twice."},
	{"SF0322", "a view over too many sources", "A view, with the views that it reads, has more than 128 ways from a source to its rows (sides of UNION ALL, multiplied through views that are read more than once). Each becomes code of its own.\n\nLet several flows feed the table instead."},
	{"SF0323", "columns that a table cannot be laid out by", "`partition_by` takes up to 3 columns of the table whose values Delta can write as a text: truth values, integers, decimals, texts, dates, timestamps. `cluster_by` takes up to 4 plain columns, " +
		"whatever their type. Neither takes lists, maps and structs, or a column twice, and one column at least must not be a partition.\n\n" +
		"```yaml\ntables:\n  orders: {delta: {path: t}, partition_by: [day], cluster_by: [customer_id]}\n```\n\n" +
		"For a field of a struct, select it in a view first: `SELECT *, address.country AS country FROM orders`."},
	{"SF0324", "a partition for every row", "A warning: `partition_by` names a timestamp, a UUID or the table's whole key, so that about every row gets a file of its own. Tables of very many files are slow to read, and to write.\n\n" +
		"Partition by a column of few values (`CAST(created AS DATE) AS day` in a view), and name the fine column in `cluster_by`: readers then skip by the statistics of files."},
}
