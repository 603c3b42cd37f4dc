// Package importer turns files of employees (CSV, XLSX, NDJSON) into the
// parameters of create.employees, and back; puts the rows of a file into a roster,
// so that an import which was interrupted goes on and repeats nothing; undoes that;
// and exports a roster.
//
// It knows no SQL and no HTTP. Of the roster it knows the Data API, by a Client.
//
// # Cells
//
// A column has the documented dotted name of a parameter: extension.extension_phone_number.
// Elements of an array of objects are numbered from 1: phone_numbers.1.phone_number;
// one of which all cells are empty is left out. A list is one cell.
//
//	(empty)        not given
//	null           null: the parameter's default, or what an update clears
//	\text          the text behind the backslash as it is: \null is a text, \ alone the empty one
//	a; b           a list; spaces around its elements don't count
//	["a","b"]      the same list, in JSON; [] is the list without elements
//	true 1 yes да  true, in whatever case; false, 0, no and нет are false
//	Sales          where an id is expected: a name
//	#13            where an id is expected: the id 13; without # it is whatever is named 13, else the id
//
// An object or an array of objects as a whole can be cleared by a column of its
// own name (operator, phone_numbers) with the cell null, or [] for an array.
package importer
