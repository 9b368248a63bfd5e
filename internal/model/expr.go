package model

import "github.com/seamflow/seamflow/internal/diag"

// Op says what an Expr is.
type Op uint8

const (
	OpColumn  Op = iota + 1 // Column
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
	OpCase                  // WHEN Args[0] THEN Args[1] … ELSE the last; conditions are BOOL; always an odd number
	OpCast                  // Args[0] to Type; Func is "cast" or "safe_cast"
	OpCall                  // Func over Args; NULL in gives NULL out unless the function's row in sqlexpr says otherwise
	OpStruct                // Args are the fields of Type
)

// Expr is a typed SQL expression. Every implicit conversion is an explicit OpCast: the operands of an OpCompare, the
// branches of an OpCase and the arguments of an OpCall have the types that the operation takes.
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
