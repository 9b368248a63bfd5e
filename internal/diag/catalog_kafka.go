package diag

// catalogKafka explains the diagnostics of topics and of how flows follow one another, by ID.
var catalogKafka = []Entry{
	{"SF0343", "a password that is written out", "Connection values are part of generated code, which is committed. A password there is no secret any more, and neither is the default of a variable, or one in the URL of a schema registry.\n\n" +
		"```yaml\nsasl: {mechanism: plain, username: \"${USER}\", password: hunter2}       # SF0343\nsasl: {mechanism: plain, username: \"${USER}\", password: \"${PASSWORD}\"}\nschema_registry: https://${REGISTRY_USER}:${REGISTRY_PASSWORD}@registry.example.com\n```\n\n" +
		"Set the variable where the pipeline runs."},
	{"SF0344", "flows that wait for one another", "A flow that depends on itself, or on a flow that depends on it, whether straight or through others, would never start. A flow that is named twice is a warning.\n\n" +
		"```yaml\nflows:\n  backfill: {depends_on: [live], once: true, append_flow: {target: t, source: files}}\n  live: {depends_on: [backfill], append_flow: {target: t, source: topic}}   # SF0344\n```\n\n" +
		"Let the backfill start by itself."},
	{"SF0345", "Avro messages without their schema", "Avro's bytes mean nothing without the schema that they were written by. With `schema_registry` each message names its own. Without it all are written by one schema, which is that of the record: it has to be an `.avsc` file then.\n\n" +
		"Name the registry, or declare the record by the schema of its writer."},
	{"SF0346", "an earlier name that is not free", "`was` lets a flow or table go on where one of another name stood. That name must be gone from the spec, and one flow (or table) only can have had it.\n\n" +
		"```yaml\nflows:\n  actions_files: {was: actions, append_flow: {target: actions, source: files}}\n  actions: {append_flow: {target: actions, source: topic}}   # SF0346: which of them goes on?\n```\n\n" +
		"Give the new flow a name of its own. Once the new name is deployed, `was` can go."},
	{"SF0347", "unknown columns that cannot be rescued", "`rescue: true` keeps what a record has beside its schema's fields as JSON text. A Parquet file is read column by column, and of columns that the schema does not have nothing is read.\n\n" +
		"Declare the columns in the schema: a schema can be the file itself, `schemas: {Order: schemas/order.parquet}`."},
}
