// Package dialecttest is what the doors have to show: recorded exchanges that are
// replayed, and what must hold at each door, whatever its vendor.
package dialecttest
