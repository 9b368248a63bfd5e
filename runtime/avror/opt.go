package avror

import "github.com/seamflow/seamflow/runtime/value"

// OptBool is Bool, or NULL.
func (r *Reader) OptBool() value.Opt[bool] {
	if r.Null() {
		return value.Opt[bool]{}
	}
	return value.Some(r.Bool())
}

// OptInt32 is Int32, or NULL.
func (r *Reader) OptInt32() value.Opt[int32] {
	if r.Null() {
		return value.Opt[int32]{}
	}
	return value.Some(r.Int32())
}

// OptInt64 is Int64, or NULL.
func (r *Reader) OptInt64() value.Opt[int64] {
	if r.Null() {
		return value.Opt[int64]{}
	}
	return value.Some(r.Int64())
}

// OptFloat32 is Float32, or NULL.
func (r *Reader) OptFloat32() value.Opt[float32] {
	if r.Null() {
		return value.Opt[float32]{}
	}
	return value.Some(r.Float32())
}

// OptFloat64 is Float64, or NULL.
func (r *Reader) OptFloat64() value.Opt[float64] {
	if r.Null() {
		return value.Opt[float64]{}
	}
	return value.Some(r.Float64())
}

// OptString is String, or NULL.
func (r *Reader) OptString() value.Opt[string] {
	if r.Null() {
		return value.Opt[string]{}
	}
	return value.Some(r.String())
}

// OptBytes is Bytes, or NULL.
func (r *Reader) OptBytes() value.Opt[[]byte] {
	if r.Null() {
		return value.Opt[[]byte]{}
	}
	return value.Some(r.Bytes())
}

// OptDate is Date, or NULL.
func (r *Reader) OptDate() value.Opt[value.Date] {
	if r.Null() {
		return value.Opt[value.Date]{}
	}
	return value.Some(r.Date())
}

// OptTimestamp is Timestamp, or NULL.
func (r *Reader) OptTimestamp() value.Opt[value.Timestamp] {
	if r.Null() {
		return value.Opt[value.Timestamp]{}
	}
	return value.Some(r.Timestamp())
}

// OptUUID is UUID, or NULL.
func (r *Reader) OptUUID() value.Opt[value.UUID] {
	if r.Null() {
		return value.Opt[value.UUID]{}
	}
	return value.Some(r.UUID())
}

// OptDecimal is Decimal, or NULL.
func (r *Reader) OptDecimal(precision, scale int) value.Opt[value.Decimal] {
	if r.Null() {
		return value.Opt[value.Decimal]{}
	}
	return value.Some(r.Decimal(precision, scale))
}
