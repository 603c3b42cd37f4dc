// Command look tells whether the tests on PostgreSQL run on this machine, and how
// to make them run.
package main

import (
	"fmt"

	"github.com/rosterd/rosterd/store/testdb"
)

func main() {
	if why := testdb.Missing(); why != nil {
		fmt.Printf("left out: the tests on PostgreSQL. %v\n", why)
	}
}
