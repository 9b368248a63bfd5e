package csvr

import "github.com/seamflow/seamflow/runtime/value"

// OptBool is Bool, or NULL.
func (r *Reader) OptBool(i int) value.Opt[bool] {
	if r.Null(i) {
		return value.Opt[bool]{}
	}
	return value.Some(r.Bool(i))
}

// OptInt32 is Int32, or NULL.
func (r *Reader) OptInt32(i int) value.Opt[int32] {
	if r.Null(i) {
		return value.Opt[int32]{}
	}
	return value.Some(r.Int32(i))
}

// OptInt64 is Int64, or NULL.
func (r *Reader) OptInt64(i int) value.Opt[int64] {
	if r.Null(i) {
		return value.Opt[int64]{}
	}
	return value.Some(r.Int64(i))
}

// OptFloat32 is Float32, or NULL.
func (r *Reader) OptFloat32(i int) value.Opt[float32] {
	if r.Null(i) {
		return value.Opt[float32]{}
	}
	return value.Some(r.Float32(i))
}

// OptFloat64 is Float64, or NULL.
func (r *Reader) OptFloat64(i int) value.Opt[float64] {
	if r.Null(i) {
		return value.Opt[float64]{}
	}
	return value.Some(r.Float64(i))
}

// OptDecimal is Decimal, or NULL.
func (r *Reader) OptDecimal(i, precision, scale int) value.Opt[value.Decimal] {
	if r.Null(i) {
		return value.Opt[value.Decimal]{}
	}
	return value.Some(r.Decimal(i, precision, scale))
}

// OptString is String, or NULL.
func (r *Reader) OptString(i int) value.Opt[string] {
	if r.Null(i) {
		return value.Opt[string]{}
	}
	return value.Some(r.String(i))
}

// OptBytes is Bytes, or NULL.
func (r *Reader) OptBytes(i int) value.Opt[[]byte] {
	if r.Null(i) {
		return value.Opt[[]byte]{}
	}
	return value.Some(r.Bytes(i))
}

// OptDate is Date, or NULL.
func (r *Reader) OptDate(i int) value.Opt[value.Date] {
	if r.Null(i) {
		return value.Opt[value.Date]{}
	}
	return value.Some(r.Date(i))
}

// OptTimestamp is Timestamp, or NULL.
func (r *Reader) OptTimestamp(i int) value.Opt[value.Timestamp] {
	if r.Null(i) {
		return value.Opt[value.Timestamp]{}
	}
	return value.Some(r.Timestamp(i))
}

// OptUUID is UUID, or NULL.
func (r *Reader) OptUUID(i int) value.Opt[value.UUID] {
	if r.Null(i) {
		return value.Opt[value.UUID]{}
	}
	return value.Some(r.UUID(i))
}

// OptEnum is Enum, or NULL.
func (r *Reader) OptEnum(i int, symbols []string) value.Opt[string] {
	if r.Null(i) {
		return value.Opt[string]{}
	}
	return value.Some(r.Enum(i, symbols))
}
