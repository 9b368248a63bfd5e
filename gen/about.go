package gen

import (
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/runtime/genver"
)

// Contract is the contract between generated code and runtime that this generator writes.
const Contract = genver.Version

// Schema is the JSON Schema of specs, for editors.
func Schema() []byte { return spec.Schema() }
