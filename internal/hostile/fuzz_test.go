package hostile

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/gen"
)

// FuzzGenerate takes any spec with any schema the whole way.
func FuzzGenerate(f *testing.F) {
	for n := range 20 {
		m := &maker{rand.New(rand.NewPCG(1, uint64(n))), "127.0.0.1:9"}
		tr := m.trial(n)
		f.Add(tr.files["p.yaml"], tr.files["schemas/order.schema.json"], tr.files["schemas/order.avsc"], m.lock())
	}
	f.Fuzz(func(t *testing.T, spec, schema, avro, lock string) {
		tr := trial{files: map[string]string{"p.yaml": spec, "schemas/order.schema.json": schema, "schemas/order.avsc": avro, "seamflow.lock": lock}}
		base := filepath.Join(t.TempDir(), "t")
		project := tr.write(t, base)
		before := everything(t, base)
		res, err := gen.Run(context.Background(), gen.Options{Dir: project, Specs: []string{"p.yaml"}})
		if err != nil {
			tr.checkError(t, err)
			return
		}
		tr.checkDiagnostics(t, res)
		checkTouched(t, before, everything(t, base), res.Written, res)
		for _, name := range res.Written {
			if strings.HasSuffix(name, ".go") {
				checkGo(t, filepath.Join(project, name))
			}
		}
	})
}
