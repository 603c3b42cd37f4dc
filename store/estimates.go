package store

import (
	"context"
	"database/sql"
	"fmt"
)

// estimates are what SQLite is to assume of its tables, in the words of sqlite_stat1: how
// many rows an index has, and how many of them are the same in its first column, in its
// first two, and so on. They are those of an account of 100,000 employees, and hold for
// all: without them SQLite takes an account for ten rows and reads the whole of it where
// an index would serve; a plan for a large account is a good one for a small. "analyze"
// replaces them, and nothing has to call it.
var estimates = []struct{ table, index, rows string }{
	{"phone_numbers", "phone_numbers", "110000 110000 1"},
	{"phone_numbers", "sqlite_autoindex_phone_numbers_2", "110000 110000 1"},
	{"phone_numbers", "phone_numbers_spelling", "110000 110000 1 1"},
	{"employee_phone_numbers", "employee_phone_numbers", "200000 200000 2 1"},
	{"employee_phone_numbers", "sqlite_autoindex_employee_phone_numbers_2", "200000 200000 1"},
	{"employee_phone_numbers", "employee_phone_numbers_number", "200000 200000 2 1"},
	{"employee_groups", "sqlite_autoindex_employee_groups_1", "50 50 1"},
	{"employee_groups", "sqlite_autoindex_employee_groups_2", "50 50 1"},
	{"employee_groups", "sqlite_autoindex_employee_groups_3", "50 50 1"},
	{"employee_groups", "sqlite_autoindex_employee_groups_4", "50 50 1"},
	{"employee_groups", "employee_groups_extension", "50 50 2 1"},
	{"employee_groups", "employee_groups_parent", "50 50 10 1"},
	{"memberships", "memberships", "300000 300000 6000 1"},
	{"memberships", "memberships_employee", "300000 300000 3 1"},
	{"memberships", "memberships_status", "300000 300000 6000 1000 1"},
	{"group_phone_numbers", "group_phone_numbers", "300000 300000 6000 1"},
	{"group_phone_numbers", "group_phone_numbers_member", "300000 300000 3 1 1"},
	{"group_phone_numbers", "group_phone_numbers_number", "300000 300000 2 1"},
	{"unique_values", "unique_values", "300000 300000 75000 1"},
	{"employee_sites", "employee_sites", "100000 100000 1 1"},
	{"employee_sites", "employee_sites_site", "100000 100000 10000 1"},
	{"employee_skills", "employee_skills", "100000 100000 1 1"},
	{"employee_skills", "employee_skills_skill", "100000 100000 10000 1"},
	{"status_periods", "status_periods", "1000000 1000000 10 1"},
	{"employee_counts", "employee_counts", "100 100 1"},
	{"employees", "sqlite_autoindex_employees_1", "100000 100000 1"},
	{"employees", "sqlite_autoindex_employees_2", "100000 100000 1"},
	{"employees", "sqlite_autoindex_employees_3", "100000 100000 1"},
	{"employees", "sqlite_autoindex_employees_4", "100000 1"},
	{"employees", "employees_status", "100000 100000 15000 1"},
	{"employees", "employees_login", "100000 100000 2 1"},
	{"employees", "employees_first_name", "100000 100000 100 1"},
	{"employees", "employees_last_name", "100000 100000 10 1"},
	{"employees", "employees_full_name", "100000 100000 2 1"},
	{"employees", "employees_email", "100000 100000 1 1"},
	{"employees", "employees_extension", "100000 100000 1 1"},
	{"employees", "employees_external_id", "100000 100000 1 1"},
	{"employees", "employees_handle", "100000 100000 1 1"},
	{"employees", "employees_schedule", "50000 50000 5000 1"},
	{"employees", "employees_coach", "50000 50000 20 1"},
	{"employees", "employees_position", "50000 50000 5000 1"},
	{"employees", "employees_agents", "50000 50000 2 1"},
	{"employees", "employees_administrators", "10 10 1"},
	{"employees", "employees_member_email", "100 1"},
	{"employees", "employees_member_handle", "100 1"},
}

// estimate is the twelfth migration: SQLite gets its estimates.
func (s *Store) estimate(ctx context.Context, db *sql.Tx) error {
	if !s.flavor.estimated {
		return nil
	}
	if _, err := db.ExecContext(ctx, "analyze id_blocks"); err != nil { // makes the table
		return err
	}
	for _, e := range estimates {
		if _, err := db.ExecContext(ctx, "delete from sqlite_stat1 where tbl = ?1 and idx = ?2", e.table, e.index); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, "insert into sqlite_stat1 (tbl, idx, stat) values (?1, ?2, ?3)", e.table, e.index, e.rows); err != nil {
			return fmt.Errorf("%s: %w", e.index, err)
		}
	}
	_, err := db.ExecContext(ctx, "analyze sqlite_schema") // has them read, by all connections
	return err
}
