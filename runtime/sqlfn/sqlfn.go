// Package sqlfn holds SQL's functions and operators over Go values, for generated code.
//
// Arguments are never NULL: generated code looks at Valid before it calls. A function that may fail gives an error that
// says which value it could not take; a cast gives false instead, since SAFE_CAST makes that a NULL and CAST the error
// of NotA. Nothing allocates but what builds a new text or new bytes; a text that a function leaves as it is, or takes a
// part of, is shared with the argument.
package sqlfn

import "github.com/seamflow/seamflow/runtime/value"

// And is SQL's a AND b: FALSE decides, NULL does not.
func And(a, b value.Opt[bool]) value.Opt[bool] {
	if IsFalse(a) || IsFalse(b) {
		return value.Some(false)
	}
	return value.Opt[bool]{V: true, Valid: a.Valid && b.Valid}
}

// Or is SQL's a OR b: TRUE decides, NULL does not.
func Or(a, b value.Opt[bool]) value.Opt[bool] {
	if IsTrue(a) || IsTrue(b) {
		return value.Some(true)
	}
	return value.Opt[bool]{Valid: a.Valid && b.Valid}
}

// IsTrue is SQL's a IS TRUE.
func IsTrue(a value.Opt[bool]) bool { return a.Valid && a.V }

// IsFalse is SQL's a IS FALSE.
func IsFalse(a value.Opt[bool]) bool { return a.Valid && !a.V }
