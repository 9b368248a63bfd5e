package avror

import (
	"context"
	"errors"

	"github.com/seamflow/seamflow/runtime/avsc"
	"github.com/seamflow/seamflow/runtime/stream"
)

// Plain is the format of messages that all have one writer's schema, which is the decoder's own.
func Plain[S any](schema string, decode func(r *Reader, s *S) error) stream.Format[S] {
	return plainFormat[S]{schema, decode}
}

type plainFormat[S any] struct {
	schema string
	decode func(r *Reader, s *S) error
}

func (f plainFormat[S]) Open(context.Context, stream.Options) (stream.Decoder[S], error) {
	schema, err := avsc.Parse(f.schema, nil)
	if err != nil {
		return nil, errors.New("the generated code's schema: " + err.Error())
	}
	return &plain[S]{plan: Compile(schema, schema), decode: f.decode}, nil
}

type plain[S any] struct {
	plan   *Plan
	reader Reader
	decode func(r *Reader, s *S) error
}

func (d *plain[S]) Decode(_ context.Context, value []byte, s *S) error {
	d.reader.Reset(d.plan, value, 0)
	return d.decode(&d.reader, s)
}
