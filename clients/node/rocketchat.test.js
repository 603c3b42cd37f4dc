// The package @rocket.chat/api-client drives the door for Rocket.Chat: sign-in, and
// list, create, get and delete of agents, managers and users.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { RestClient } from '@rocket.chat/api-client';

import { admin, start } from './rosterd.js';

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

// connect returns a client that throws a refusal as an error with the answer.
function connect() {
  const client = new RestClient({ baseUrl: server.url });
  client.use(async (request, next) => {
    try {
      return await next(...request);
    } catch (thrown) {
      if (!(thrown instanceof Response)) {
        throw thrown;
      }
      const [path, method] = request;
      const body = await thrown.text();
      throw Object.assign(new Error(`${method} ${path}: ${thrown.status} ${body}`), { status: thrown.status, body });
    }
  });
  return client;
}

// signIn returns a client with credentials.
async function signIn(credentials) {
  const client = connect();
  const { status, data } = await client.post('/v1/login', credentials);
  assert.equal(status, 'success');
  assert.match(data.authToken, /^[\w-]{43}$/);
  client.setCredentials({ 'X-User-Id': data.userId, 'X-Auth-Token': data.authToken });
  return client;
}

// refused holds a refusal against what it must be.
async function refused(call, status, body) {
  await assert.rejects(call, (thrown) => {
    assert.deepEqual([thrown.status, JSON.parse(thrown.body)], [status, body]);
    return true;
  });
}

const rocketID = /^[23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz]{17}$/;

test('sign-in', async () => {
  const unauthorized = { success: false, status: 'error', error: 'Unauthorized', message: 'Unauthorized' };
  await refused(connect().post('/v1/login', { user: admin.user, password: 'wrong' }), 401, unauthorized);
  await refused(connect().post('/v1/login', { user: 'nobody', password: 'wrong' }), 401, unauthorized);

  const client = await signIn(admin);
  const me = await client.get('/v1/me');
  assert.equal(me.success, true);
  assert.equal(me._id, client.getCredentials()['X-User-Id']);
  assert.match(me._id, rocketID);
  assert.equal(me.username, 'admin');
  assert.deepEqual(me.roles.includes('admin'), true);

  const again = await signIn({ resume: client.getCredentials()['X-Auth-Token'] });
  assert.equal((await again.get('/v1/me'))._id, me._id);

  const other = await signIn({ username: admin.user, password: admin.password });
  const out = await other.post('/v1/logout');
  assert.deepEqual(out.data, { message: "You've been logged out!" });
  const loggedOut = {
    success: false,
    status: 'error',
    error: 'You must be logged in to do this.',
    message: 'You must be logged in to do this.',
  };
  await refused(other.get('/v1/me'), 401, loggedOut);
  await refused(connect().get('/v1/livechat/users/agent', {}), 401, loggedOut);
  assert.equal((await client.get('/v1/me')).username, 'admin');
});

// Both types of livechat users, each from the user to the role and back.
for (const [type, role] of [['agent', 'livechat-agent'], ['manager', 'livechat-manager']]) {
  test(`livechat users: ${type}`, async () => {
    const client = await signIn(admin);
    const path = `/v1/livechat/users/${type}`;
    const username = `${type}.one`;
    const { user, success } = await client.post('/v1/users.create', {
      name: 'Anna Petrova', email: `${username}@example.com`, username, password: 'rocket.chat',
    });
    assert.equal(success, true);
    assert.match(user._id, rocketID);
    assert.equal(user.username, username);
    assert.equal(user.name, 'Anna Petrova');
    assert.deepEqual(user.emails, [{ address: `${username}@example.com`, verified: false }]);
    assert.equal(user.active, true);
    assert.equal(user.roles.includes(role), false);
    assert.equal(Number.isNaN(Date.parse(user.createdAt)), false);

    const isListed = async (params) => {
      const page = await client.get(path, params);
      assert.equal(page.success, true);
      assert.equal(page.count, page.users.length);
      assert.equal(page.offset, params.offset ?? 0);
      assert.equal(page.total >= page.count, true);
      return page.users.some(({ _id }) => _id === user._id);
    };
    assert.equal(await isListed({}), false);
    assert.deepEqual(await client.get(`${path}/${user._id}`), { user: null, success: true });

    for (let times = 0; times < 2; times++) {
      assert.deepEqual(await client.post(path, { username }), { user: { _id: user._id, username }, success: true });
    }
    assert.equal(await isListed({}), true);
    assert.equal(await isListed({ text: 'ANNA', count: 1, sort: JSON.stringify({ username: -1 }) }), true);
    assert.equal(await isListed({ text: 'nobody' }), false);
    assert.equal(await isListed({ offset: 1000 }), false);
    const [listed] = (await client.get(path, { text: username })).users;
    assert.deepEqual(Object.keys(listed), ['_id', 'username', 'status', 'statusLivechat', 'name', 'emails', 'livechat', 'departments']);
    assert.deepEqual([listed.username, listed.name, listed.departments], [username, 'Anna Petrova', []]);
    if (type === 'agent') {
      assert.equal(listed.statusLivechat, 'available');
      assert.equal(await isListed({ onlyAvailable: true }), true);
      assert.equal(await isListed({ excludeId: user._id }), false);
      assert.equal(await isListed({ showIdleAgents: false }), false); // offline: the user has never signed in
    }
    const got = await client.get(`${path}/${user._id}`);
    assert.equal(got.success, true);
    assert.deepEqual([got.user._id, got.user.username, got.user.name], [user._id, username, 'Anna Petrova']);
    assert.equal('roles' in got.user, false);

    await refused(client.post(path, { username: 'nobody' }), 400, { success: false, error: 'error-invalid-user' });
    await refused(client.post(path, {}), 400, {
      success: false, error: "must have required property 'username' [invalid-params]", errorType: 'invalid-params',
    });
    await refused(client.get(path, { bogus: 1 }), 400, {
      success: false, error: 'must NOT have additional properties [invalid-params]', errorType: 'invalid-params',
    });
    await refused(client.get(`${path}/nobody`), 400, { success: false, error: 'User not found' });
    await refused(client.delete(`${path}/nobody`), 400, { success: false });

    assert.deepEqual(await client.delete(`${path}/${user._id}`), { success: true });
    assert.equal(await isListed({}), false);
    assert.deepEqual(await client.get(`${path}/${user._id}`), { user: null, success: true });

    assert.equal((await client.post('/v1/users.delete', { userId: user._id })).success, true);
    await refused(client.get(`${path}/${user._id}`), 400, { success: false, error: 'User not found' });
  });
}

test('a user changes, and changes their status', async () => {
  const client = await signIn(admin);
  const credentials = { username: 'boris', password: 'rocket.chat' };
  const { user } = await client.post('/v1/users.create', { name: 'Boris', email: 'boris@example.com', ...credentials });
  await refused(client.post('/v1/users.create', { name: 'Boris', email: 'other@example.com', ...credentials }), 400, {
    success: false, error: 'boris is already in use :( [error-field-unavailable]', errorType: 'error-field-unavailable',
    details: { method: 'insertOrUpdateUser', field: 'boris' },
  });
  const { user: renamed } = await client.post('/v1/users.update', { userId: user._id, data: { name: 'Boris Orlov' } });
  assert.deepEqual([renamed._id, renamed.name], [user._id, 'Boris Orlov']);
  assert.equal((await client.get('/v1/users.info', { username: 'boris' })).user.name, 'Boris Orlov');

  const boris = await signIn(credentials);
  await refused(boris.get('/v1/livechat/users/agent', {}), 403, { success: false, error: 'unauthorized' });
  assert.deepEqual(await boris.post('/v1/users.setStatus', { status: 'away', message: 'at lunch' }), { success: true });
  const status = await client.get('/v1/users.getStatus', { userId: user._id });
  assert.deepEqual([status._id, status.status, status.success], [user._id, 'away', true]);

  await client.post('/v1/livechat/users/agent', { username: 'boris' });
  const change = { agentId: user._id, status: 'not-available' };
  assert.deepEqual(await client.post('/v1/livechat/agent.status', change), { status: 'not-available', success: true });
  assert.deepEqual((await client.get('/v1/livechat/users/agent', { onlyAvailable: true, text: 'boris' })).users, []);
});

test('departments', async () => {
  const client = await signIn(admin);
  const { user } = await client.post('/v1/users.create', { name: 'Vera', email: 'vera@example.com', username: 'vera', password: 'rocket.chat' });
  await client.post('/v1/livechat/users/agent', { username: 'vera' });
  const { department, agents, success } = await client.post('/v1/livechat/department', {
    department: { name: 'Sales', enabled: true, email: 'sales@example.com', showOnRegistration: true, showOnOfflineForm: true },
    agents: [{ agentId: user._id }],
  });
  assert.equal(success, true);
  assert.match(department._id, /^[0-9a-f]{24}$/);
  assert.equal(department.name, 'Sales');
  assert.deepEqual(agents.map(({ agentId }) => agentId), [user._id]);

  const { departments } = await client.get(`/v1/livechat/agents/${user._id}/departments`, { enabledDepartmentsOnly: true });
  assert.deepEqual(departments.map(({ agentId, departmentId, departmentName }) => ({ agentId, departmentId, departmentName })), [
    { agentId: user._id, departmentId: department._id, departmentName: 'Sales' },
  ]);
  const { users } = await client.get('/v1/livechat/users/agent', { text: 'vera' });
  assert.deepEqual(users[0].departments, [department._id]);

  const removal = `/v1/livechat/department/${department._id}`;
  await refused(client.delete(removal), 400, { success: false, error: 'error-department-removal-disabled' });
  assert.deepEqual(await client.post('/v1/settings/Omnichannel_enable_department_removal', { value: true }), { success: true });
  assert.equal((await client.delete(removal)).success, true);
  assert.deepEqual((await client.get(`/v1/livechat/agents/${user._id}/departments`)).departments, []);
});
