// Package directory is the roster: its nouns (Employee, Group, …), the commands
// that change and read it, the rules that hold whoever calls, and the Store that
// it needs.
//
// It knows no protocol and no SQL: every API is a translation into its commands,
// every database an implementation of Store. Commands carry the parameter names
// of the Data API, the native dialect; other dialects fill in the same structs.
package directory
