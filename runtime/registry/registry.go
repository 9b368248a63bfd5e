// Package registry reads messages in Confluent's frame, whose writers' schemas a schema registry keeps.
//
// The frame is a byte 0 and the number of a schema in four bytes, the highest first; the rest is the message. A schema
// never changes under its number, so that each is asked for once in a process. A registry that does not answer is a
// *stream.Unavailable, never a fault of the message.
package registry

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/seamflow/seamflow/runtime/avror"
	"github.com/seamflow/seamflow/runtime/avsc"
	"github.com/seamflow/seamflow/runtime/stream"
)

// Spec is a registry as a pipeline declares it.
type Spec struct {
	// URL may hold ${NAME}, read when the pipeline runs. What stands before an @ in it says who we are: user:password, or a
	// bearer token that has no colon. It is sent in a header and stands in no error.
	URL string
}

// Types of schemas, as registries call them.
const (
	typeAvro = "AVRO"
	typeJSON = "JSON"
)

// Avro is the format of framed Avro messages: what each schema's writer wrote is read by the decoder's own schema.
func Avro[S any](spec Spec, schema string, decode func(r *avror.Reader, s *S) error) stream.Format[S] {
	return format[S]{spec, schema, decode}
}

type format[S any] struct {
	spec   Spec
	schema string
	decode func(r *avror.Reader, s *S) error
}

func (f format[S]) Open(_ context.Context, o stream.Options) (stream.Decoder[S], error) {
	schema, err := avsc.Parse(f.schema, nil)
	if err != nil {
		return nil, errors.New("the generated code's schema: " + err.Error())
	}
	c, err := connect(f.spec, o)
	if err != nil {
		return nil, err
	}
	return &decoder[S]{client: c, warn: o.Warn, schema: schema, plans: map[uint32]*avror.Plan{}, decode: f.decode}, nil
}

type decoder[S any] struct {
	client *client
	warn   func(string)
	schema *avsc.Schema
	plans  map[uint32]*avror.Plan
	last   uint32
	plan   *avror.Plan // of last
	reader avror.Reader
	decode func(r *avror.Reader, s *S) error
}

func (d *decoder[S]) Decode(ctx context.Context, value []byte, s *S) error {
	id, err := schemaID(value)
	if err != nil {
		return err
	}
	if id != d.last || d.plan == nil {
		if err := d.change(ctx, id); err != nil {
			return err
		}
	}
	d.reader.Reset(d.plan, value, headerSize)
	return d.decode(&d.reader, s)
}

// change makes id's plan the one at hand.
func (d *decoder[S]) change(ctx context.Context, id uint32) error {
	plan := d.plans[id]
	if plan == nil {
		s, err := d.client.schema(ctx, id, typeAvro, d.warn)
		if err != nil {
			return err
		}
		plan = avror.Compile(s.avro, d.schema)
		d.plans[id] = plan
	}
	d.last, d.plan = id, plan
	return nil
}

// Frame is the frame of JSON messages, which have a schema of type JSON.
func Frame(spec Spec) stream.Framing { return framing{spec} }

type framing struct{ spec Spec }

func (f framing) Open(_ context.Context, o stream.Options) (stream.Framer, error) {
	c, err := connect(f.spec, o)
	if err != nil {
		return nil, err
	}
	return &framer{client: c, warn: o.Warn}, nil
}

type framer struct {
	client *client
	warn   func(string)
	last   uint32
	known  bool // last is a schema
}

func (f *framer) Payload(ctx context.Context, value []byte) ([]byte, error) {
	id, err := schemaID(value)
	if err != nil {
		return nil, err
	}
	if id != f.last || !f.known {
		if _, err := f.client.schema(ctx, id, typeJSON, f.warn); err != nil {
			return nil, err
		}
		f.last, f.known = id, true
	}
	return value[headerSize:], nil
}

const headerSize = 5

// schemaID reads the frame of a message.
func schemaID(value []byte) (uint32, error) {
	switch {
	case len(value) == 0:
		return 0, errors.New("no Confluent frame: the message is empty")
	case value[0] != 0:
		hint := ""
		if value[0] == '{' {
			hint = "; for plain JSON leave schema_registry out"
		}
		return 0, errors.New("no Confluent frame: first byte 0x" + strconv.FormatUint(uint64(value[0])|0x100, 16)[1:] + ", expected 0x00" + hint)
	case len(value) < headerSize:
		return 0, errors.New("no Confluent frame: the message is " + strconv.Itoa(len(value)) + " bytes long, expected at least 5")
	}
	return binary.BigEndian.Uint32(value[1:]), nil
}
