package emit

// Runtime is the folder of the packages that generated code is built on.
const Runtime = "github.com/seamflow/seamflow/runtime/"

// Imports lists every package that generated code may import; the last element of each path is its name.
func Imports() []string {
	return []string{
		"math", "math/bits", "time",
		Runtime + "avror", Runtime + "contract", Runtime + "csvr", Runtime + "delta/column", Runtime + "files", Runtime + "flow", Runtime + "genver",
		Runtime + "jsonr", Runtime + "kafka", Runtime + "merge", Runtime + "parquetr", Runtime + "registry", Runtime + "sqlfn", Runtime + "value",
	}
}
