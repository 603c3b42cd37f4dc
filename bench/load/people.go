package main

import (
	"fmt"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// groupCount is how many groups there are for employees to be in.
const groupCount = 50

func groupName(i int64) string { return fmt.Sprintf("group %d", i) }

// firstExtension and extensions are the five digits that the first employees get.
const (
	firstExtension = 10_000
	extensions     = 90_000
)

// names are last and first names in several alphabets, with the Latin letters that
// the e-mail address begins with.
var names = []struct{ last, first, address string }{
	{"Иванова", "Мария", "ivanova.mariya"},
	{"Smith", "Alexandra", "smith.alexandra"},
	{"Παπαδόπουλος", "Γιώργος", "papadopoulos.giorgos"},
	{"Müller", "Jürgen", "mueller.juergen"},
	{"Հակոբյան", "Անահիտ", "hakobyan.anahit"},
	{"العلي", "فاطمة", "alali.fatima"},
	{"გელაშვილი", "ნინო", "gelashvili.nino"},
	{"Nguyễn", "Thị Hương", "nguyen.thihuong"},
	{"Кузнецов", "Пётр", "kuznetsov.pyotr"},
	{"王", "秀英", "wang.xiuying"},
	{"Øvrebø", "Åse", "ovrebo.ase"},
	{"שפירא", "נועה", "shapira.noa"},
}

// employee is the i-th employee of the benchmark: no seat, a number of their own
// and one that ten share, three groups, an e-mail address, and an extension while
// there are any left.
func employee(i int, groups []int64) directory.CreateEmployee {
	name := names[i%len(names)]
	c := directory.CreateEmployee{
		PhoneNumbers: schema.Some([]directory.PhoneNumber{
			number(fmt.Sprintf("+7 (9%02d) %03d-%02d-%02d", i/10_000_000, i/10_000%1000, i/100%100, i%100)),
			number(fmt.Sprintf("7495%07d", i/10)),
		}),
	}
	c.LastName, c.FirstName = schema.Some(name.last), schema.Some(name.first)
	c.Email = schema.Some(directory.Email(fmt.Sprintf("%s.%d@example.com", name.address, i)))
	c.Groups = schema.Some([]int64{groups[i%groupCount], groups[(i+7)%groupCount], groups[(i+19)%groupCount]})
	if i < extensions {
		c.Extension = schema.Some(directory.ExtensionParams{Number: schema.Some(directory.ExtensionText(fmt.Sprint(firstExtension + i)))})
	}
	return c
}

func number(text string) directory.PhoneNumber {
	return directory.PhoneNumber{PhoneNumber: schema.Some(directory.PhoneText(text))}
}

// batch are the employees from one index to another.
func batch(from, to int, groups []int64) []directory.CreateEmployee {
	commands := make([]directory.CreateEmployee, 0, to-from)
	for i := from; i < to; i++ {
		commands = append(commands, employee(i, groups))
	}
	return commands
}
