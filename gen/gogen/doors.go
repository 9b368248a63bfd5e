package gogen

import (
	"encoding/hex"
	"go/token"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// User text enters generated code by three doors only: ident for names, lit (and typed) for values, comment for words.

// ident is a Go name. The plan made it; whatever is no identifier would become syntax, so it stops generation.
func ident(name string) string {
	if !token.IsIdentifier(name) {
		panic(badName(name))
	}
	return name
}

// badName is what ident panics with; Write turns it into an error.
type badName string

func (b badName) Error() string {
	return "the plan holds " + strconv.Quote(string(b)) + " as a Go name"
}

// lit is a string constant.
func lit(s string) *jen.Statement { return jen.Lit(s) }

// number is an untyped integer constant.
func number[T ~int | ~int64 | ~uint8](n T) *jen.Statement { return jen.Lit(int(n)) }

// comment gives text as line comments: one for each of its lines, wrapped. No line of it can be a directive, end the
// comment early, or hide what follows.
func comment(text string) *jen.Statement {
	const width = 110
	var lines []string
	for _, l := range strings.FieldsFunc(text, lineBreak) {
		line := ""
		for _, w := range strings.Fields(strings.Map(printable, l)) {
			switch {
			case line == "":
				line = w
			case len(line)+1+len(w) > width:
				lines = append(lines, line)
				line = w
			default:
				line += " " + w
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	s := jen.Null()
	for i, l := range lines {
		if i > 0 {
			s.Line()
		}
		s.Comment("// " + harmless(l))
	}
	return s
}

func lineBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029
}

func printable(r rune) rune {
	if r == ' ' || r == '\t' {
		return ' '
	}
	if !unicode.IsPrint(r) {
		return unicode.ReplacementChar
	}
	return r
}

// harmless keeps gofmt's and go/build's readings of comments away: headings, link targets, build constraints.
func harmless(line string) string {
	if strings.IndexByte("#[+", line[0]) >= 0 {
		return "\\" + line
	}
	return line
}

// typed is a constant of a model type, as the Go type that fields of that type have.
func typed(p *emit.Plan, l *model.Literal) *jen.Statement {
	switch l.Type.Kind {
	case model.Bool:
		return jen.Lit(l.Bool)
	case model.Int32:
		return jen.Int32().Call(jen.Lit(int(l.Int)))
	case model.Int64:
		return jen.Int64().Call(jen.Lit(int(l.Int)))
	case model.Float32:
		return jen.Float32().Call(float(float64(float32(l.Float)), 32))
	case model.Float64:
		return jen.Float64().Call(float(l.Float, 64))
	case model.Decimal:
		return decimal(l)
	case model.Date:
		return jen.Qual(valuePkg, "Date").Call(jen.Lit(int(l.Int)))
	case model.Timestamp:
		return jen.Qual(valuePkg, "Timestamp").Call(jen.Lit(int(l.Int)))
	case model.UUID:
		return uuid(l.Str)
	case model.Bytes:
		return jen.Qual(valuePkg, "Bytes").Call(lit(l.Str))
	case model.Enum:
		n := p.Named(l.Type)
		for _, s := range n.Symbols {
			if s.Value == l.Str {
				return jen.Id(ident(s.Go))
			}
		}
		return jen.Id(ident(n.Go)).Call(lit(l.Str))
	}
	return lit(l.Str)
}

func float(f float64, bits int) *jen.Statement {
	switch {
	case math.IsNaN(f):
		return jen.Qual("math", "NaN").Call()
	case math.IsInf(f, 0):
		sign := 1
		if f < 0 {
			sign = -1
		}
		return jen.Qual("math", "Inf").Call(jen.Lit(sign))
	case f == 0 && math.Signbit(f):
		return jen.Qual("math", "Copysign").Call(jen.Lit(0), jen.Lit(-1))
	}
	return jen.Op(strconv.FormatFloat(f, 'g', -1, bits))
}

// decimal splits the digits into the two words that value.NewDecimal takes.
func decimal(l *model.Literal) *jen.Statement {
	n, _ := new(big.Int).SetString(strings.Replace(l.Str, ".", "", 1), 10)
	if n == nil {
		panic(badValue("decimal " + l.Str))
	}
	word := new(big.Int).SetUint64(math.MaxUint64)
	lo := new(big.Int).And(n, word) // two's complement, as And of a negative is
	hi := new(big.Int).Rsh(n, 64)
	return jen.Qual(valuePkg, "NewDecimal").Call(jen.Lit(int(hi.Int64())), jen.Op(lo.String()), number(l.Type.Scale))
}

func uuid(text string) *jen.Statement {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != 16 {
		panic(badValue("uuid " + text))
	}
	return jen.Qual(valuePkg, "UUID").ValuesFunc(func(g *jen.Group) {
		for _, b := range raw {
			g.Op("0x" + hex.EncodeToString([]byte{b}))
		}
	})
}

// badValue is what a literal that is none panics with; Write turns it into an error.
type badValue string

func (b badValue) Error() string { return "the plan holds a constant that is none: " + string(b) }
