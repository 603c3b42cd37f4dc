

CREATE TABLE public.account_points (
    account_id bigint NOT NULL,
    minute_started bigint NOT NULL,
    minute_used bigint NOT NULL,
    day_started bigint NOT NULL,
    day_used bigint NOT NULL
);

CREATE TABLE public.accounts (
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    time_zone text NOT NULL COLLATE pg_catalog."C",
    disabled boolean NOT NULL,
    employees bigint NOT NULL,
    last_event bigint NOT NULL,
    created_at bigint NOT NULL,
    disabled_components text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    allow_ips text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    partner_id bigint,
    points_per_minute bigint DEFAULT 0 NOT NULL,
    points_per_day bigint DEFAULT 0 NOT NULL,
    jid_host text COLLATE pg_catalog."C"
);

CREATE TABLE public.avatars (
    account_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    media_type text NOT NULL COLLATE pg_catalog."C",
    data bytea NOT NULL
);

CREATE TABLE public.commits (
    session bytea NOT NULL,
    number bigint NOT NULL,
    at bigint NOT NULL
);

CREATE TABLE public.door_settings (
    account_id bigint NOT NULL,
    door text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.employee_activity (
    account_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    connected boolean NOT NULL,
    chats bigint NOT NULL,
    calls bigint NOT NULL,
    videos bigint NOT NULL,
    third_party bigint NOT NULL,
    conversations bigint NOT NULL,
    satisfaction bigint,
    experience bigint,
    signed_in_at bigint
);

CREATE TABLE public.employee_counts (
    account_id bigint NOT NULL,
    block bigint NOT NULL,
    employees bigint NOT NULL
);

CREATE TABLE public.employee_groups (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    uuid text NOT NULL COLLATE pg_catalog."C",
    rocket_id text NOT NULL COLLATE pg_catalog."C",
    handle text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    queue_enabled boolean NOT NULL,
    channels_count bigint NOT NULL,
    name_folded text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    extension text COLLATE pg_catalog."C",
    description text COLLATE pg_catalog."C",
    email text COLLATE pg_catalog."C",
    enabled boolean DEFAULT true NOT NULL,
    show_on_registration boolean DEFAULT false NOT NULL,
    show_on_offline_form boolean DEFAULT false NOT NULL,
    transcripts boolean DEFAULT false NOT NULL,
    avatar text COLLATE pg_catalog."C",
    parent_id bigint,
    created_at bigint DEFAULT 0 NOT NULL
);

CREATE TABLE public.employee_phone_numbers (
    account_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    phone_number_id bigint NOT NULL,
    "position" bigint NOT NULL,
    id bigint NOT NULL
);

CREATE TABLE public.employee_positions (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    name_folded text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.employee_sites (
    account_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    site_id bigint NOT NULL
);

CREATE TABLE public.employee_skills (
    account_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    skill_id bigint NOT NULL
);

CREATE TABLE public.employees (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    version bigint NOT NULL,
    uuid text NOT NULL COLLATE pg_catalog."C",
    rocket_id text NOT NULL COLLATE pg_catalog."C",
    handle text NOT NULL COLLATE pg_catalog."C",
    external_id text COLLATE pg_catalog."C",
    external_id_folded text COLLATE pg_catalog."C",
    login text COLLATE pg_catalog."C",
    login_folded text COLLATE pg_catalog."C",
    first_name text COLLATE pg_catalog."C",
    first_name_folded text COLLATE pg_catalog."C",
    last_name text NOT NULL COLLATE pg_catalog."C",
    last_name_folded text NOT NULL COLLATE pg_catalog."C",
    patronymic text COLLATE pg_catalog."C",
    full_name text NOT NULL COLLATE pg_catalog."C",
    full_name_folded text NOT NULL COLLATE pg_catalog."C",
    email text COLLATE pg_catalog."C",
    email_folded text COLLATE pg_catalog."C",
    administrator boolean NOT NULL,
    status_id bigint NOT NULL,
    schedule_id bigint,
    coach_id bigint,
    position_id bigint,
    extension text COLLATE pg_catalog."C",
    call_recording text NOT NULL COLLATE pg_catalog."C",
    in_external bigint NOT NULL,
    in_internal bigint NOT NULL,
    out_external bigint NOT NULL,
    out_internal bigint NOT NULL,
    document text NOT NULL COLLATE pg_catalog."C",
    password_hash text COLLATE pg_catalog."C",
    coach_always_enabled boolean DEFAULT false NOT NULL,
    extension_voice_mail boolean DEFAULT false NOT NULL,
    extension_queue boolean DEFAULT false NOT NULL,
    shown_name text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    shown_name_folded text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    agent boolean DEFAULT false NOT NULL,
    manager boolean DEFAULT false NOT NULL,
    chatting boolean DEFAULT false NOT NULL,
    chat_slots bigint,
    finer_show text COLLATE pg_catalog."C"
);

CREATE TABLE public.events (
    account_id bigint NOT NULL,
    number bigint NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    subject_kind text NOT NULL COLLATE pg_catalog."C",
    subject_id bigint NOT NULL,
    actor_employee_id bigint,
    actor_token_id bigint,
    at bigint NOT NULL,
    before_state text COLLATE pg_catalog."C",
    after_state text COLLATE pg_catalog."C"
);

CREATE TABLE public.goose_db_version (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.goose_db_version ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.goose_db_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.goose_lock (
    lock_id bigint NOT NULL,
    locked boolean DEFAULT false NOT NULL,
    locked_at timestamp with time zone,
    locked_by text,
    lease_expires_at timestamp with time zone,
    updated_at timestamp with time zone
);

CREATE TABLE public.group_phone_numbers (
    account_id bigint NOT NULL,
    group_id bigint NOT NULL,
    employee_phone_number_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    "position" bigint NOT NULL,
    available boolean NOT NULL
);

CREATE TABLE public.id_blocks (
    name text NOT NULL COLLATE pg_catalog."C",
    next_id bigint NOT NULL
);

CREATE TABLE public.import_rows (
    account_id bigint NOT NULL,
    import_id bigint NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    id bigint NOT NULL,
    line bigint NOT NULL,
    outcome text NOT NULL COLLATE pg_catalog."C",
    employee_id bigint NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE public.imports (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    name_folded text NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    rows_count bigint NOT NULL,
    failed_count bigint NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE public.memberships (
    account_id bigint NOT NULL,
    group_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    status_id bigint NOT NULL,
    "position" bigint DEFAULT 0 NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    chat_limit bigint DEFAULT 0 NOT NULL,
    sort_order bigint DEFAULT 0 NOT NULL,
    changed_at bigint DEFAULT 0 NOT NULL
);

CREATE TABLE public.outcomes (
    account_id bigint NOT NULL,
    token_id bigint NOT NULL,
    method text NOT NULL COLLATE pg_catalog."C",
    key_digest bytea NOT NULL,
    params_digest bytea NOT NULL,
    outcome text NOT NULL COLLATE pg_catalog."C",
    shown text COLLATE pg_catalog."C",
    kept_at bigint NOT NULL
);

CREATE TABLE public.phone_numbers (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    identity text NOT NULL COLLATE pg_catalog."C",
    spelling text NOT NULL COLLATE pg_catalog."C",
    e164 text COLLATE pg_catalog."C",
    channels_count bigint NOT NULL,
    dial_time bigint NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.schedules (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    name_folded text NOT NULL COLLATE pg_catalog."C",
    document text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.search_index (
    name text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    account_id bigint NOT NULL,
    employee_id bigint NOT NULL
);

CREATE TABLE public.sip_lines (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    employee_id bigint NOT NULL,
    phone_number text NOT NULL COLLATE pg_catalog."C",
    virtual_number_id bigint,
    channels_count bigint NOT NULL,
    dial_time bigint NOT NULL,
    billing_state text NOT NULL COLLATE pg_catalog."C",
    registered boolean NOT NULL,
    ip_addresses text NOT NULL COLLATE pg_catalog."C",
    password bytea NOT NULL,
    password_mac bytea NOT NULL
);

CREATE TABLE public.sites (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    domain_name text NOT NULL COLLATE pg_catalog."C",
    domain_name_folded text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    name text COLLATE pg_catalog."C",
    name_folded text COLLATE pg_catalog."C",
    default_phone_number text COLLATE pg_catalog."C",
    currency text COLLATE pg_catalog."C",
    language text COLLATE pg_catalog."C",
    time_zone text COLLATE pg_catalog."C"
);

CREATE TABLE public.skills (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    name_folded text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    parent_id bigint,
    sort_order bigint DEFAULT 0 NOT NULL,
    is_location boolean DEFAULT false NOT NULL,
    created_at bigint DEFAULT 0 NOT NULL
);

CREATE TABLE public.status_periods (
    account_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    started_at bigint NOT NULL,
    ended_at bigint,
    status_id bigint NOT NULL
);

CREATE TABLE public.statuses (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    mnemonic text COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL COLLATE pg_catalog."C",
    color text COLLATE pg_catalog."C",
    in_external bigint NOT NULL,
    in_internal bigint NOT NULL,
    out_external bigint NOT NULL,
    out_internal bigint NOT NULL,
    phone_protocols text NOT NULL COLLATE pg_catalog."C",
    is_worktime boolean NOT NULL,
    is_select_allowed boolean NOT NULL,
    is_auto_out_calls_ready boolean NOT NULL,
    is_deleted boolean NOT NULL,
    priority bigint NOT NULL,
    name_folded text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.tokens (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    employee_id bigint,
    digest bytea NOT NULL,
    session boolean NOT NULL,
    label text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    expires_at bigint,
    blocked boolean NOT NULL,
    rights text NOT NULL COLLATE pg_catalog."C",
    allow_ips text NOT NULL COLLATE pg_catalog."C",
    door text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.tombstones (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    created_at bigint NOT NULL,
    deleted_at bigint NOT NULL
);

CREATE TABLE public.unique_values (
    account_id bigint NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    owner_id bigint NOT NULL
);

CREATE TABLE public.virtual_numbers (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    phone_number text NOT NULL COLLATE pg_catalog."C"
);

INSERT INTO public.accounts VALUES (1, 'Account', 'UTC', false, 3, 15, 1795379124617977, '', '', NULL, 0, 0, NULL);

INSERT INTO public.commits VALUES ('\x28eb13a3a66349fcb75646f33de13e71', 1, 1795379124616722);
INSERT INTO public.commits VALUES ('\xcf1f7eeb327649d3ba62b804c78663a0', 1, 1795379124648891);
INSERT INTO public.commits VALUES ('\x1bf27ad4f43746e7a74ada496a5e3a94', 1, 1795379124675613);
INSERT INTO public.commits VALUES ('\x3a1a4a12a0a541fbb554158cd2f65167', 1, 1795379124730478);
INSERT INTO public.commits VALUES ('\xddc372df45e044cfa2d1ea6b844951b8', 1, 1795379124747053);
INSERT INTO public.commits VALUES ('\xdfb1535c487842cc94de49d92509ce73', 1, 1795379124754722);
INSERT INTO public.commits VALUES ('\x61683c7480bd4749bde4856941a6e37a', 1, 1795379124760205);
INSERT INTO public.commits VALUES ('\xf12983e698534ff39ea910cec8889f5c', 1, 1795379124765835);

INSERT INTO public.employee_counts VALUES (1, 0, 3);

INSERT INTO public.employee_groups VALUES (1, 13, '01a204ef-59c7-7b91-94a0-b0eeba943d28', '5cfe4f2c1d2dfbe8519cf8d5', 'sales', 'Sales', false, 1, 'sales', NULL, NULL, NULL, true, false, false, false, NULL, NULL, 1795379124679374);
INSERT INTO public.employee_groups VALUES (1, 14, '01a204ef-59c8-7398-9ee3-025fa18d5355', 'd6afd2c613582483f8a9d626', 'support', 'Support', false, 1, 'support', '901', NULL, NULL, true, false, false, false, NULL, NULL, 1795379124680643);

INSERT INTO public.employee_phone_numbers VALUES (1, 18, 19, 0, 20);
INSERT INTO public.employee_phone_numbers VALUES (1, 21, 19, 0, 23);

INSERT INTO public.employee_positions VALUES (1, 11, 'Consultant', 'consultant');
INSERT INTO public.employee_positions VALUES (1, 12, 'Team lead', 'team lead');

INSERT INTO public.employee_sites VALUES (1, 18, 16);

INSERT INTO public.employee_skills VALUES (1, 18, 17);

INSERT INTO public.employees VALUES (1, 2, 1, '01a204ef-5989-7ecd-b7f6-382f6dc8f9c1', '3BsKuHDEkXFM8N8me', 'admin', NULL, NULL, 'admin', 'admin', NULL, NULL, 'admin', 'admin', NULL, 'admin', 'admin', NULL, NULL, true, 3, NULL, NULL, NULL, NULL, 'all', 3, 3, 3, 3, '{"id":2,"account_id":1,"uuid":"01a204ef-5989-7ecd-b7f6-382f6dc8f9c1","rocket_id":"3BsKuHDEkXFM8N8me","version":1,"created_at":"2026-11-22T20:25:24.617981Z","updated_at":"2026-11-22T20:25:24.617981Z","login":"admin","roles":["administrator"],"last_name":"admin","handle":"admin","status_id":3,"status_since":"2026-11-22T20:25:24.617981Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"channels":{"chat_and_call":false,"chat_to_video":false}}', '$argon2id$v=19$m=19456,t=2,p=1$lVELPYspNAw0gaWuaEN6ag$AJSYTO60y/RgLWlvX6jRKIacRj1KLAMGlq3+6J80c/M', false, false, false, 'admin', 'admin', false, false, false, NULL, NULL);
INSERT INTO public.employees VALUES (1, 18, 1, '01a204ef-59cd-75b9-a008-10d0f92c8ddb', '3BsKuHETraA3qgGdw', 'ivan', NULL, NULL, NULL, NULL, NULL, NULL, 'Иванов', 'иванов', NULL, 'Иванов', 'иванов', 'ivanov@example.com', 'ivanov@example.com', false, 3, 15, 2, 12, '101', 'all', 3, 3, 3, 3, '{"id":18,"account_id":1,"uuid":"01a204ef-59cd-75b9-a008-10d0f92c8ddb","rocket_id":"3BsKuHETraA3qgGdw","version":1,"created_at":"2026-11-22T20:25:24.685133Z","updated_at":"2026-11-22T20:25:24.685133Z","last_name":"Иванов","email":"ivanov@example.com","handle":"ivan","status_id":3,"status_since":"2026-11-22T20:25:24.685133Z","schedule_id":15,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"coach":{"id":2,"always_enabled":false},"groups":[14],"number_ids":[19],"link_ids":[20],"extension":{"number":"101","voice_mail_enabled":false,"queue_enabled":false},"seat":{"display_name":"Ivan","login":"ivan","position_id":12,"offline_message_enabled":false,"invite_to_chat_enabled":false,"sites":[16]},"channels":{"chat":{"enabled":true,"slots":1,"priority":0,"available":true},"call":{"enabled":false,"slots":1,"priority":0,"available":true},"video":{"enabled":false,"slots":1,"priority":0,"available":true},"third_party":{"enabled":false,"slots":1,"priority":0,"available":true},"chat_and_call":false,"chat_to_video":false},"skills":[17]}', '$argon2id$v=19$m=19456,t=2,p=1$+2oYIyUNQxWXYV4jc+Di4A$B7CX83d5DzlHiRXroDE4uibKdDQFSb/FPolTtmD30hg', false, false, false, 'Ivan', 'ivan', true, false, true, 1, NULL);
INSERT INTO public.employees VALUES (1, 21, 1, '01a204ef-59cd-7aaf-b971-d58e4724a633', '3BsKuHETnm9G4mJTH', 'o-brien', NULL, NULL, NULL, NULL, NULL, NULL, 'O''Brien', 'o''brien', NULL, 'O''Brien', 'o''brien', NULL, NULL, false, 3, NULL, NULL, NULL, '102', 'all', 3, 3, 3, 3, '{"id":21,"account_id":1,"uuid":"01a204ef-59cd-7aaf-b971-d58e4724a633","rocket_id":"3BsKuHETnm9G4mJTH","version":1,"created_at":"2026-11-22T20:25:24.68524Z","updated_at":"2026-11-22T20:25:24.68524Z","last_name":"O''Brien","handle":"o-brien","status_id":3,"status_since":"2026-11-22T20:25:24.68524Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"number_ids":[19],"link_ids":[23],"extension":{"number":"102","voice_mail_enabled":false,"queue_enabled":false},"channels":{"chat_and_call":false,"chat_to_video":false}}', NULL, false, false, false, 'O''Brien', 'o''brien', false, false, false, NULL, NULL);

INSERT INTO public.events VALUES (1, 1, 'account.created', 'account', 1, NULL, NULL, 1795379124617977, NULL, '{"id":1,"name":"Account","time_zone":"UTC","disabled":false,"created_at":"2026-11-22T20:25:24.617977Z"}');
INSERT INTO public.events VALUES (1, 2, 'employee.created', 'employees', 2, NULL, NULL, 1795379124617981, NULL, '{"id":2,"account_id":1,"uuid":"01a204ef-5989-7ecd-b7f6-382f6dc8f9c1","rocket_id":"3BsKuHDEkXFM8N8me","version":1,"created_at":"2026-11-22T20:25:24.617981Z","updated_at":"2026-11-22T20:25:24.617981Z","login":"admin","roles":["administrator"],"last_name":"admin","handle":"admin","status_id":3,"status_since":"2026-11-22T20:25:24.617981Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"channels":{"chat_and_call":false,"chat_to_video":false},"phone_numbers":[]}');
INSERT INTO public.events VALUES (1, 3, 'position.created', 'employee_positions', 11, NULL, NULL, 1795379124678518, NULL, '{"id":11,"name":"Consultant"}');
INSERT INTO public.events VALUES (1, 4, 'position.created', 'employee_positions', 12, NULL, NULL, 1795379124678840, NULL, '{"id":12,"name":"Team lead"}');
INSERT INTO public.events VALUES (1, 5, 'group.created', 'group_employees', 13, NULL, NULL, 1795379124680520, NULL, '{"id":13,"uuid":"01a204ef-59c7-7b91-94a0-b0eeba943d28","rocket_id":"5cfe4f2c1d2dfbe8519cf8d5","handle":"sales","name":"Sales","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:24.679374Z"}');
INSERT INTO public.events VALUES (1, 6, 'group.created', 'group_employees', 14, NULL, NULL, 1795379124681599, NULL, '{"id":14,"uuid":"01a204ef-59c8-7398-9ee3-025fa18d5355","rocket_id":"d6afd2c613582483f8a9d626","handle":"support","name":"Support","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:24.680643Z"}');
INSERT INTO public.events VALUES (1, 7, 'schedule.created', 'schedules', 15, NULL, NULL, 1795379124682457, NULL, '{"id":15,"name":"Weekdays","document":[{"activity_days":{"type":"days_of_week","days":[1,2,3,4,5]},"activity_time":[{"time_from":"09:00","time_till":"18:00"}],"activity_date_from":null,"activity_date_till":null}]}');
INSERT INTO public.events VALUES (1, 8, 'site.created', 'sites', 16, NULL, NULL, 1795379124683093, NULL, '{"id":16,"domain_name":"example.com"}');
INSERT INTO public.events VALUES (1, 9, 'skill.created', 'skills', 17, NULL, NULL, 1795379124683801, NULL, '{"id":17,"name":"English","created_at":"2026-11-22T20:25:24.683429Z"}');
INSERT INTO public.events VALUES (1, 10, 'employee.created', 'employees', 18, NULL, NULL, 1795379124685133, NULL, '{"id":18,"account_id":1,"uuid":"01a204ef-59cd-75b9-a008-10d0f92c8ddb","rocket_id":"3BsKuHETraA3qgGdw","version":1,"created_at":"2026-11-22T20:25:24.685133Z","updated_at":"2026-11-22T20:25:24.685133Z","last_name":"Иванов","email":"ivanov@example.com","handle":"ivan","status_id":3,"status_since":"2026-11-22T20:25:24.685133Z","schedule_id":15,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"coach":{"id":2,"always_enabled":false},"groups":[14],"number_ids":[19],"link_ids":[20],"extension":{"number":"101","voice_mail_enabled":false,"queue_enabled":false},"seat":{"display_name":"Ivan","login":"ivan","position_id":12,"offline_message_enabled":false,"invite_to_chat_enabled":false,"sites":[16]},"channels":{"chat":{"enabled":true,"slots":1,"priority":0,"available":true},"call":{"enabled":false,"slots":1,"priority":0,"available":true},"video":{"enabled":false,"slots":1,"priority":0,"available":true},"third_party":{"enabled":false,"slots":1,"priority":0,"available":true},"chat_and_call":false,"chat_to_video":false},"skills":[17],"phone_numbers":[{"id":19,"identity":"74950000001","phone_number":"74950000001","e164":"+74950000001","channels_count":1,"dial_time":60,"status":"active"}]}');
INSERT INTO public.events VALUES (1, 11, 'employee.created', 'employees', 21, NULL, NULL, 1795379124685240, NULL, '{"id":21,"account_id":1,"uuid":"01a204ef-59cd-7aaf-b971-d58e4724a633","rocket_id":"3BsKuHETnm9G4mJTH","version":1,"created_at":"2026-11-22T20:25:24.68524Z","updated_at":"2026-11-22T20:25:24.68524Z","last_name":"O''Brien","handle":"o-brien","status_id":3,"status_since":"2026-11-22T20:25:24.68524Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"number_ids":[19],"link_ids":[23],"extension":{"number":"102","voice_mail_enabled":false,"queue_enabled":false},"channels":{"chat_and_call":false,"chat_to_video":false},"phone_numbers":[{"id":19,"identity":"74950000001","phone_number":"74950000001","e164":"+74950000001","channels_count":1,"dial_time":60,"status":"active"}]}');
INSERT INTO public.events VALUES (1, 13, 'group.updated', 'group_employees', 14, NULL, NULL, 1795379124750422, '{"id":14,"uuid":"01a204ef-59c8-7398-9ee3-025fa18d5355","rocket_id":"d6afd2c613582483f8a9d626","handle":"support","name":"Support","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:24.680643Z"}', '{"id":14,"uuid":"01a204ef-59c8-7398-9ee3-025fa18d5355","rocket_id":"d6afd2c613582483f8a9d626","handle":"support","name":"Support","extension":"901","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:24.680643Z"}');
INSERT INTO public.events VALUES (1, 14, 'group.updated', 'group_employees', 14, NULL, NULL, 1795379124763650, '{"id":14,"uuid":"01a204ef-59c8-7398-9ee3-025fa18d5355","rocket_id":"d6afd2c613582483f8a9d626","handle":"support","name":"Support","extension":"901","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:24.680643Z","phone_numbers":[{"employee_phone_number_id":20,"employee_id":18,"available":true}]}', '{"id":14,"uuid":"01a204ef-59c8-7398-9ee3-025fa18d5355","rocket_id":"d6afd2c613582483f8a9d626","handle":"support","name":"Support","extension":"901","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T20:25:24.680643Z","phone_numbers":[{"employee_phone_number_id":20,"employee_id":18,"available":false}]}');
INSERT INTO public.events VALUES (1, 12, 'employee.created', 'employees', 24, NULL, NULL, 1795379124685255, NULL, NULL);
INSERT INTO public.events VALUES (1, 15, 'employee.deleted', 'employees', 24, NULL, NULL, 1795379124769042, NULL, NULL);

INSERT INTO public.goose_db_version VALUES (1, 0, true, '2026-11-22 20:25:24.36194');
INSERT INTO public.goose_db_version VALUES (2, 1, true, '2026-11-22 20:25:24.44425');
INSERT INTO public.goose_db_version VALUES (3, 2, true, '2026-11-22 20:25:24.501429');
INSERT INTO public.goose_db_version VALUES (4, 3, true, '2026-11-22 20:25:24.532915');
INSERT INTO public.goose_db_version VALUES (5, 4, true, '2026-11-22 20:25:24.535038');
INSERT INTO public.goose_db_version VALUES (6, 5, true, '2026-11-22 20:25:24.546874');
INSERT INTO public.goose_db_version VALUES (7, 6, true, '2026-11-22 20:25:24.547705');
INSERT INTO public.goose_db_version VALUES (8, 7, true, '2026-11-22 20:25:24.553673');
INSERT INTO public.goose_db_version VALUES (9, 8, true, '2026-11-22 20:25:24.56213');
INSERT INTO public.goose_db_version VALUES (10, 9, true, '2026-11-22 20:25:24.564451');
INSERT INTO public.goose_db_version VALUES (11, 10, true, '2026-11-22 20:25:24.566369');
INSERT INTO public.goose_db_version VALUES (12, 11, true, '2026-11-22 20:25:24.570809');
INSERT INTO public.goose_db_version VALUES (13, 12, true, '2026-11-22 20:25:24.615313');

INSERT INTO public.goose_lock VALUES (4097083626, false, NULL, NULL, NULL, '2026-11-22 20:25:24.61597+00');

INSERT INTO public.group_phone_numbers VALUES (1, 14, 20, 18, 0, false);

INSERT INTO public.id_blocks VALUES ('all', 1001);

INSERT INTO public.memberships VALUES (1, 14, 18, 3, 1795379124685133, true, 0, 0, 1795379124685133);

INSERT INTO public.phone_numbers VALUES (1, 19, '74950000001', '74950000001', '+74950000001', 1, 60, 'active');

INSERT INTO public.schedules VALUES (1, 15, 'Weekdays', 'weekdays', '[{"activity_days":{"type":"days_of_week","days":[1,2,3,4,5]},"activity_time":[{"time_from":"09:00","time_till":"18:00"}],"activity_date_from":null,"activity_date_till":null}]');

INSERT INTO public.search_index VALUES ('employees', 'stale', 0, 0);

INSERT INTO public.sites VALUES (1, 16, 'example.com', 'example.com', NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO public.skills VALUES (1, 17, 'English', 'english', NULL, 0, false, 1795379124683429);

INSERT INTO public.status_periods VALUES (1, 2, 1795379124617981, NULL, 3);
INSERT INTO public.status_periods VALUES (1, 18, 1795379124685133, NULL, 3);
INSERT INTO public.status_periods VALUES (1, 21, 1795379124685240, NULL, 3);

INSERT INTO public.statuses VALUES (1, 3, 'available', 'Available', 'all calls', '#48b882', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', true, true, false, false, 1, 'available');
INSERT INTO public.statuses VALUES (1, 4, 'break', 'On a break', 'temporarily off', '#1179ad', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', true, true, false, false, 2, 'on a break');
INSERT INTO public.statuses VALUES (1, 5, 'do_not_disturb', 'Do not disturb', 'outgoing calls only', '#cc5d35', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', true, true, false, false, 3, 'do not disturb');
INSERT INTO public.statuses VALUES (1, 6, 'not_at_workplace', 'Not at workplace', 'all calls on the mobile phone', '#ebb03b', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', true, true, false, false, 4, 'not at workplace');
INSERT INTO public.statuses VALUES (1, 7, 'not_at_work', 'Not at work', 'wholly off', '#99acb7', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', false, true, false, false, 5, 'not at work');
INSERT INTO public.statuses VALUES (1, 8, 'auto_out_call', 'Automatic outgoing calls', 'calls of campaigns', '#7a5fb5', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', true, true, true, false, 6, 'automatic outgoing calls');
INSERT INTO public.statuses VALUES (1, 9, 'unknown', 'Unknown', '', NULL, 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', false, false, false, false, 7, 'unknown');

INSERT INTO public.tokens VALUES (1, 10, 2, '\x1fc3c875860e962fb5a53b388b0c2452e2a772ad5f7c975122bb672b20326aee', false, 'first administrator', 1795379124645889, NULL, false, '', '', '');

INSERT INTO public.tombstones VALUES (1, 24, 1795379124685255, 1795379124769042);

INSERT INTO public.unique_values VALUES (1, 'handle', 'admin', 2);
INSERT INTO public.unique_values VALUES (1, 'handle', 'sales', 13);
INSERT INTO public.unique_values VALUES (1, 'handle', 'support', 14);
INSERT INTO public.unique_values VALUES (1, 'extension', '101', 18);
INSERT INTO public.unique_values VALUES (1, 'extension', '102', 21);
INSERT INTO public.unique_values VALUES (1, 'handle', 'ivan', 18);
INSERT INTO public.unique_values VALUES (1, 'handle', 'o-brien', 21);
INSERT INTO public.unique_values VALUES (1, 'operator_login', 'ivan', 18);
INSERT INTO public.unique_values VALUES (1, 'extension', '901', 14);

SELECT pg_catalog.setval('public.goose_db_version_id_seq', 13, true);

ALTER TABLE ONLY public.account_points
    ADD CONSTRAINT account_points_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.avatars
    ADD CONSTRAINT avatars_id_key UNIQUE (id);

ALTER TABLE ONLY public.avatars
    ADD CONSTRAINT avatars_pkey PRIMARY KEY (account_id, employee_id);

ALTER TABLE ONLY public.commits
    ADD CONSTRAINT commits_pkey PRIMARY KEY (session);

ALTER TABLE ONLY public.door_settings
    ADD CONSTRAINT door_settings_pkey PRIMARY KEY (account_id, door, name);

ALTER TABLE ONLY public.employee_activity
    ADD CONSTRAINT employee_activity_pkey PRIMARY KEY (account_id, employee_id);

ALTER TABLE ONLY public.employee_counts
    ADD CONSTRAINT employee_counts_pkey PRIMARY KEY (account_id, block);

ALTER TABLE ONLY public.employee_groups
    ADD CONSTRAINT employee_groups_name_key UNIQUE (account_id, name);

ALTER TABLE ONLY public.employee_groups
    ADD CONSTRAINT employee_groups_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.employee_groups
    ADD CONSTRAINT employee_groups_rocket_id_key UNIQUE (account_id, rocket_id);

ALTER TABLE ONLY public.employee_groups
    ADD CONSTRAINT employee_groups_uuid_key UNIQUE (account_id, uuid);

ALTER TABLE ONLY public.employee_phone_numbers
    ADD CONSTRAINT employee_phone_numbers_id_key UNIQUE (account_id, id);

ALTER TABLE ONLY public.employee_phone_numbers
    ADD CONSTRAINT employee_phone_numbers_pkey PRIMARY KEY (account_id, employee_id, phone_number_id);

ALTER TABLE ONLY public.employee_positions
    ADD CONSTRAINT employee_positions_name_key UNIQUE (account_id, name);

ALTER TABLE ONLY public.employee_positions
    ADD CONSTRAINT employee_positions_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.employee_sites
    ADD CONSTRAINT employee_sites_pkey PRIMARY KEY (account_id, employee_id, site_id);

ALTER TABLE ONLY public.employee_skills
    ADD CONSTRAINT employee_skills_pkey PRIMARY KEY (account_id, employee_id, skill_id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_login_key UNIQUE (login_folded);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_rocket_id_key UNIQUE (account_id, rocket_id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_uuid_key UNIQUE (account_id, uuid);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (account_id, number);

ALTER TABLE ONLY public.goose_db_version
    ADD CONSTRAINT goose_db_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.goose_lock
    ADD CONSTRAINT goose_lock_pkey PRIMARY KEY (lock_id);

ALTER TABLE ONLY public.group_phone_numbers
    ADD CONSTRAINT group_phone_numbers_pkey PRIMARY KEY (account_id, group_id, employee_phone_number_id);

ALTER TABLE ONLY public.id_blocks
    ADD CONSTRAINT id_blocks_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.import_rows
    ADD CONSTRAINT import_rows_pkey PRIMARY KEY (account_id, import_id, key);

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (account_id, group_id, employee_id);

ALTER TABLE ONLY public.outcomes
    ADD CONSTRAINT outcomes_pkey PRIMARY KEY (account_id, token_id, method, key_digest);

ALTER TABLE ONLY public.phone_numbers
    ADD CONSTRAINT phone_numbers_identity_key UNIQUE (account_id, identity);

ALTER TABLE ONLY public.phone_numbers
    ADD CONSTRAINT phone_numbers_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.search_index
    ADD CONSTRAINT search_index_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.sip_lines
    ADD CONSTRAINT sip_lines_phone_number_key UNIQUE (account_id, phone_number);

ALTER TABLE ONLY public.sip_lines
    ADD CONSTRAINT sip_lines_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.sites
    ADD CONSTRAINT sites_domain_name_key UNIQUE (account_id, domain_name);

ALTER TABLE ONLY public.sites
    ADD CONSTRAINT sites_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.skills
    ADD CONSTRAINT skills_name_key UNIQUE (account_id, name);

ALTER TABLE ONLY public.skills
    ADD CONSTRAINT skills_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.status_periods
    ADD CONSTRAINT status_periods_pkey PRIMARY KEY (account_id, employee_id, started_at);

ALTER TABLE ONLY public.statuses
    ADD CONSTRAINT statuses_mnemonic_key UNIQUE (account_id, mnemonic);

ALTER TABLE ONLY public.statuses
    ADD CONSTRAINT statuses_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.tombstones
    ADD CONSTRAINT tombstones_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.unique_values
    ADD CONSTRAINT unique_values_pkey PRIMARY KEY (account_id, kind, value);

ALTER TABLE ONLY public.virtual_numbers
    ADD CONSTRAINT virtual_numbers_phone_number_key UNIQUE (account_id, phone_number);

ALTER TABLE ONLY public.virtual_numbers
    ADD CONSTRAINT virtual_numbers_pkey PRIMARY KEY (account_id, id);

CREATE UNIQUE INDEX accounts_jid_host_key ON public.accounts USING btree (jid_host);

CREATE INDEX accounts_partner ON public.accounts USING btree (partner_id, id);

CREATE INDEX employee_groups_extension ON public.employee_groups USING btree (account_id, extension, id);

CREATE INDEX employee_groups_parent ON public.employee_groups USING btree (account_id, parent_id, id);

CREATE INDEX employee_phone_numbers_number ON public.employee_phone_numbers USING btree (account_id, phone_number_id, employee_id);

CREATE INDEX employee_sites_site ON public.employee_sites USING btree (account_id, site_id);

CREATE INDEX employee_skills_skill ON public.employee_skills USING btree (account_id, skill_id);

CREATE INDEX employees_administrators ON public.employees USING btree (account_id, id) WHERE administrator;

CREATE INDEX employees_agents ON public.employees USING btree (account_id, shown_name, id) WHERE agent;

CREATE INDEX employees_coach ON public.employees USING btree (account_id, coach_id, id) WHERE (coach_id IS NOT NULL);

CREATE INDEX employees_email ON public.employees USING btree (account_id, email NULLS FIRST, id);

CREATE INDEX employees_extension ON public.employees USING btree (account_id, extension, id);

CREATE INDEX employees_external_id ON public.employees USING btree (account_id, external_id NULLS FIRST, id);

CREATE INDEX employees_first_name ON public.employees USING btree (account_id, first_name NULLS FIRST, id);

CREATE INDEX employees_full_name ON public.employees USING btree (account_id, full_name, id);

CREATE INDEX employees_handle ON public.employees USING btree (account_id, handle, id);

CREATE INDEX employees_last_name ON public.employees USING btree (account_id, last_name, id);

CREATE INDEX employees_login ON public.employees USING btree (account_id, login NULLS FIRST, id);

CREATE INDEX employees_member_email ON public.employees USING btree (email_folded) WHERE (login IS NOT NULL);

CREATE INDEX employees_member_handle ON public.employees USING btree (handle) WHERE (login IS NOT NULL);

CREATE INDEX employees_position ON public.employees USING btree (account_id, position_id, id) WHERE (position_id IS NOT NULL);

CREATE INDEX employees_schedule ON public.employees USING btree (account_id, schedule_id, id) WHERE (schedule_id IS NOT NULL);

CREATE INDEX employees_status ON public.employees USING btree (account_id, status_id, id);

CREATE INDEX events_subject ON public.events USING btree (account_id, subject_kind, subject_id);

CREATE INDEX group_phone_numbers_member ON public.group_phone_numbers USING btree (account_id, employee_id, group_id);

CREATE INDEX group_phone_numbers_number ON public.group_phone_numbers USING btree (account_id, employee_phone_number_id);

CREATE INDEX import_rows_employee ON public.import_rows USING btree (account_id, employee_id);

CREATE UNIQUE INDEX import_rows_id ON public.import_rows USING btree (account_id, id);

CREATE INDEX memberships_employee ON public.memberships USING btree (account_id, employee_id, group_id);

CREATE INDEX memberships_status ON public.memberships USING btree (account_id, group_id, status_id, employee_id);

CREATE INDEX outcomes_kept_at ON public.outcomes USING btree (account_id, kept_at);

CREATE INDEX outcomes_shown ON public.outcomes USING btree (account_id) WHERE (shown IS NOT NULL);

CREATE INDEX phone_numbers_spelling ON public.phone_numbers USING btree (account_id, spelling, id);

CREATE INDEX schedules_name ON public.schedules USING btree (account_id, name);

CREATE INDEX sip_lines_employee ON public.sip_lines USING btree (account_id, employee_id, id);

CREATE INDEX sip_lines_password ON public.sip_lines USING btree (account_id, password_mac);

CREATE INDEX sip_lines_virtual_number ON public.sip_lines USING btree (account_id, virtual_number_id, id);

CREATE INDEX skills_parent ON public.skills USING btree (account_id, parent_id, id);

CREATE INDEX tokens_employee ON public.tokens USING btree (account_id, employee_id);

ALTER TABLE ONLY public.account_points
    ADD CONSTRAINT account_points_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_partner_fkey FOREIGN KEY (partner_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.avatars
    ADD CONSTRAINT avatars_employee_fkey FOREIGN KEY (account_id, employee_id) REFERENCES public.employees(account_id, id);

ALTER TABLE ONLY public.door_settings
    ADD CONSTRAINT door_settings_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.employee_activity
    ADD CONSTRAINT employee_activity_employee_fkey FOREIGN KEY (account_id, employee_id) REFERENCES public.employees(account_id, id);

ALTER TABLE ONLY public.employee_counts
    ADD CONSTRAINT employee_counts_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.employee_groups
    ADD CONSTRAINT employee_groups_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.employee_phone_numbers
    ADD CONSTRAINT employee_phone_numbers_employee_fkey FOREIGN KEY (account_id, employee_id) REFERENCES public.employees(account_id, id);

ALTER TABLE ONLY public.employee_phone_numbers
    ADD CONSTRAINT employee_phone_numbers_number_fkey FOREIGN KEY (account_id, phone_number_id) REFERENCES public.phone_numbers(account_id, id);

ALTER TABLE ONLY public.employee_positions
    ADD CONSTRAINT employee_positions_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.employee_sites
    ADD CONSTRAINT employee_sites_employee_fkey FOREIGN KEY (account_id, employee_id) REFERENCES public.employees(account_id, id);

ALTER TABLE ONLY public.employee_sites
    ADD CONSTRAINT employee_sites_site_fkey FOREIGN KEY (account_id, site_id) REFERENCES public.sites(account_id, id);

ALTER TABLE ONLY public.employee_skills
    ADD CONSTRAINT employee_skills_employee_fkey FOREIGN KEY (account_id, employee_id) REFERENCES public.employees(account_id, id);

ALTER TABLE ONLY public.employee_skills
    ADD CONSTRAINT employee_skills_skill_fkey FOREIGN KEY (account_id, skill_id) REFERENCES public.skills(account_id, id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_coach_fkey FOREIGN KEY (account_id, coach_id) REFERENCES public.employees(account_id, id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_position_fkey FOREIGN KEY (account_id, position_id) REFERENCES public.employee_positions(account_id, id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_schedule_fkey FOREIGN KEY (account_id, schedule_id) REFERENCES public.schedules(account_id, id);

ALTER TABLE ONLY public.employees
    ADD CONSTRAINT employees_status_fkey FOREIGN KEY (account_id, status_id) REFERENCES public.statuses(account_id, id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.group_phone_numbers
    ADD CONSTRAINT group_phone_numbers_member_fkey FOREIGN KEY (account_id, group_id, employee_id) REFERENCES public.memberships(account_id, group_id, employee_id);

ALTER TABLE ONLY public.group_phone_numbers
    ADD CONSTRAINT group_phone_numbers_number_fkey FOREIGN KEY (account_id, employee_phone_number_id) REFERENCES public.employee_phone_numbers(account_id, id);

ALTER TABLE ONLY public.import_rows
    ADD CONSTRAINT import_rows_import_fkey FOREIGN KEY (account_id, import_id) REFERENCES public.imports(account_id, id);

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_employee_fkey FOREIGN KEY (account_id, employee_id) REFERENCES public.employees(account_id, id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_group_fkey FOREIGN KEY (account_id, group_id) REFERENCES public.employee_groups(account_id, id);

ALTER TABLE ONLY public.outcomes
    ADD CONSTRAINT outcomes_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.phone_numbers
    ADD CONSTRAINT phone_numbers_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.sip_lines
    ADD CONSTRAINT sip_lines_employee_fkey FOREIGN KEY (account_id, employee_id) REFERENCES public.employees(account_id, id);

ALTER TABLE ONLY public.sip_lines
    ADD CONSTRAINT sip_lines_virtual_number_fkey FOREIGN KEY (account_id, virtual_number_id) REFERENCES public.virtual_numbers(account_id, id);

ALTER TABLE ONLY public.sites
    ADD CONSTRAINT sites_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.skills
    ADD CONSTRAINT skills_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.status_periods
    ADD CONSTRAINT status_periods_employee_fkey FOREIGN KEY (account_id, employee_id) REFERENCES public.employees(account_id, id);

ALTER TABLE ONLY public.status_periods
    ADD CONSTRAINT status_periods_status_fkey FOREIGN KEY (account_id, status_id) REFERENCES public.statuses(account_id, id);

ALTER TABLE ONLY public.statuses
    ADD CONSTRAINT statuses_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_employee_fkey FOREIGN KEY (account_id, employee_id) REFERENCES public.employees(account_id, id);

ALTER TABLE ONLY public.tombstones
    ADD CONSTRAINT tombstones_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.unique_values
    ADD CONSTRAINT unique_values_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.virtual_numbers
    ADD CONSTRAINT virtual_numbers_account_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

