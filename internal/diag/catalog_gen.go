package diag

// catalogGen explains the diagnostics of generation (SF04xx), by ID.
var catalogGen = []Entry{}
