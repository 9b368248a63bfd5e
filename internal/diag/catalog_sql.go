package diag

// catalogSQL explains the diagnostics of SQL texts (SF02xx), by ID.
var catalogSQL = []Entry{}
