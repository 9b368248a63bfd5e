package diag

// catalogCutover explains the diagnostics of append flows that part a table's rows between them, by ID.
var catalogCutover = []Entry{
	{"SF0360", "flows that take the same rows", "Append flows add every row that their `where` takes. A row that two of them take is in the table twice if both sources have it, and nothing removes it. " +
		"The message shows a value for which both conditions are true; other columns may have any.\n\n" +
		"```yaml\nflows:\n  files: {append_flow: {target: actions, source: clickstream_files, where: \"event_date <= '2024-04-01'\"}}\n" +
		"  kafka: {append_flow: {target: actions, source: clickstream_kafka, where: \"event_date >= '2024-04-01'\"}}   # SF0360: both take DATE '2024-04-01'\n```\n\n" +
		"Part them so that every row is taken by one flow: `<` here and `>=` there. Where the sources have no rows in common, say so on the table: `accept: {overlap: two regions}`."},
	{"SF0361", "rows that no flow takes", "All append flows of the table have a `where`, and there are rows for which none of these is true. They are read and dropped. The most frequent case is NULL, " +
		"for which neither `event_date < '2024-04-01'` nor `event_date >= '2024-04-01'` is true.\n\n" +
		"```yaml\nflows:\n  files: {append_flow: {target: actions, source: clickstream_files, where: \"event_date <  '2024-04-01'\"}}\n" +
		"  kafka: {append_flow: {target: actions, source: clickstream_kafka, where: \"event_date >= '2024-04-01'\"}}   # SF0361 if event_date may be NULL\n```\n\n" +
		"Let one flow take them (`event_date < '2024-04-01' OR event_date IS NULL`), require the column in the schema, or say on the table that they are not wanted: `accept: {gap: rows without a date are noise}`."},
	{"SF0362", "a cutover that cannot be judged", "Append flows part the table's rows by `where`, and whether they do it without repeating or losing any depends on what cannot be computed from the conditions: columns of different types, " +
		"columns that the table does not have, functions of several columns.\n\n" +
		"```yaml\nflows:\n  files: {append_flow: {target: actions, source: clickstream_files, where: \"LENGTH(id) < 10\"}}\n  kafka: {append_flow: {target: actions, source: clickstream_kafka, where: \"id >= '1000000000'\"}}   # SF0362\n```\n\n" +
		"Compare columns that the table has, of one type in all sources, with constants; what is understood is in docs/explanation/cutover-proof.md. If you know better, say so on the table: `accept: {unproved: ids have ten digits from 2024 on}`."},
}
