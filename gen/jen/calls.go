package jen

// One call a piece, as a new statement, in a group, and behind what a statement has.

// True appends true.
func True() *Statement { return newStatement().True() }

// True appends true.
func (g *Group) True() *Statement { return g.new().True() }

// True appends true.
func (s *Statement) True() *Statement { return s.put(item{kind: word, text: "true"}) }

// False appends false.
func False() *Statement { return newStatement().False() }

// False appends false.
func (g *Group) False() *Statement { return g.new().False() }

// False appends false.
func (s *Statement) False() *Statement { return s.put(item{kind: word, text: "false"}) }

// Nil appends nil.
func Nil() *Statement { return newStatement().Nil() }

// Nil appends nil.
func (g *Group) Nil() *Statement { return g.new().Nil() }

// Nil appends nil.
func (s *Statement) Nil() *Statement { return s.put(item{kind: word, text: "nil"}) }

// Err appends err.
func Err() *Statement { return newStatement().Err() }

// Err appends err.
func (g *Group) Err() *Statement { return g.new().Err() }

// Err appends err.
func (s *Statement) Err() *Statement { return s.put(item{kind: word, text: "err"}) }

// Bool appends bool.
func Bool() *Statement { return newStatement().Bool() }

// Bool appends bool.
func (g *Group) Bool() *Statement { return g.new().Bool() }

// Bool appends bool.
func (s *Statement) Bool() *Statement { return s.put(item{kind: word, text: "bool"}) }

// Byte appends byte.
func Byte() *Statement { return newStatement().Byte() }

// Byte appends byte.
func (g *Group) Byte() *Statement { return g.new().Byte() }

// Byte appends byte.
func (s *Statement) Byte() *Statement { return s.put(item{kind: word, text: "byte"}) }

// String appends string.
func String() *Statement { return newStatement().String() }

// String appends string.
func (g *Group) String() *Statement { return g.new().String() }

// String appends string.
func (s *Statement) String() *Statement { return s.put(item{kind: word, text: "string"}) }

// Error appends error.
func Error() *Statement { return newStatement().Error() }

// Error appends error.
func (g *Group) Error() *Statement { return g.new().Error() }

// Error appends error.
func (s *Statement) Error() *Statement { return s.put(item{kind: word, text: "error"}) }

// Any appends any.
func Any() *Statement { return newStatement().Any() }

// Any appends any.
func (g *Group) Any() *Statement { return g.new().Any() }

// Any appends any.
func (s *Statement) Any() *Statement { return s.put(item{kind: word, text: "any"}) }

// Int appends int.
func Int() *Statement { return newStatement().Int() }

// Int appends int.
func (g *Group) Int() *Statement { return g.new().Int() }

// Int appends int.
func (s *Statement) Int() *Statement { return s.put(item{kind: word, text: "int"}) }

// Int8 appends int8.
func Int8() *Statement { return newStatement().Int8() }

// Int8 appends int8.
func (g *Group) Int8() *Statement { return g.new().Int8() }

// Int8 appends int8.
func (s *Statement) Int8() *Statement { return s.put(item{kind: word, text: "int8"}) }

// Int16 appends int16.
func Int16() *Statement { return newStatement().Int16() }

// Int16 appends int16.
func (g *Group) Int16() *Statement { return g.new().Int16() }

// Int16 appends int16.
func (s *Statement) Int16() *Statement { return s.put(item{kind: word, text: "int16"}) }

// Int32 appends int32.
func Int32() *Statement { return newStatement().Int32() }

// Int32 appends int32.
func (g *Group) Int32() *Statement { return g.new().Int32() }

// Int32 appends int32.
func (s *Statement) Int32() *Statement { return s.put(item{kind: word, text: "int32"}) }

// Int64 appends int64.
func Int64() *Statement { return newStatement().Int64() }

// Int64 appends int64.
func (g *Group) Int64() *Statement { return g.new().Int64() }

// Int64 appends int64.
func (s *Statement) Int64() *Statement { return s.put(item{kind: word, text: "int64"}) }

// Uint appends uint.
func Uint() *Statement { return newStatement().Uint() }

// Uint appends uint.
func (g *Group) Uint() *Statement { return g.new().Uint() }

// Uint appends uint.
func (s *Statement) Uint() *Statement { return s.put(item{kind: word, text: "uint"}) }

// Uint8 appends uint8.
func Uint8() *Statement { return newStatement().Uint8() }

// Uint8 appends uint8.
func (g *Group) Uint8() *Statement { return g.new().Uint8() }

// Uint8 appends uint8.
func (s *Statement) Uint8() *Statement { return s.put(item{kind: word, text: "uint8"}) }

// Uint16 appends uint16.
func Uint16() *Statement { return newStatement().Uint16() }

// Uint16 appends uint16.
func (g *Group) Uint16() *Statement { return g.new().Uint16() }

// Uint16 appends uint16.
func (s *Statement) Uint16() *Statement { return s.put(item{kind: word, text: "uint16"}) }

// Uint32 appends uint32.
func Uint32() *Statement { return newStatement().Uint32() }

// Uint32 appends uint32.
func (g *Group) Uint32() *Statement { return g.new().Uint32() }

// Uint32 appends uint32.
func (s *Statement) Uint32() *Statement { return s.put(item{kind: word, text: "uint32"}) }

// Uint64 appends uint64.
func Uint64() *Statement { return newStatement().Uint64() }

// Uint64 appends uint64.
func (g *Group) Uint64() *Statement { return g.new().Uint64() }

// Uint64 appends uint64.
func (s *Statement) Uint64() *Statement { return s.put(item{kind: word, text: "uint64"}) }

// Float32 appends float32.
func Float32() *Statement { return newStatement().Float32() }

// Float32 appends float32.
func (g *Group) Float32() *Statement { return g.new().Float32() }

// Float32 appends float32.
func (s *Statement) Float32() *Statement { return s.put(item{kind: word, text: "float32"}) }

// Float64 appends float64.
func Float64() *Statement { return newStatement().Float64() }

// Float64 appends float64.
func (g *Group) Float64() *Statement { return g.new().Float64() }

// Float64 appends float64.
func (s *Statement) Float64() *Statement { return s.put(item{kind: word, text: "float64"}) }

// Break appends break.
func Break() *Statement { return newStatement().Break() }

// Break appends break.
func (g *Group) Break() *Statement { return g.new().Break() }

// Break appends break.
func (s *Statement) Break() *Statement { return s.put(item{kind: word, text: "break"}) }

// Continue appends continue.
func Continue() *Statement { return newStatement().Continue() }

// Continue appends continue.
func (g *Group) Continue() *Statement { return g.new().Continue() }

// Continue appends continue.
func (s *Statement) Continue() *Statement { return s.put(item{kind: word, text: "continue"}) }

// Var appends the keyword var.
func Var() *Statement { return newStatement().Var() }

// Var appends the keyword var.
func (g *Group) Var() *Statement { return g.new().Var() }

// Var appends the keyword var.
func (s *Statement) Var() *Statement { return s.put(item{kind: word, text: "var"}) }

// Const appends the keyword const.
func Const() *Statement { return newStatement().Const() }

// Const appends the keyword const.
func (g *Group) Const() *Statement { return g.new().Const() }

// Const appends the keyword const.
func (s *Statement) Const() *Statement { return s.put(item{kind: word, text: "const"}) }

// Type appends the keyword type.
func Type() *Statement { return newStatement().Type() }

// Type appends the keyword type.
func (g *Group) Type() *Statement { return g.new().Type() }

// Type appends the keyword type.
func (s *Statement) Type() *Statement { return s.put(item{kind: word, text: "type"}) }

// Func appends the keyword func.
func Func() *Statement { return newStatement().Func() }

// Func appends the keyword func.
func (g *Group) Func() *Statement { return g.new().Func() }

// Func appends the keyword func.
func (s *Statement) Func() *Statement { return s.put(item{kind: word, text: "func"}) }

// Else appends the keyword else.
func Else() *Statement { return newStatement().Else() }

// Else appends the keyword else.
func (g *Group) Else() *Statement { return g.new().Else() }

// Else appends the keyword else.
func (s *Statement) Else() *Statement { return s.put(item{kind: word, text: "else"}) }

// Range appends the keyword range.
func Range() *Statement { return newStatement().Range() }

// Range appends the keyword range.
func (g *Group) Range() *Statement { return g.new().Range() }

// Range appends the keyword range.
func (s *Statement) Range() *Statement { return s.put(item{kind: word, text: "range"}) }

// Default appends the keyword default.
func Default() *Statement { return newStatement().Default() }

// Default appends the keyword default.
func (g *Group) Default() *Statement { return g.new().Default() }

// Default appends the keyword default.
func (s *Statement) Default() *Statement { return s.put(item{kind: word, text: "default"}) }

// Id appends a name.
func Id(name string) *Statement { return newStatement().Id(name) }

// Id appends a name.
func (g *Group) Id(name string) *Statement { return g.new().Id(name) }

// Id appends a name.
func (s *Statement) Id(name string) *Statement { return s.put(item{kind: word, text: name}) }

// Op appends an operator, or a number as it is written.
func Op(text string) *Statement { return newStatement().Op(text) }

// Op appends an operator, or a number as it is written.
func (g *Group) Op(text string) *Statement { return g.new().Op(text) }

// Op appends an operator, or a number as it is written.
func (s *Statement) Op(text string) *Statement { return s.put(item{kind: op, text: text}) }

// Comment appends a line that starts with //.
func Comment(text string) *Statement { return newStatement().Comment(text) }

// Comment appends a line that starts with //.
func (g *Group) Comment(text string) *Statement { return g.new().Comment(text) }

// Comment appends a line that starts with //.
func (s *Statement) Comment(text string) *Statement { return s.put(item{kind: comment, text: text}) }

// Line appends a line break.
func Line() *Statement { return newStatement().Line() }

// Line appends a line break.
func (g *Group) Line() *Statement { return g.new().Line() }

// Line appends a line break.
func (s *Statement) Line() *Statement { return s.put(item{kind: line}) }

// Empty appends an element of a list that is not there, as before the colon of a slice.
func Empty() *Statement { return newStatement().Empty() }

// Empty appends an element of a list that is not there, as before the colon of a slice.
func (g *Group) Empty() *Statement { return g.new().Empty() }

// Empty appends an element of a list that is not there, as before the colon of a slice.
func (s *Statement) Empty() *Statement { return s.put(item{kind: empty}) }

// Qual appends a name of another package, which the file then imports.
func Qual(path, name string) *Statement { return newStatement().Qual(path, name) }

// Qual appends a name of another package, which the file then imports.
func (g *Group) Qual(path, name string) *Statement { return g.new().Qual(path, name) }

// Lit appends a constant: a string, an int or a bool.
func Lit(v any) *Statement { return newStatement().Lit(v) }

// Lit appends a constant: a string, an int or a bool.
func (g *Group) Lit(v any) *Statement { return g.new().Lit(v) }

// Null appends nothing.
func Null() *Statement { return newStatement().Null() }

// Null appends nothing.
func (g *Group) Null() *Statement { return g.new().Null() }

// Add appends statements.
func Add(code ...Code) *Statement { return newStatement().Add(code...) }

// Add appends statements.
func (g *Group) Add(code ...Code) *Statement { return g.new().Add(code...) }

// Custom appends a list in brackets, an element a line.
func Custom(o Options, items ...Code) *Statement { return newStatement().Custom(o, items...) }

// Custom appends a list in brackets, an element a line.
func (g *Group) Custom(o Options, items ...Code) *Statement { return g.new().Custom(o, items...) }

// Call appends arguments in parentheses.
func Call(items ...Code) *Statement { return newStatement().Call(items...) }

// Call appends arguments in parentheses.
func (g *Group) Call(items ...Code) *Statement { return g.new().Call(items...) }

// Call appends arguments in parentheses.
func (s *Statement) Call(items ...Code) *Statement { return s.group(call, "", items) }

// Params appends parameters, results or a receiver.
func Params(items ...Code) *Statement { return newStatement().Params(items...) }

// Params appends parameters, results or a receiver.
func (g *Group) Params(items ...Code) *Statement { return g.new().Params(items...) }

// Params appends parameters, results or a receiver.
func (s *Statement) Params(items ...Code) *Statement { return s.group(params, "", items) }

// Values appends the elements of a composite literal, on one line.
func Values(items ...Code) *Statement { return newStatement().Values(items...) }

// Values appends the elements of a composite literal, on one line.
func (g *Group) Values(items ...Code) *Statement { return g.new().Values(items...) }

// Values appends the elements of a composite literal, on one line.
func (s *Statement) Values(items ...Code) *Statement { return s.group(values, "", items) }

// Index appends square brackets with what colons separate; empty ones are of a slice type.
func Index(items ...Code) *Statement { return newStatement().Index(items...) }

// Index appends square brackets with what colons separate; empty ones are of a slice type.
func (g *Group) Index(items ...Code) *Statement { return g.new().Index(items...) }

// Index appends square brackets with what colons separate; empty ones are of a slice type.
func (s *Statement) Index(items ...Code) *Statement { return s.group(index, "", items) }

// Block appends a block; behind case and default it has no braces.
func Block(items ...Code) *Statement { return newStatement().Block(items...) }

// Block appends a block; behind case and default it has no braces.
func (g *Group) Block(items ...Code) *Statement { return g.new().Block(items...) }

// Block appends a block; behind case and default it has no braces.
func (s *Statement) Block(items ...Code) *Statement { return s.group(block, "", items) }

// Struct appends a struct type.
func Struct(items ...Code) *Statement { return newStatement().Struct(items...) }

// Struct appends a struct type.
func (g *Group) Struct(items ...Code) *Statement { return g.new().Struct(items...) }

// Struct appends a struct type.
func (s *Statement) Struct(items ...Code) *Statement { return s.group(fields, "struct", items) }

// Defs appends definitions of const and var in parentheses.
func Defs(items ...Code) *Statement { return newStatement().Defs(items...) }

// Defs appends definitions of const and var in parentheses.
func (g *Group) Defs(items ...Code) *Statement { return g.new().Defs(items...) }

// Defs appends definitions of const and var in parentheses.
func (s *Statement) Defs(items ...Code) *Statement { return s.group(defs, "", items) }

// List appends a list without brackets.
func List(items ...Code) *Statement { return newStatement().List(items...) }

// List appends a list without brackets.
func (g *Group) List(items ...Code) *Statement { return g.new().List(items...) }

// List appends a list without brackets.
func (s *Statement) List(items ...Code) *Statement { return s.group(list, "", items) }

// If appends if and its header.
func If(items ...Code) *Statement { return newStatement().If(items...) }

// If appends if and its header.
func (g *Group) If(items ...Code) *Statement { return g.new().If(items...) }

// If appends if and its header.
func (s *Statement) If(items ...Code) *Statement { return s.group(header, "if", items) }

// For appends for and its header.
func For(items ...Code) *Statement { return newStatement().For(items...) }

// For appends for and its header.
func (g *Group) For(items ...Code) *Statement { return g.new().For(items...) }

// For appends for and its header.
func (s *Statement) For(items ...Code) *Statement { return s.group(header, "for", items) }

// Switch appends switch and its header.
func Switch(items ...Code) *Statement { return newStatement().Switch(items...) }

// Switch appends switch and its header.
func (g *Group) Switch(items ...Code) *Statement { return g.new().Switch(items...) }

// Switch appends switch and its header.
func (s *Statement) Switch(items ...Code) *Statement { return s.group(header, "switch", items) }

// Return appends return and its results.
func Return(items ...Code) *Statement { return newStatement().Return(items...) }

// Return appends return and its results.
func (g *Group) Return(items ...Code) *Statement { return g.new().Return(items...) }

// Return appends return and its results.
func (s *Statement) Return(items ...Code) *Statement { return s.group(result, "", items) }

// Case appends case and its expressions.
func Case(items ...Code) *Statement { return newStatement().Case(items...) }

// Case appends case and its expressions.
func (g *Group) Case(items ...Code) *Statement { return g.new().Case(items...) }

// Case appends case and its expressions.
func (s *Statement) Case(items ...Code) *Statement { return s.group(cases, "", items) }

// Append appends a call of append.
func Append(items ...Code) *Statement { return newStatement().Append(items...) }

// Append appends a call of append.
func (g *Group) Append(items ...Code) *Statement { return g.new().Append(items...) }

// Append appends a call of append.
func (s *Statement) Append(items ...Code) *Statement { return s.group(call, "append", items) }

// ValuesFunc is Values, filled by a function.
func ValuesFunc(fill func(*Group)) *Statement { return newStatement().ValuesFunc(fill) }

// ValuesFunc is Values, filled by a function.
func (g *Group) ValuesFunc(fill func(*Group)) *Statement { return g.new().ValuesFunc(fill) }

// ValuesFunc is Values, filled by a function.
func (s *Statement) ValuesFunc(fill func(*Group)) *Statement { return s.groupFunc(values, "", fill) }

// BlockFunc is Block, filled by a function.
func BlockFunc(fill func(*Group)) *Statement { return newStatement().BlockFunc(fill) }

// BlockFunc is Block, filled by a function.
func (g *Group) BlockFunc(fill func(*Group)) *Statement { return g.new().BlockFunc(fill) }

// BlockFunc is Block, filled by a function.
func (s *Statement) BlockFunc(fill func(*Group)) *Statement { return s.groupFunc(block, "", fill) }

// StructFunc is Struct, filled by a function.
func StructFunc(fill func(*Group)) *Statement { return newStatement().StructFunc(fill) }

// StructFunc is Struct, filled by a function.
func (g *Group) StructFunc(fill func(*Group)) *Statement { return g.new().StructFunc(fill) }

// StructFunc is Struct, filled by a function.
func (s *Statement) StructFunc(fill func(*Group)) *Statement {
	return s.groupFunc(fields, "struct", fill)
}

// DefsFunc is Defs, filled by a function.
func DefsFunc(fill func(*Group)) *Statement { return newStatement().DefsFunc(fill) }

// DefsFunc is Defs, filled by a function.
func (g *Group) DefsFunc(fill func(*Group)) *Statement { return g.new().DefsFunc(fill) }

// DefsFunc is Defs, filled by a function.
func (s *Statement) DefsFunc(fill func(*Group)) *Statement { return s.groupFunc(defs, "", fill) }

// CallFunc is Call, filled by a function.
func CallFunc(fill func(*Group)) *Statement { return newStatement().CallFunc(fill) }

// CallFunc is Call, filled by a function.
func (g *Group) CallFunc(fill func(*Group)) *Statement { return g.new().CallFunc(fill) }

// CallFunc is Call, filled by a function.
func (s *Statement) CallFunc(fill func(*Group)) *Statement { return s.groupFunc(call, "", fill) }

// Parens appends an expression or a type in parentheses.
func Parens(c Code) *Statement { return newStatement().Parens(c) }

// Parens appends an expression or a type in parentheses.
func (g *Group) Parens(c Code) *Statement { return g.new().Parens(c) }

// Parens appends an expression or a type in parentheses.
func (s *Statement) Parens(c Code) *Statement { return s.group(parens, "", []*Statement{c}) }

// Map appends map and its key type.
func Map(c Code) *Statement { return newStatement().Map(c) }

// Map appends map and its key type.
func (g *Group) Map(c Code) *Statement { return g.new().Map(c) }

// Map appends map and its key type.
func (s *Statement) Map(c Code) *Statement { return s.group(key, "map", []*Statement{c}) }

// Len appends a call of len.
func Len(c Code) *Statement { return newStatement().Len(c) }

// Len appends a call of len.
func (g *Group) Len(c Code) *Statement { return g.new().Len(c) }

// Len appends a call of len.
func (s *Statement) Len(c Code) *Statement { return s.group(call, "len", []*Statement{c}) }
