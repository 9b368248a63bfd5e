package model

import "github.com/seamflow/seamflow/internal/diag"

// Op says what an Expr is.
type Op uint8

const (
	OpColumn  Op = iota + 1 // Column; Name is the column's
	OpLiteral               // Lit
	OpField                 // Args[0] is a struct; Name is the field
	OpIndex                 // Args[0] is a list, Args[1] an integer; Func is "offset", "ordinal", "safe_offset" or "safe_ordinal"
	OpKey                   // Args[0] is a map, Args[1] a string: NULL where the key is absent
	OpNot                   // Args[0]
	OpAnd                   // Args, two or more, Kleene logic
	OpOr                    // Args, two or more, Kleene logic
	OpCompare               // Args[0] Func Args[1]; Func is "=", "!=", "<", "<=", ">", ">="; both of one type
	OpIn                    // Args[0] IN (Args[1:]…), all of one type
	OpIsNull                // Args[0] IS NULL
	OpIsTrue                // Args[0] IS TRUE
	OpIsFalse               // Args[0] IS FALSE
	OpCase                  // WHEN Args[0] THEN Args[1] … ELSE the last; conditions are BOOL; always an odd number, three or more
	OpCast                  // Args[0] to Type; Func is "cast" or "safe_cast"
	OpCall                  // Func over Args, a row of the table in sqlexpr/functions.go; NULL in gives NULL out; Name is the date part, if any
	OpStruct                // Args are the fields of Type; a field may be nullable where its Arg is not
)

// Expr is a typed SQL expression. Every implicit conversion is an explicit OpCast: the operands of an OpCompare, the
// branches of an OpCase and the arguments of an OpCall have the types that the operation takes.
//
// An OpCase may be never NULL though a branch is: COALESCE(a, 0) is CASE WHEN NOT (a IS NULL) THEN a ELSE 0 END, and a is
// reached only where it is not NULL. An Expr may be an operand in several places (BETWEEN, COALESCE); it is never changed.
type Expr struct {
	Op       Op
	Type     *Type
	Nullable bool // may be NULL
	CanFail  bool // evaluation may end in an error (CAST, overflow, division by zero), its operands' included
	Column   int  // OpColumn: index into Source.Columns
	Name     string
	Func     string
	Lit      *Literal
	Args     []*Expr
	Pos      diag.Pos
}
