package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/rpc"
)

// skills are rosterd's own: the vendor has none.
func skills(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.Get[directory.SkillInfo], Answer[directory.List[directory.SkillInfo]]]{
			Name:    "get.skills",
			Summary: "Read skills, a page at a time. An extension of rosterd.",
			Example: `{"filter": {"field": "name", "operator": "=", "value": "English"}}`,
			Right:   string(directory.SelectEmployees),
			Errors:  getErrors,
			Run:     page(d.GetSkills),
		},
	}
}
