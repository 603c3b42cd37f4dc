package importer

import (
	"bufio"
	"os"
	"strings"

	"github.com/rosterd/rosterd/errors"
)

// Mapping renames headers: from what the file says, in one line, to the name of a
// column, or to "" where the file's column is left out on purpose.
type Mapping map[string]string

// leftOut stands for our name in a pair that leaves a column out.
const leftOut = "-"

// Add takes a pair "ours=theirs" (or "-=theirs") as on the command line; spaces
// around the names don't count.
func (m Mapping) Add(pair string) error {
	ours, theirs, isPair := strings.Cut(pair, "=")
	ours, theirs = strings.TrimSpace(ours), headerName(theirs)
	switch _, twice := m[theirs]; {
	case !isPair || ours == "" || theirs == "":
		return errors.New(`"` + pair + `" is not ours=theirs, such as last_name=Surname, or -=theirs to leave a column out`)
	case twice:
		return errors.New(`"` + theirs + `" is mapped twice`)
	}
	if ours == leftOut {
		ours = ""
	}
	m[theirs] = ours
	return nil
}

// ReadMapping reads a file of such pairs in UTF-8, one a line; lines that begin
// with # and empty lines are left out. What is wrong is a *FileError.
func ReadMapping(path string) (Mapping, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer file.Close()
	m := Mapping{}
	lines := bufio.NewScanner(file)
	for line := 1; lines.Scan(); line++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if err := m.Add(text); err != nil {
			return nil, &FileError{path, line, err.Error()}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, unreadable(path, err)
	}
	return m, nil
}
