// Clients of iAdvize's GraphQL API: the packages graphql-request and @apollo/client sign
// in and call every mutation, graphql-http audits the transport, and graphql-inspector
// holds the served schema against what is known of the vendor's.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ServerError } from '@apollo/client/errors';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildClientSchema, buildSchema, getIntrospectionQuery, parse, printSchema, validate, visit } from 'graphql';
import { serverAudits } from 'graphql-http';
import { ClientError, GraphQLClient } from 'graphql-request';

import { admin, example, start } from './rosterd.js';

const inThisFolder = (path) => fileURLToPath(new URL(path, import.meta.url));

// reference is what is known of the vendor's schema.
const referenceFile = inThisFolder('../../dialect/iadvize/testdata/vendor.graphql');
const referenceText = readFileSync(referenceFile, 'utf8');
const reference = buildSchema(referenceText);

const accessToken = /^[\w-]+\.[\w-]+\.[\w-]+$/;

let server;
before(async () => {
  server = await start(example);
});
after(() => server.stop());

// grant asks for a token, and returns the answer's status and body.
async function grant(fields) {
  const response = await fetch(`${server.url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: response.status, body: await response.json() };
}

// signIn returns a token.
async function signIn(username, password) {
  const { status, body } = await grant({ username, password, grant_type: 'password' });
  assert.equal(status, 200, JSON.stringify(body));
  return body.access_token;
}

// authenticated returns the answer to who asks whether a token is good.
async function authenticated(token) {
  const response = await fetch(`${server.url}/_authenticated`, { headers: { Authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json() };
}

const invalidToken = { error_description: 'access token not valid', error: 'invalid_token' };

test('token flow', async () => {
  const credentials = { username: admin.user, password: admin.password, grant_type: 'password' };
  const { status, body } = await grant(credentials);
  assert.equal(status, 200);
  const { access_token: token, ...rest } = body;
  assert.match(token, accessToken);
  assert.deepEqual(rest, { expires_in: 86400, token_type: 'Bearer', refresh_token: 'none' });
  assert.deepEqual(await authenticated(token), { status: 200, body: { authenticated: true } });
  assert.deepEqual(await authenticated(`${token}x`), { status: 401, body: invalidToken });

  const wrong = await grant({ ...credentials, password: 'wrong' });
  assert.deepEqual([wrong.status, wrong.body.error], [400, 'invalid_grant']);
  const other = await grant({ ...credentials, grant_type: 'client_credentials' });
  assert.deepEqual([other.status, other.body.error], [400, 'unsupported_grant_type']);

  // Tokens made on the command line: of this door, and the Data API's, which are good here.
  for (const door of ['iadvize-graphql', 'data-api']) {
    assert.deepEqual(await authenticated(server.tokenFor(door)), { status: 200, body: { authenticated: true } });
  }
  assert.equal((await authenticated(server.tokenFor('iadvize'))).status, 401); // REST's key
});

// Every audit is a test of its own: an error is a rule that a server must keep to;
// what it should or may do is told.
test('graphql-http audits', async (t) => {
  const token = await signIn(admin.user, admin.password);
  const fetchFn = (url, { headers, ...options } = {}) => fetch(url, { ...options, headers: { ...headers, Authorization: `Bearer ${token}` } });
  const audits = serverAudits({ url: `${server.url}/graphql`, fetchFn });
  assert.ok(audits.length > 50, `there are only ${audits.length} audits`);
  for (const audit of audits) {
    await t.test(`${audit.id} ${audit.name}`, async (t) => {
      const result = await audit.fn();
      if (result.status !== 'ok') {
        t.diagnostic(`${result.status}: ${result.reason}`);
      }
      assert.notEqual(result.status, 'error', result.reason);
      assert.equal(audit.name.startsWith('MUST') && result.status !== 'ok', false, result.reason);
    });
  }
});

test('the served schema contains the reference', async () => {
  const token = await signIn(admin.user, admin.password);
  const client = new GraphQLClient(`${server.url}/graphql`, { headers: { Authorization: `Bearer ${token}` } });
  const introspected = await client.request(getIntrospectionQuery({ inputValueDeprecation: false }));
  const served = buildSchema(printSchema(buildClientSchema(introspected))); // with directives, as the reference has them
  const changes = await diff(reference, served);
  const bad = changes.filter(({ type, criticality }) => !type.endsWith('_ADDED') || criticality.level === CriticalityLevel.Breaking);
  assert.deepEqual(bad.map(({ message }) => message), []);

  // The check can fail: without a type, a field or a value, and with another type.
  const spoilt = referenceText.replace('enum UserDateFormat {', 'enum UserDateFormat { WORDS')
    .replace('type UserGroup {', 'type UserGroup { size: Int').replace('userCount: Int', 'userCount: String');
  const found = (await diff(buildSchema(spoilt), served)).filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
  assert.deepEqual(found.map(({ path }) => path).sort(), ['ProfessionalRole.userCount', 'UserDateFormat.WORDS', 'UserGroup.size']);

  // The same from the command line, as a user would ask.
  const { status, stdout, stderr } = spawnSync(inThisFolder('node_modules/.bin/graphql-inspector'), [
    'diff', referenceFile, `${server.url}/graphql`,
    '--right-header', `Authorization: Bearer ${token}`,
  ], { encoding: 'utf8', cwd: inThisFolder('.') });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /No breaking changes detected/);
});

// Each client returns a function that sends a document of the reference with variables,
// and throws what is refused as an error with the answer's status and body. A token is
// asked for with each request, as it may change.
const clients = {
  'graphql-request': (token) => {
    const client = new GraphQLClient(`${server.url}/graphql`, {
      requestMiddleware: async (request) => ({ ...request, headers: { ...Object.fromEntries(new Headers(request.headers)), Authorization: `Bearer ${await token()}` } }),
    });
    return async (document, variables) => {
      try {
        return await client.request(document, variables);
      } catch (thrown) {
        throw thrown instanceof ClientError ? refusal(thrown.response.status, thrown.response.body) : thrown;
      }
    };
  },
  '@apollo/client': (token) => {
    const client = new ApolloClient({
      cache: new InMemoryCache({ possibleTypes: { User: ['Professional', 'Expert'] } }),
      link: new SetContextLink(async ({ headers }) => ({ headers: { ...headers, Authorization: `Bearer ${await token()}` } }))
        .concat(new HttpLink({ uri: `${server.url}/graphql?platform=sd` })),
      defaultOptions: { query: { fetchPolicy: 'network-only' } },
    });
    return async (document, variables) => {
      const isMutation = document.definitions[0].operation === 'mutation';
      try {
        const { data } = await (isMutation ? client.mutate({ mutation: document, variables }) : client.query({ query: document, variables }));
        return data;
      } catch (thrown) {
        throw ServerError.is(thrown) ? refusal(thrown.statusCode, thrown.bodyText) : thrown;
      }
    };
  },
};

function refusal(status, body) {
  return Object.assign(new Error(`${status} ${body}`), { status, body });
}

// plain leaves out the __typename that a client adds, and what else is no data.
function plain(data) {
  return JSON.parse(JSON.stringify(data), (name, value) => (name === '__typename' ? undefined : value));
}

// known parses a document and holds it against the reference: no client would know
// more. It tells called of the fields of Query and Mutation.
function known(text, called) {
  const document = parse(text);
  assert.deepEqual(validate(reference, document).map(({ message }) => message), [], text);
  visit(document, {
    OperationDefinition({ selectionSet }) {
      for (const { name } of selectionSet.selections) {
        called.add(name.value);
      }
    },
  });
  return document;
}

const png = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const whole = `
  id email lastName firstName pseudo userName isDeleted interfaceLanguage spokenLanguages
  skills { id name }
  presence { isConnected }
  availability { chat { ...channel } call { ...channel } video { ...channel } thirdParty { ...channel } }
  projects(first: 5) { edges { node { id name } } pageInfo { hasNextPage } }
  countryPreferences { dateFormat interfaceLanguage languages timeFormat timezone }
  ... on Professional {
    samlId externalId group { id name } role { baseRoleName name }
    channels {
      callConfiguration { clickToCallPhoneNumber hasPriorityOnCall isAlwaysAskForNumber isEnabled respondFrom }
      chatConfiguration { hasPriorityOnChat isAllowChatToVideo isEnabled isSimultaneousCallAllowed numberOfSlots }
      thirdPartyConfiguration { isEnabled numberOfSlots }
      videoConfiguration { hasPriorityOnVideo isEnabled }
    }
  }`;

const channelFragment = 'fragment channel on UserChannelAvailability { isEnabled isAvailable numberOfOngoingConversations numberOfSlots }';

for (const [name, connect] of Object.entries(clients)) {
  test(name, async (t) => {
    const called = new Set();
    let tokens = 0;
    const token = await signIn(admin.user, admin.password);
    const send = connect(async () => {
      tokens++;
      return token;
    });
    const ask = async (text, variables) => plain(await send(known(text, called), variables));

    // mutate calls a mutation whose input is of a type, and returns its payload.
    const mutate = async (mutation, inputType, input, selection) => {
      const document = `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { ${selection} userErrors { kind: __typename message } } } ${selection.includes('...channel') ? channelFragment : ''}`;
      return (await ask(document, { input }))[mutation];
    };
    const seeded = (kind, name) => server.seeded.find((s) => s.kind === kind && s.name === name).id;
    const project = { id: seeded('sites', 'example.com'), name: 'example.com' };
    const group = { id: seeded('group_employees', 'Sales'), name: 'Sales' };
    const english = { id: seeded('skills', 'English'), name: 'English' };
    const email = (who) => `${who}.${name.replace(/\W/g, '')}@example.com`;
    const kinds = ({ userErrors }) => userErrors.map(({ kind, message }) => {
      assert.match(message, /\w/);
      return kind;
    });
    const password = 'sixteen letters!';
    let roles, french, anna;

    await t.test('a token that is none is refused', async () => {
      const stranger = connect(async () => 'a.b.c');
      await assert.rejects(stranger(known('{ skills { totalCount } }', new Set())), (thrown) => {
        assert.equal(thrown.status, 401, thrown);
        assert.deepEqual(JSON.parse(thrown.body), invalidToken);
        return true;
      });
    });

    await t.test('what users refer to', async () => {
      assert.deepEqual(await ask('query ($id: LegacyId!) { project(projectId: $id) { id name } }', { id: project.id }), { project });
      const { projects } = await ask('{ projects(first: 1) { edges { cursor node { id name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }');
      assert.deepEqual(projects.edges.map(({ node }) => node), [project]);
      const [{ cursor }] = projects.edges;
      assert.deepEqual(projects.pageInfo, { hasNextPage: false, hasPreviousPage: false, startCursor: cursor, endCursor: cursor });
      const { professionalBaseRoles } = await ask('{ professionalBaseRoles { id name description baseRoleName permissions { name } userCount } }');
      roles = Object.fromEntries(professionalBaseRoles.map(({ id, baseRoleName }) => [baseRoleName, id]));
      assert.deepEqual(Object.keys(roles).filter((name) => name !== 'null').sort(), ['ADMIN', 'MANAGER', 'OPERATOR']);
      assert.ok(professionalBaseRoles.find(({ baseRoleName }) => baseRoleName === 'ADMIN').userCount >= 1);
    });

    await t.test('skillCreate, skillUpdate', async () => {
      const { skill, userErrors } = await mutate('skillCreate', 'SkillCreateInput', { name: `French of ${name}`, parentId: english.id }, 'skill { id name }');
      assert.deepEqual([skill.name, userErrors], [`French of ${name}`, []]);
      french = skill;
      const again = await mutate('skillCreate', 'SkillCreateInput', { name: french.name }, 'skill { id }');
      assert.deepEqual([again.skill, kinds(again)], [null, ['SkillNameAlreadyUsedError']]);

      french.name = `Français, ${name}`;
      const updated = await mutate('skillUpdate', 'SkillUpdateInput', { skillId: french.id, name: french.name, parentId: null }, 'skill { id name }');
      assert.deepEqual(updated, { skill: french, userErrors: [] });
      const unknown = await mutate('skillUpdate', 'SkillUpdateInput', { skillId: project.id, name: 'x' }, 'skill { id }');
      assert.deepEqual([unknown.skill, kinds(unknown)], [null, ['SkillNotFoundError']]);
      assert.deepEqual(await ask('query ($id: LegacyId) { skill(skillId: $id) { id name } }', { id: french.id }), { skill: french });
      const { skills } = await ask('{ skills(last: 1) { edges { node { id name } } totalCount } }');
      assert.deepEqual(skills.edges, [{ node: french }]);
    });

    const created = {
      email: email('anna'), lastName: 'Petrova', firstName: 'Anna', userName: `Anna of ${name}`, password, externalId: `crm of ${name}`,
      projectIds: [project.id], skillIds: [english.id], groupId: group.id,
      countryPreferences: { interfaceLanguage: 'fr', languages: ['fr', 'en'], dateFormat: 'YMD', timeFormat: 'MERIDIAN', timezone: 'Europe/Paris' },
      channels: {
        callConfiguration: { isEnabled: true, hasPriorityOnCall: true, isAlwaysAskForNumber: false, respondFrom: 'CLICK_TO_CALL_NUMBER', clickToCallPhoneNumber: '+33123456789' },
        chatConfiguration: { isEnabled: true, numberOfSlots: 4, hasPriorityOnChat: false, isAllowChatToVideo: true, isSimultaneousCallAllowed: true },
        thirdPartyConfiguration: { isEnabled: true, numberOfSlots: 2 },
        videoConfiguration: { isEnabled: true, hasPriorityOnVideo: false },
      },
    };

    await t.test('userCreate', async () => {
      const payload = await mutate('userCreate', 'UserCreateInput', { ...created, roleId: roles.OPERATOR }, `user { ${whole} }`);
      assert.deepEqual(payload.userErrors, []);
      const { id, role, ...user } = payload.user;
      anna = payload.user;
      assert.ok(Number.isInteger(id));
      assert.equal(role.baseRoleName, 'OPERATOR');
      const channel = (numberOfSlots) => ({ isEnabled: true, isAvailable: false, numberOfOngoingConversations: 0, numberOfSlots });
      assert.deepEqual(user, {
        email: created.email, lastName: 'Petrova', firstName: 'Anna', pseudo: created.userName, userName: created.userName, isDeleted: false,
        interfaceLanguage: 'fr', spokenLanguages: ['fr', 'en'], skills: [english], presence: { isConnected: false },
        availability: { chat: channel(4), call: channel(1), video: channel(1), thirdParty: channel(2) },
        projects: { edges: [{ node: project }], pageInfo: { hasNextPage: false } },
        countryPreferences: created.countryPreferences, samlId: null, externalId: created.externalId, group, channels: created.channels,
      });
      const refused = await mutate('userCreate', 'UserCreateInput', { ...created, roleIds: [roles.OPERATOR], externalId: null }, 'user { id }');
      assert.deepEqual([refused.user, kinds(refused)], [null, ['EmailAlreadyUsedError']]);
      const nameless = await mutate('userCreate', 'UserCreateInput', { ...created, roleId: roles.OPERATOR, email: email('other'), firstName: '', password: 'short' }, 'user { id }');
      assert.equal(nameless.user, null);
      assert.deepEqual(kinds(nameless).sort(), ['FirstNameIsEmptyError', 'PasswordTooShortError']);
    });

    await t.test('userUpdate', async () => {
      const payload = await mutate('userUpdate', 'UserUpdateInput', { userId: anna.id, lastName: 'Orlova', firstName: null, avatar: png, roleId: roles.MANAGER }, 'user { id lastName firstName email avatar avatarUrl ... on Professional { role { baseRoleName } group { id } } }');
      assert.deepEqual(payload.userErrors, []);
      const { avatar, avatarUrl, ...user } = payload.user;
      assert.deepEqual(user, { id: anna.id, lastName: 'Orlova', firstName: null, email: created.email, role: { baseRoleName: 'MANAGER' }, group: { id: group.id } });
      assert.equal(avatarUrl, avatar);
      assert.equal(new URL(avatar).origin, server.url);
      const picture = await fetch(avatar);
      assert.deepEqual([picture.status, picture.headers.get('Content-Type')], [200, 'image/png']);

      const refused = await mutate('userUpdate', 'UserUpdateInput', { userId: anna.id, password: 'short' }, 'user { id }');
      assert.deepEqual([refused.user, kinds(refused)], [null, ['PasswordTooShortError']]);
      const unknown = await mutate('userUpdate', 'UserUpdateInput', { userId: project.id, lastName: 'X' }, 'user { id }');
      assert.deepEqual([unknown.user, kinds(unknown)], [null, ['UserNotFoundError']]);
    });

    await t.test('userSkillsAdd, userSkillsRemove, userSkillsSet', async () => {
      const change = (mutation, skillIds) => mutate(mutation, 'UserSkillsInput', { userId: anna.id, skillIds }, 'user { skills { id } }');
      const have = (...skills) => ({ user: { skills: skills.map(({ id }) => ({ id })) }, userErrors: [] });
      assert.deepEqual(await change('userSkillsAdd', [french.id]), have(english, french));
      assert.deepEqual(await change('userSkillsRemove', [english.id]), have(french));
      assert.deepEqual(await change('userSkillsSet', [english.id]), have(english));
      assert.deepEqual(kinds(await change('userSkillsAdd', [project.id])), ['SkillNotFoundError']);
      assert.deepEqual(await change('userSkillsSet', [french.id]), have(french));
    });

    await t.test('userAvailabilityStatusUpdate', async () => {
      const input = { userId: anna.id, chat: 'AVAILABLE', call: 'UNAVAILABLE' };
      const { user, userErrors } = await mutate('userAvailabilityStatusUpdate', 'UserAvailabilityStatusUpdateInput', input, 'user { presence { isConnected } availability { chat { ...channel } call { ...channel } } }');
      assert.deepEqual(userErrors, []);
      assert.equal(user.presence.isConnected, false); // and so nothing is available
      assert.deepEqual(user.availability.chat, { isEnabled: true, isAvailable: false, numberOfOngoingConversations: 0, numberOfSlots: 4 });
      assert.equal(user.availability.call.isAvailable, false);
    });

    await t.test('professionalCreate, professionalUpdate', async () => {
      const input = { email: email('boris'), password, lastName: 'Orlov', pseudo: 'Boris', roleName: 'operator', interfaceLanguage: 'en', skillIds: [english.id] };
      const selection = 'professional { id email pseudo roleName interfaceLanguage spokenLanguages clickToCallPhoneNumber } user { id }';
      const { professional, user, userErrors } = await mutate('professionalCreate', 'ProfessionalCreateInput', input, selection);
      const { id, ...rest } = professional;
      assert.deepEqual([user, userErrors], [{ id }, []]);
      assert.deepEqual(rest, { email: input.email, pseudo: 'Boris', roleName: 'operator', interfaceLanguage: 'en', spokenLanguages: [], clickToCallPhoneNumber: null });
      const again = await mutate('professionalCreate', 'ProfessionalCreateInput', input, selection);
      assert.deepEqual([again.professional, kinds(again)], [null, ['EmailAlreadyUsedProfessionalCreateUserError']]);

      const change = { userId: id, roleName: 'manager', interfaceLanguage: 'de', spokenLanguages: ['de'], clickToCallPhoneNumber: '+33123456780' };
      const { userId, ...changed } = change;
      assert.deepEqual((await mutate('professionalUpdate', 'ProfessionalUpdateInput', change, selection)).professional, { id: userId, email: input.email, pseudo: 'Boris', ...changed });
    });

    await t.test('users, page by page', async () => {
      const page = '($after: String) { users(first: 2, after: $after) { edges { cursor node { id email } } pageInfo { hasNextPage endCursor } totalCount } }';
      const found = [];
      for (let after = null, more = true; more;) {
        const { users } = await ask(`query ${page}`, { after });
        found.push(...users.edges.map(({ node }) => node));
        ({ hasNextPage: more, endCursor: after } = users.pageInfo);
        assert.ok(found.length <= users.totalCount);
        if (!more) {
          assert.equal(found.length, users.totalCount);
        }
      }
      assert.deepEqual(found.map(({ id }) => id), [...new Set(found.map(({ id }) => id))].sort((a, b) => a - b));
      assert.ok(found.some(({ email }) => email === created.email));
      const filters = { emails: [created.email.toUpperCase()], skillIds: [french.id], groupIds: [group.id], projectIds: [project.id] };
      const { users } = await ask('query ($filters: UserFilters) { users(filters: $filters) { edges { node { id } } totalCount } }', { filters });
      assert.deepEqual(users, { edges: [{ node: { id: anna.id } }], totalCount: 1 });
    });

    await t.test('userDelete, skillDelete', async () => {
      const own = await signIn(created.email, password);
      assert.equal((await authenticated(own)).status, 200);
      assert.deepEqual(kinds(await mutate('skillDelete', 'SkillDeleteInput', { skillId: french.id }, 'skillId')), ['SkillIsInUseError']);

      assert.deepEqual(await mutate('userDelete', 'UserDeleteInput', { userId: anna.id }, 'userId'), { userId: anna.id, userErrors: [] });
      assert.deepEqual(kinds(await mutate('userDelete', 'UserDeleteInput', { userId: anna.id }, 'userId')), ['UserNotFoundError']);
      assert.deepEqual(await authenticated(own), { status: 401, body: invalidToken });
      const { user } = await ask('query ($id: LegacyId) { user(id: $id) { id email lastName isDeleted deletedAt } }', { id: anna.id });
      assert.match(user.deletedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.deepEqual([user.id, user.email, user.lastName, user.isDeleted], [anna.id, null, '', true]);

      assert.deepEqual(await mutate('skillDelete', 'SkillDeleteInput', { skillId: french.id }, 'skillId'), { skillId: french.id, userErrors: [] });
      assert.deepEqual(await ask('query ($id: LegacyId) { skill(id: $id) { id } }', { id: french.id }), { skill: null });
    });

    await t.test('nothing is left out', () => {
      const fields = [reference.getQueryType(), reference.getMutationType()].flatMap((type) => Object.keys(type.getFields()));
      assert.deepEqual([...called].sort(), fields.sort());
      assert.ok(tokens >= called.size);
    });
  });
}
