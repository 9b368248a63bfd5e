// Package genver stops a build in which generated code and runtime do not fit.
//
// Generated code converts two differences to the types below. A negative constant does not fit an unsigned type, so the
// compiler's message names the type, and the type's name says what to do.
package genver

// Version is the contract between generated code and runtime that this runtime was made for, and that the generator of
// the same seamflow writes.
const Version = 1

// Oldest is the oldest contract that this runtime still serves.
const Oldest = 1

// CodeTooOld_RunSeamflowGenerate holds Code-Oldest: negative when the code is older than what the runtime serves.
type CodeTooOld_RunSeamflowGenerate uint

// RuntimeTooOld_RunGoGetSeamflow holds Version-Code: negative when the code is newer than the runtime.
type RuntimeTooOld_RunGoGetSeamflow uint
