// Package lint holds the repository's rules as go tests: who may import whom, headers of generated files, and no
// reflection on the record path. Their messages say what to do instead.
package lint
