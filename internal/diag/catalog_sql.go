package diag

// catalogSQL explains the diagnostics of SQL texts (SF02xx), by ID.
var catalogSQL = []Entry{
	{"SF0201", "the SQL does not parse", "The text is not SQL as docs/reference/sql.md describes it. The place is where it stops making sense.\n\n" +
		"The usual causes:\n\n" +
		"- a column whose name is a reserved word, such as `order`, `new`, `hash` or `at`: write it in backquotes;\n" +
		"- a quote inside a text: write `'it\\'s'`;\n" +
		"- another dialect: `%` is `MOD(a, b)`, `==` is `=`, `x::INT` is `CAST(x AS INT)`, `TRY_CAST` is `SAFE_CAST`."},
	{"SF0202", "the SQL is too large", "One text of SQL may have 64 KiB, 64 levels of brackets and CASE, and 20,000 operations once it is written out. " +
		"`CASE x WHEN`, `COALESCE` and `BETWEEN` name their operand several times, and those inside each other multiply.\n\nCompute parts of it in a view that this one reads."},
	{"SF0203", "not supported in SQL", "The SQL is right, and this clause is not for streams of rows: a view looks at one row at a time, so that a table is the same whatever the order and the batches its events came in.\n\n" +
		"Joins, aggregates, GROUP BY, DISTINCT, subqueries, WITH, ORDER BY, LIMIT, window functions and parameters are refused. `apply_changes` keeps one row of each key, which is what DISTINCT and ROW_NUMBER are mostly used for."},
	{"SF0204", "a column or field that is not there", "No column or field has this name in what the SELECT reads. Names are matched ignoring case.\n\n" +
		"```sql\nSELECT lastUpdate FROM orders   -- SF0204: did you mean lastUpdateTime?\n```\n\nA column that the same SELECT makes (`… AS x`) cannot be used in its WHERE; make it in a view of its own."},
	{"SF0205", "a name that could be several columns", "Two columns or fields have names that differ only by case, and the SQL writes neither of them exactly.\n\nWrite the name as it is declared."},
	{"SF0206", "types that do not go together", "An operator was given types that it does not take, such as `BIGINT < STRING` or the field of a text.\n\n" +
		"Integers, decimals and floating-point numbers go together, and so do enums, UUIDs and texts. A text written out (`'2024-04-01'`) is read as the type that it is compared with. For everything else CAST one side."},
	{"SF0207", "a function that is not there", "There is no function of this name. docs/reference/sql.md lists all of them.\n\nThe hint names what does the same, or the likely slip: `NVL` is `COALESCE`, `TO_TIMESTAMP(s)` is `CAST(s AS TIMESTAMP)`."},
	{"SF0208", "a function that has no place in a stream", "Functions that give another result every time (`CURRENT_TIMESTAMP`, `RAND`) would make a replay build another table, and aggregates (`COUNT`, `MAX`) look at several rows, where a view sees one.\n\n" +
		"Take a time from the event, or `_file_modification_time`. For the greatest of several columns write `GREATEST(a, b)`."},
	{"SF0209", "arguments that do not fit", "The function takes other arguments: their number, their types, or the part of a date.\n\n```sql\nSUBSTR(name)                         -- SF0209: a position is missing\nDATE_ADD(day, 3)                     -- SF0209: INTERVAL 3 DAY\n```\n\nThe hint shows the forms that there are."},
	{"SF0210", "a constant that is not of its type", "A text or number written out is read when code is generated, as the type that it is compared with or cast to, and it is none.\n\n" +
		"```sql\nWHERE event_date < '2024-04-31'      -- SF0210: April has 30 days\n```\n\nPatterns of LIKE are checked in the same way."},
	{"SF0211", "two columns of one name", "A SELECT, or a STRUCT, gives two columns names that are equal or differ only by case.\n\n```sql\nSELECT *, UPPER(status) AS status FROM orders              -- SF0211\nSELECT * REPLACE (UPPER(status) AS status) FROM orders\n```"},
	{"SF0212", "a column without a name", "An expression that is not a column or field has no name by itself.\n\n```sql\nSELECT price * quantity FROM items            -- SF0212\nSELECT price * quantity AS total FROM items\n```\n\nDouble quotes make a text, so `\"status\"` is no column: write `` `status` ``."},
	{"SF0213", "a type that is not there", "CAST names an unknown type, or one that is written wrongly.\n\n" +
		"Spark's and GoogleSQL's names are taken: `BOOLEAN`, `INT`, `BIGINT`, `FLOAT`, `DOUBLE`, `DECIMAL(10,2)`, `STRING`, `VARCHAR(20)`, `BYTES`, `DATE`, `TIMESTAMP`, `UUID`, `ARRAY<…>`, `STRUCT<name type, …>`, `MAP<STRING, …>`."},
	{"SF0214", "a CAST that there is not", "No value of the one type can be made one of the other, such as a DATE from a BOOLEAN. docs/reference/sql.md has the table of casts.\n\nArrays, maps and structs are cast only where every element or field surely can be."},
	{"SF0215", "sides of UNION ALL with different columns", "UNION ALL matches columns by name, and one side has a column that another lacks.\n\n```sql\nSELECT id, status FROM online\nUNION ALL\nSELECT id, CAST(NULL AS STRING) AS status FROM legacy\n```"},
	{"SF0216", "columns of UNION ALL without a common type", "The sides of UNION ALL have a column whose types no type holds without loss, or the column is NULL everywhere and has no type.\n\nWhat goes together is listed at SF0311; CAST one of them."},
	{"SF0217", "a condition that is not BOOLEAN", "WHERE, AND, OR, NOT and WHEN take truth values. `WHERE flag` needs a BOOLEAN column; compare others: `WHERE flag = 1`."},
	{"SF0218", "UNION ALL in another order", "A warning: the sides of UNION ALL name the same columns in different orders. Other engines match them by position, seamflow by name.\n\nWrite `UNION ALL BY NAME`, or list the columns in one order."},
	{"SF0219", "a text that is no symbol of the enum", "A warning: an enum is compared with a text that is none of its symbols, so the comparison is never true.\n\n```sql\nWHERE status = 'Complete'   -- SF0219: did you mean complete?\n```"},
	{"SF0220", "double quotes around a column", "A warning: double quotes make a text, as in GoogleSQL, and the text is the name of a column.\n\n```sql\nWHERE \"status\" = 'complete'   -- SF0220: compares two texts, which is never true\nWHERE `status` = 'complete'\n```"},
	{"SF0221", "a comment that takes out the lines below", "YAML makes one line of a text that begins with `>-`, or that goes over lines in quotes or without. `-- …` and `# …` end with the line, so that everything below the comment would be part of it, such as a WHERE.\n\n" +
		"```yaml\nplaced: >-\n  SELECT * FROM orders -- SF0221: the next line would not count\n  WHERE status = 'placed'\n```\n\nBegin the text with `|-`, which keeps its lines, or write `/* … */`."},
}
