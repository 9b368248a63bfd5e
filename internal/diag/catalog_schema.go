package diag

// catalogSchema explains the diagnostics of schema files (SF01xx), by ID.
var catalogSchema = []Entry{
	{"SF0101", "a schema file is not JSON", "JSON Schema and Avro schemas are JSON files of UTF-8 text: keys and texts in double quotes, commas between elements and none after the last, no comments.\n\n" +
		"```json\n{\"type\": \"string\",}   // SF0101, twice: the comma, and this comment\n```\n\nThe place is where JSON stops; a missing comma is at the end of the line above."},
	{"SF0102", "a schema is too large", "A schema file may have 1 MiB, 100,000 values and 64 levels; a record 32 levels, 10,000 types, each counted as often as it is used, and 64 files. Real ones are far below; " +
		"the limits keep a few lines that use each other from becoming a table of millions of columns.\n\nDescribe the record that the pipeline reads, not all that there are."},
	{"SF0103", "a key is there twice in a schema file", "An object has the same key twice. JSON readers differ in which one counts, so neither does.\n\n" +
		"```json\n\"properties\": {\"id\": {\"type\": \"string\"}, \"id\": {\"type\": \"integer\"}}\n```\n\nTake one out or rename it."},
	{"SF0104", "a schema that is none", "A keyword has a value that its format does not allow: an unknown type, a text where a list belongs, a name with a blank.\n\n" +
		"```json\n{\"type\": \"strnig\"}   // SF0104: did you mean string?\n{\"type\": \"object\", \"required\": \"id\"}   // SF0104: a list of texts\n```\n\n" +
		"In an Avro file a named type is described in full, once, before the places that use its name."},
	{"SF0105", "a schema that no column can hold", "A column has one type, and NULL beside it. Types that depend on values, unions of several types, lists whose elements differ by place and fields with unknown names have no column; " +
		"neither have times of day, durations and times without a zone. They are refused where they stand, never read as something near.\n\n" +
		"```json\n{\"oneOf\": [{\"type\": \"string\"}, {\"type\": \"integer\"}]}   // SF0105\n```\n\n" +
		"The hint says what can be written instead; docs/reference/schemas.md lists what maps to what."},
	{"SF0106", "a schema without a type", "The schema takes every value, or does not say what is inside a list or object, so there is no type for the column.\n\n" +
		"```json\n{\"description\": \"the name\"}   // SF0106: add \"type\": \"string\"\n{\"type\": \"object\"}   // SF0106: add \"properties\", or \"additionalProperties\": {\"type\": …} for a map\n```"},
	{"SF0107", "a $ref that leads nowhere", "`$ref` names a schema of the same file (`#/$defs/Name`, `#anchor`) or of a file below the spec's folder, relative to the file that names it (`common.json#/$defs/Name`). " +
		"Nothing is ever fetched from a network: put a copy of the file beside the others."},
	{"SF0108", "a type that contains itself", "A tree or a linked list has no fixed set of columns.\n\n" +
		"```json\n{\"$defs\": {\"Node\": {\"type\": \"object\", \"properties\": {\"next\": {\"$ref\": \"#/$defs/Node\"}}}}}\n```\n\n" +
		"Leave the inner field out, or declare it as a text."},
	{"SF0109", "a schema that is no record", "What a source reads is records: an object with properties, an Avro record. The file, or the part of it that the spec names after `#`, is something else or is not there.\n\n" +
		"```yaml\nschemas:\n  Order: schemas/all.json#/$defs/Order\n  Line: schemas/all.avsc#com.acme.Line\n```"},
	{"SF0110", "a default that does not fit", "A default is a constant of its field's type: it stands for the field where a record leaves it out. A list or map may have the empty one as its default, a struct none.\n\n" +
		"JSON Schema writes them as records do (`\"2024-05-14\"`), Avro in a form of its own: bytes and decimals as characters `\\u0000` to `\\u00ff`, dates and timestamps as numbers."},
	{"SF0111", "schemas that contradict each other", "All that `allOf` lists, and what stands beside a `$ref`, holds at once. Two parts that describe one field or keyword differently leave no type.\n\nDescribe it in one place."},
	{"SF0112", "a format that does not fit", "A format (JSON Schema) or logical type (Avro) is one of certain types, and a decimal says how many digits it has.\n\n" +
		"```json\n{\"type\": \"number\", \"format\": \"decimal\", \"x-precision\": 10, \"x-scale\": 2}\n{\"type\": \"bytes\", \"logicalType\": \"decimal\", \"precision\": 10, \"scale\": 2}\n```\n\n" +
		"Avro ignores a `logicalType` that stands beside a type instead of in it; here that is an error, because a date would silently become a number."},
	{"SF0113", "a required field that nothing describes", "`required` has a name that no `properties` has. JSON Schema allows it; nearly always one of the two is misspelt, and the field would become optional without a word.\n\n" +
		"```json\n{\"type\": \"object\", \"required\": [\"idd\"], \"properties\": {\"id\": {\"type\": \"string\"}}}\n```"},
	{"SF0114", "a name that is taken in a schema file", "Two types of an Avro file have one full name, two fields of a record one name, or a type is called like one of Avro's own.\n\n" +
		"A named type is described once; from then on its name stands for it."},
}
