

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
    id bigint DEFAULT 0 NOT NULL
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

INSERT INTO public.accounts VALUES (1, 'Account', 'UTC', false, 3, 15, 1795368281503423, '', '', NULL, 0, 0, NULL);

INSERT INTO public.commits VALUES ('\xf65b1e758bf34f2f98bbfb3a85a42c53', 1, 1795368281502296);
INSERT INTO public.commits VALUES ('\x5f185ad03c4b431f8d10f152aaa12b6e', 1, 1795368281531951);
INSERT INTO public.commits VALUES ('\x5bc841107073427faf1a2e7333d5cc79', 1, 1795368281585458);
INSERT INTO public.commits VALUES ('\x52522bc79399419f86a35e7280c793b1', 1, 1795368281596804);
INSERT INTO public.commits VALUES ('\xc1b4feb1ae63414b861091e52937a475', 1, 1795368281602978);
INSERT INTO public.commits VALUES ('\x76d7db751587407981467508a5d59ef7', 1, 1795368281605399);
INSERT INTO public.commits VALUES ('\x3d1abeb41d7f45bc95563f3fa7aba504', 2, 1795368281609015);

INSERT INTO public.employee_groups VALUES (1, 13, 'fc2fa102-011e-43d5-baba-a3664128f120', '311a74e305705d3ae24d9932', 'sales', 'Sales', false, 1, 'sales', NULL, NULL, NULL, true, false, false, false, NULL, NULL, 1795368281544803);
INSERT INTO public.employee_groups VALUES (1, 14, 'a84a3328-c9f0-4019-8bc2-5e2889470013', '6358418de5997276b5905425', 'support', 'Support', false, 1, 'support', '901', NULL, NULL, true, false, false, false, NULL, NULL, 1795368281545983);

INSERT INTO public.employee_phone_numbers VALUES (1, 18, 19, 0, 20);
INSERT INTO public.employee_phone_numbers VALUES (1, 21, 19, 0, 23);

INSERT INTO public.employee_positions VALUES (1, 11, 'Consultant', 'consultant');
INSERT INTO public.employee_positions VALUES (1, 12, 'Team lead', 'team lead');

INSERT INTO public.employee_sites VALUES (1, 18, 16);

INSERT INTO public.employee_skills VALUES (1, 18, 17);

INSERT INTO public.employees VALUES (1, 2, 1, 'fc81a0e3-8088-4c00-8648-66b8969aaa57', 'ugbqQT5XYvjWtLeeF', 'admin', NULL, NULL, 'admin', 'admin', NULL, NULL, 'admin', 'admin', NULL, 'admin', 'admin', NULL, NULL, true, 3, NULL, NULL, NULL, NULL, 'all', 3, 3, 3, 3, '{"id":2,"account_id":1,"uuid":"fc81a0e3-8088-4c00-8648-66b8969aaa57","rocket_id":"ugbqQT5XYvjWtLeeF","version":1,"created_at":"2026-11-22T17:24:41.503426Z","updated_at":"2026-11-22T17:24:41.503426Z","login":"admin","roles":["administrator"],"last_name":"admin","handle":"admin","status_id":3,"status_since":"2026-11-22T17:24:41.503426Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"channels":{"chat_and_call":false,"chat_to_video":false}}', '$argon2id$v=19$m=19456,t=2,p=1$95yVVTH/CYmlMwTtDZ26+A$myg9KUnu4J4bXocRHHcDODwVRzFYojYRj62IhG6IVeA', false, false, false, 'admin', 'admin', false, false, false, NULL, NULL);
INSERT INTO public.employees VALUES (1, 18, 1, '696707e3-5d25-4544-88c4-73b3ee9c1feb', '6uWQthHM5pvPsf9fn', 'ivan', NULL, NULL, NULL, NULL, NULL, NULL, 'Иванов', 'иванов', NULL, 'Иванов', 'иванов', 'ivanov@example.com', 'ivanov@example.com', false, 3, 15, 2, 12, '101', 'all', 3, 3, 3, 3, '{"id":18,"account_id":1,"uuid":"696707e3-5d25-4544-88c4-73b3ee9c1feb","rocket_id":"6uWQthHM5pvPsf9fn","version":1,"created_at":"2026-11-22T17:24:41.549778Z","updated_at":"2026-11-22T17:24:41.549778Z","last_name":"Иванов","email":"ivanov@example.com","handle":"ivan","status_id":3,"status_since":"2026-11-22T17:24:41.549778Z","schedule_id":15,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"coach":{"id":2,"always_enabled":false},"groups":[14],"number_ids":[19],"link_ids":[20],"extension":{"number":"101","voice_mail_enabled":false,"queue_enabled":false},"seat":{"display_name":"Ivan","login":"ivan","position_id":12,"offline_message_enabled":false,"invite_to_chat_enabled":false,"sites":[16]},"channels":{"chat":{"enabled":true,"slots":1,"priority":0,"available":true},"call":{"enabled":false,"slots":1,"priority":0,"available":true},"video":{"enabled":false,"slots":1,"priority":0,"available":true},"third_party":{"enabled":false,"slots":1,"priority":0,"available":true},"chat_and_call":false,"chat_to_video":false},"skills":[17]}', '$argon2id$v=19$m=19456,t=2,p=1$BWXgpNGUI9tS2k3g3SoNvw$/5eAv5+DDDTC3L7ycGjlG/jdrndIpskH60ZOyv5SOt4', false, false, false, 'Ivan', 'ivan', true, false, true, 1, NULL);
INSERT INTO public.employees VALUES (1, 21, 1, '08247071-f425-4103-9d02-6ae305686446', '8pTiHJcqd6CYL8jk4', 'o-brien', NULL, NULL, NULL, NULL, NULL, NULL, 'O''Brien', 'o''brien', NULL, 'O''Brien', 'o''brien', NULL, NULL, false, 3, NULL, NULL, NULL, '102', 'all', 3, 3, 3, 3, '{"id":21,"account_id":1,"uuid":"08247071-f425-4103-9d02-6ae305686446","rocket_id":"8pTiHJcqd6CYL8jk4","version":1,"created_at":"2026-11-22T17:24:41.549849Z","updated_at":"2026-11-22T17:24:41.549849Z","last_name":"O''Brien","handle":"o-brien","status_id":3,"status_since":"2026-11-22T17:24:41.549849Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"number_ids":[19],"link_ids":[23],"extension":{"number":"102","voice_mail_enabled":false,"queue_enabled":false},"channels":{"chat_and_call":false,"chat_to_video":false}}', NULL, false, false, false, 'O''Brien', 'o''brien', false, false, false, NULL, NULL);

INSERT INTO public.events VALUES (1, 1, 'account.created', 'account', 1, NULL, NULL, 1795368281503423, NULL, '{"id":1,"name":"Account","time_zone":"UTC","disabled":false,"created_at":"2026-11-22T17:24:41.503423Z"}');
INSERT INTO public.events VALUES (1, 2, 'employee.created', 'employees', 2, NULL, NULL, 1795368281503426, NULL, '{"id":2,"account_id":1,"uuid":"fc81a0e3-8088-4c00-8648-66b8969aaa57","rocket_id":"ugbqQT5XYvjWtLeeF","version":1,"created_at":"2026-11-22T17:24:41.503426Z","updated_at":"2026-11-22T17:24:41.503426Z","login":"admin","roles":["administrator"],"last_name":"admin","handle":"admin","status_id":3,"status_since":"2026-11-22T17:24:41.503426Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"channels":{"chat_and_call":false,"chat_to_video":false},"phone_numbers":[]}');
INSERT INTO public.events VALUES (1, 3, 'position.created', 'employee_positions', 11, NULL, NULL, 1795368281544043, NULL, '{"id":11,"name":"Consultant"}');
INSERT INTO public.events VALUES (1, 4, 'position.created', 'employee_positions', 12, NULL, NULL, 1795368281544361, NULL, '{"id":12,"name":"Team lead"}');
INSERT INTO public.events VALUES (1, 5, 'group.created', 'group_employees', 13, NULL, NULL, 1795368281545844, NULL, '{"id":13,"uuid":"fc2fa102-011e-43d5-baba-a3664128f120","rocket_id":"311a74e305705d3ae24d9932","handle":"sales","name":"Sales","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T17:24:41.544803Z"}');
INSERT INTO public.events VALUES (1, 6, 'group.created', 'group_employees', 14, NULL, NULL, 1795368281546768, NULL, '{"id":14,"uuid":"a84a3328-c9f0-4019-8bc2-5e2889470013","rocket_id":"6358418de5997276b5905425","handle":"support","name":"Support","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T17:24:41.545983Z"}');
INSERT INTO public.events VALUES (1, 7, 'schedule.created', 'schedules', 15, NULL, NULL, 1795368281547490, NULL, '{"id":15,"name":"Weekdays","document":[{"activity_days":{"type":"days_of_week","days":[1,2,3,4,5]},"activity_time":[{"time_from":"09:00","time_till":"18:00"}],"activity_date_from":null,"activity_date_till":null}]}');
INSERT INTO public.events VALUES (1, 8, 'site.created', 'sites', 16, NULL, NULL, 1795368281548057, NULL, '{"id":16,"domain_name":"example.com"}');
INSERT INTO public.events VALUES (1, 9, 'skill.created', 'skills', 17, NULL, NULL, 1795368281548704, NULL, '{"id":17,"name":"English","created_at":"2026-11-22T17:24:41.548405Z"}');
INSERT INTO public.events VALUES (1, 10, 'employee.created', 'employees', 18, NULL, NULL, 1795368281549778, NULL, '{"id":18,"account_id":1,"uuid":"696707e3-5d25-4544-88c4-73b3ee9c1feb","rocket_id":"6uWQthHM5pvPsf9fn","version":1,"created_at":"2026-11-22T17:24:41.549778Z","updated_at":"2026-11-22T17:24:41.549778Z","last_name":"Иванов","email":"ivanov@example.com","handle":"ivan","status_id":3,"status_since":"2026-11-22T17:24:41.549778Z","schedule_id":15,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"coach":{"id":2,"always_enabled":false},"groups":[14],"number_ids":[19],"link_ids":[20],"extension":{"number":"101","voice_mail_enabled":false,"queue_enabled":false},"seat":{"display_name":"Ivan","login":"ivan","position_id":12,"offline_message_enabled":false,"invite_to_chat_enabled":false,"sites":[16]},"channels":{"chat":{"enabled":true,"slots":1,"priority":0,"available":true},"call":{"enabled":false,"slots":1,"priority":0,"available":true},"video":{"enabled":false,"slots":1,"priority":0,"available":true},"third_party":{"enabled":false,"slots":1,"priority":0,"available":true},"chat_and_call":false,"chat_to_video":false},"skills":[17],"phone_numbers":[{"id":19,"identity":"74950000001","phone_number":"74950000001","e164":"+74950000001","channels_count":1,"dial_time":60,"status":"active"}]}');
INSERT INTO public.events VALUES (1, 11, 'employee.created', 'employees', 21, NULL, NULL, 1795368281549849, NULL, '{"id":21,"account_id":1,"uuid":"08247071-f425-4103-9d02-6ae305686446","rocket_id":"8pTiHJcqd6CYL8jk4","version":1,"created_at":"2026-11-22T17:24:41.549849Z","updated_at":"2026-11-22T17:24:41.549849Z","last_name":"O''Brien","handle":"o-brien","status_id":3,"status_since":"2026-11-22T17:24:41.549849Z","schedule_id":0,"call_recording":"all","directions":{"in_external":3,"in_internal":3,"out_external":3,"out_internal":3},"number_ids":[19],"link_ids":[23],"extension":{"number":"102","voice_mail_enabled":false,"queue_enabled":false},"channels":{"chat_and_call":false,"chat_to_video":false},"phone_numbers":[{"id":19,"identity":"74950000001","phone_number":"74950000001","e164":"+74950000001","channels_count":1,"dial_time":60,"status":"active"}]}');
INSERT INTO public.events VALUES (1, 13, 'group.updated', 'group_employees', 14, NULL, NULL, 1795368281599531, '{"id":14,"uuid":"a84a3328-c9f0-4019-8bc2-5e2889470013","rocket_id":"6358418de5997276b5905425","handle":"support","name":"Support","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T17:24:41.545983Z"}', '{"id":14,"uuid":"a84a3328-c9f0-4019-8bc2-5e2889470013","rocket_id":"6358418de5997276b5905425","handle":"support","name":"Support","extension":"901","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T17:24:41.545983Z"}');
INSERT INTO public.events VALUES (1, 14, 'group.updated', 'group_employees', 14, NULL, NULL, 1795368281607636, '{"id":14,"uuid":"a84a3328-c9f0-4019-8bc2-5e2889470013","rocket_id":"6358418de5997276b5905425","handle":"support","name":"Support","extension":"901","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T17:24:41.545983Z","phone_numbers":[{"employee_phone_number_id":20,"employee_id":18,"available":true}]}', '{"id":14,"uuid":"a84a3328-c9f0-4019-8bc2-5e2889470013","rocket_id":"6358418de5997276b5905425","handle":"support","name":"Support","extension":"901","queue_enabled":false,"channels_count":1,"enabled":true,"created_at":"2026-11-22T17:24:41.545983Z","phone_numbers":[{"employee_phone_number_id":20,"employee_id":18,"available":false}]}');
INSERT INTO public.events VALUES (1, 12, 'employee.created', 'employees', 24, NULL, NULL, 1795368281549864, NULL, NULL);
INSERT INTO public.events VALUES (1, 15, 'employee.deleted', 'employees', 24, NULL, NULL, 1795368281611034, NULL, NULL);

INSERT INTO public.goose_db_version VALUES (1, 0, true, '2026-11-22 17:24:41.391744');
INSERT INTO public.goose_db_version VALUES (2, 1, true, '2026-11-22 17:24:41.402911');
INSERT INTO public.goose_db_version VALUES (3, 2, true, '2026-11-22 17:24:41.446358');
INSERT INTO public.goose_db_version VALUES (4, 3, true, '2026-11-22 17:24:41.469791');
INSERT INTO public.goose_db_version VALUES (5, 4, true, '2026-11-22 17:24:41.471804');
INSERT INTO public.goose_db_version VALUES (6, 5, true, '2026-11-22 17:24:41.479082');
INSERT INTO public.goose_db_version VALUES (7, 6, true, '2026-11-22 17:24:41.479652');
INSERT INTO public.goose_db_version VALUES (8, 7, true, '2026-11-22 17:24:41.484935');
INSERT INTO public.goose_db_version VALUES (9, 8, true, '2026-11-22 17:24:41.492794');
INSERT INTO public.goose_db_version VALUES (10, 9, true, '2026-11-22 17:24:41.495103');
INSERT INTO public.goose_db_version VALUES (11, 10, true, '2026-11-22 17:24:41.496932');

INSERT INTO public.goose_lock VALUES (4097083626, false, NULL, NULL, NULL, '2026-11-22 17:24:41.501549+00');

INSERT INTO public.group_phone_numbers VALUES (1, 14, 20, 18, 0, false);

INSERT INTO public.id_blocks VALUES ('all', 1001);

INSERT INTO public.memberships VALUES (1, 14, 18, 3, 1795368281549778, true, 0, 0, 1795368281549778);

INSERT INTO public.phone_numbers VALUES (1, 19, '74950000001', '74950000001', '+74950000001', 1, 60, 'active');

INSERT INTO public.schedules VALUES (1, 15, 'Weekdays', 'weekdays', '[{"activity_days":{"type":"days_of_week","days":[1,2,3,4,5]},"activity_time":[{"time_from":"09:00","time_till":"18:00"}],"activity_date_from":null,"activity_date_till":null}]');

INSERT INTO public.search_index VALUES ('employees', 'stale', 0, 0);

INSERT INTO public.sites VALUES (1, 16, 'example.com', 'example.com', NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO public.skills VALUES (1, 17, 'English', 'english', NULL, 0, false, 1795368281548405);

INSERT INTO public.status_periods VALUES (1, 2, 1795368281503426, NULL, 3);
INSERT INTO public.status_periods VALUES (1, 18, 1795368281549778, NULL, 3);
INSERT INTO public.status_periods VALUES (1, 21, 1795368281549849, NULL, 3);

INSERT INTO public.statuses VALUES (1, 3, 'available', 'Available', 'all calls', '#48b882', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', true, true, false, false, 1, 'available');
INSERT INTO public.statuses VALUES (1, 4, 'break', 'On a break', 'temporarily off', '#1179ad', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', true, true, false, false, 2, 'on a break');
INSERT INTO public.statuses VALUES (1, 5, 'do_not_disturb', 'Do not disturb', 'outgoing calls only', '#cc5d35', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', true, true, false, false, 3, 'do not disturb');
INSERT INTO public.statuses VALUES (1, 6, 'not_at_workplace', 'Not at workplace', 'all calls on the mobile phone', '#ebb03b', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', true, true, false, false, 4, 'not at workplace');
INSERT INTO public.statuses VALUES (1, 7, 'not_at_work', 'Not at work', 'wholly off', '#99acb7', 0, 0, 0, 0, 'PSTN,SIP,SIP_TRUNK,FMC', false, true, false, false, 5, 'not at work');
INSERT INTO public.statuses VALUES (1, 8, 'auto_out_call', 'Automatic outgoing calls', 'calls of campaigns', '#7a5fb5', 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', true, true, true, false, 6, 'automatic outgoing calls');
INSERT INTO public.statuses VALUES (1, 9, 'unknown', 'Unknown', '', NULL, 3, 3, 3, 3, 'PSTN,SIP,SIP_TRUNK,FMC', false, false, false, false, 7, 'unknown');

INSERT INTO public.tokens VALUES (1, 10, 2, '\x088ea21e6500d141291ddd6dd3c5fcc79b7a55ead675e224dfa3a0f0851c904e', false, 'first administrator', 1795368281529086, NULL, false, '', '', '');

INSERT INTO public.tombstones VALUES (1, 24, 1795368281549864, 1795368281611034);

INSERT INTO public.unique_values VALUES (1, 'handle', 'admin', 2);
INSERT INTO public.unique_values VALUES (1, 'handle', 'sales', 13);
INSERT INTO public.unique_values VALUES (1, 'handle', 'support', 14);
INSERT INTO public.unique_values VALUES (1, 'extension', '101', 18);
INSERT INTO public.unique_values VALUES (1, 'extension', '102', 21);
INSERT INTO public.unique_values VALUES (1, 'handle', 'ivan', 18);
INSERT INTO public.unique_values VALUES (1, 'handle', 'o-brien', 21);
INSERT INTO public.unique_values VALUES (1, 'operator_login', 'ivan', 18);
INSERT INTO public.unique_values VALUES (1, 'extension', '901', 14);

SELECT pg_catalog.setval('public.goose_db_version_id_seq', 11, true);

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

ALTER TABLE ONLY public.employee_groups
    ADD CONSTRAINT employee_groups_name_key UNIQUE (account_id, name);

ALTER TABLE ONLY public.employee_groups
    ADD CONSTRAINT employee_groups_pkey PRIMARY KEY (account_id, id);

ALTER TABLE ONLY public.employee_groups
    ADD CONSTRAINT employee_groups_rocket_id_key UNIQUE (account_id, rocket_id);

ALTER TABLE ONLY public.employee_groups
    ADD CONSTRAINT employee_groups_uuid_key UNIQUE (account_id, uuid);

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

CREATE UNIQUE INDEX employee_phone_numbers_id_key ON public.employee_phone_numbers USING btree (account_id, id);

CREATE INDEX employee_phone_numbers_number ON public.employee_phone_numbers USING btree (account_id, phone_number_id, employee_id);

CREATE INDEX employee_sites_site ON public.employee_sites USING btree (account_id, site_id);

CREATE INDEX employee_skills_skill ON public.employee_skills USING btree (account_id, skill_id);

CREATE INDEX employees_administrators ON public.employees USING btree (account_id, id) WHERE administrator;

CREATE INDEX employees_agents ON public.employees USING btree (account_id, shown_name, id) WHERE agent;

CREATE INDEX employees_coach ON public.employees USING btree (account_id, coach_id, id);

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

CREATE INDEX employees_position ON public.employees USING btree (account_id, position_id, id);

CREATE INDEX employees_schedule ON public.employees USING btree (account_id, schedule_id, id);

CREATE INDEX employees_status ON public.employees USING btree (account_id, status_id, id);

CREATE INDEX events_subject ON public.events USING btree (account_id, subject_kind, subject_id);

CREATE INDEX group_phone_numbers_member ON public.group_phone_numbers USING btree (account_id, employee_id, group_id);

CREATE INDEX group_phone_numbers_number ON public.group_phone_numbers USING btree (account_id, employee_phone_number_id);

CREATE INDEX import_rows_employee ON public.import_rows USING btree (account_id, employee_id);

CREATE UNIQUE INDEX import_rows_id ON public.import_rows USING btree (account_id, id);

CREATE INDEX memberships_employee ON public.memberships USING btree (account_id, employee_id);

CREATE INDEX memberships_status ON public.memberships USING btree (account_id, group_id, status_id, employee_id);

CREATE INDEX outcomes_kept_at ON public.outcomes USING btree (account_id, kept_at);

CREATE INDEX outcomes_shown ON public.outcomes USING btree (account_id) WHERE (shown IS NOT NULL);

CREATE INDEX phone_numbers_e164 ON public.phone_numbers USING btree (account_id, e164);

CREATE INDEX phone_numbers_spelling ON public.phone_numbers USING btree (account_id, spelling, id);

CREATE INDEX schedules_name ON public.schedules USING btree (account_id, name);

CREATE INDEX sip_lines_employee ON public.sip_lines USING btree (account_id, employee_id, id);

CREATE INDEX sip_lines_password ON public.sip_lines USING btree (account_id, password_mac);

CREATE INDEX sip_lines_virtual_number ON public.sip_lines USING btree (account_id, virtual_number_id, id);

CREATE INDEX skills_parent ON public.skills USING btree (account_id, parent_id, id);

CREATE INDEX status_periods_status ON public.status_periods USING btree (account_id, status_id);

CREATE INDEX tokens_employee ON public.tokens USING btree (account_id, employee_id);

CREATE INDEX unique_values_owner ON public.unique_values USING btree (account_id, owner_id);

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

