package staff

import (
	"fmt"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// Groups is how many groups there are for employees to be in.
const Groups = 50

func GroupName(i int64) string { return fmt.Sprintf("group %d", i) }

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

// Employee is the i-th employee: no seat, a number of their own
// and one that ten share, three groups, an e-mail address, and an extension while
// there are any left.
func Employee(i int, groups []int64) directory.CreateEmployee {
	name := names[i%len(names)]
	c := directory.CreateEmployee{
		PhoneNumbers: schema.Some([]directory.PhoneNumber{
			number(fmt.Sprintf("+7 (9%02d) %03d-%02d-%02d", i/10_000_000, i/10_000%1000, i/100%100, i%100)),
			number(fmt.Sprintf("7495%07d", i/10)),
		}),
	}
	c.LastName, c.FirstName = schema.Some(name.last), schema.Some(name.first)
	c.Email = schema.Some(directory.Email(fmt.Sprintf("%s.%d@example.com", name.address, i)))
	c.Groups = schema.Some([]int64{groups[i%Groups], groups[(i+7)%Groups], groups[(i+19)%Groups]})
	if i < extensions {
		c.Extension = schema.Some(directory.ExtensionParams{Number: schema.Some(directory.ExtensionText(fmt.Sprint(firstExtension + i)))})
	}
	return c
}

func number(text string) directory.PhoneNumber {
	return directory.PhoneNumber{PhoneNumber: schema.Some(directory.PhoneText(text))}
}

// Batch is the employees from one index to another.
func Batch(from, to int, groups []int64) []directory.CreateEmployee {
	return batch(Employee, from, to, groups)
}

func batch(of func(i int, groups []int64) directory.CreateEmployee, from, to int, groups []int64) []directory.CreateEmployee {
	commands := make([]directory.CreateEmployee, 0, to-from)
	for i := from; i < to; i++ {
		commands = append(commands, of(i, groups))
	}
	return commands
}

// Operator is the i-th employee with an operator's seat, which has no password.
func Operator(i int, groups []int64) directory.CreateEmployee {
	c := Employee(i, groups)
	c.Operator = schema.Some(directory.OperatorParams{
		DisplayName:  schema.Some(c.FirstName.Value + " " + c.LastName.Value),
		Login:        schema.Some(fmt.Sprintf("operator-%d", i)),
		PasswordHash: schema.Some(directory.NoPasswordHash),
	})
	return c
}

// AppendParams appends the parameters of create.employees for an employee of Employee
// or Operator, as JSON.
func AppendParams(b []byte, c *directory.CreateEmployee) []byte {
	numbers := c.PhoneNumbers.Value
	groups := c.Groups.Value
	b = fmt.Appendf(b, `{"last_name":%q,"first_name":%q,"email":%q,"phone_numbers":[{"phone_number":%q},{"phone_number":%q}],"groups":[%d,%d,%d]`,
		c.LastName.Value, c.FirstName.Value, c.Email.Value, numbers[0].PhoneNumber.Value, numbers[1].PhoneNumber.Value, groups[0], groups[1], groups[2])
	if c.Extension.IsSet() {
		b = fmt.Appendf(b, `,"extension":{"extension_phone_number":%q}`, c.Extension.Value.Number.Value)
	}
	if o := c.Operator.Value; c.Operator.IsSet() {
		secret, value := "operator_password_hash", o.PasswordHash.Value
		if o.Password.IsSet() {
			secret, value = "operator_password", o.Password.Value
		}
		b = fmt.Appendf(b, `,"operator":{"operator_display_name":%q,"operator_login":%q,%q:%q}`, o.DisplayName.Value, o.Login.Value, secret, value)
	}
	return append(b, '}')
}
