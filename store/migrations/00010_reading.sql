-- Numbers are found as they were first given, and who has them in one index;
-- PostgreSQL sorts along indexes in which nulls come where an ascending order has them.

-- +goose Up
create index phone_numbers_spelling on phone_numbers (account_id, spelling, id);
drop index employee_phone_numbers_number;
create index employee_phone_numbers_number on employee_phone_numbers (account_id, phone_number_id, employee_id);
drop index employees_login;
create index employees_login on employees (account_id, login nulls first, id);
drop index employees_first_name;
create index employees_first_name on employees (account_id, first_name nulls first, id);
drop index employees_email;
create index employees_email on employees (account_id, email nulls first, id);
drop index employees_external_id;
create index employees_external_id on employees (account_id, external_id nulls first, id);
