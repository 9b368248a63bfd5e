// Package hostile holds a test: what people may put into a repository to hurt whoever generates from it, thousands of
// specs and schemas of it, and what generation may do with them.
package hostile
