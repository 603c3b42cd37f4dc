// The page of /graphql in a browser: Chromium, named by CHROMIUM or found by its usual
// names, and driven over its debugging pipe. Where there is none, the test is skipped.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';

import { start } from './rosterd.js';

const browser = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => name && spawnSync(name, ['--version']).status === 0,
);

// open starts the browser and returns a page in it: send calls a command of the
// DevTools protocol, events are what the page tells.
async function open() {
  const profile = mkdtempSync(join(tmpdir(), 'rosterd-browser-'));
  const process = spawn(browser, [
    '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-pipe', `--user-data-dir=${profile}`,
  ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => process.once('exit', resolve));
  const [, , , input, output] = process.stdio;
  const waiting = new Map();
  const events = [];
  let rest = '';
  output.setEncoding('utf8').on('data', (data) => {
    const messages = (rest + data).split('\0');
    rest = messages.pop();
    for (const message of messages.map((text) => JSON.parse(text))) {
      if (message.id === undefined) {
        events.push(message);
      } else {
        const { resolve, reject } = waiting.get(message.id);
        (message.error ? reject : resolve)(message.error ? new Error(message.error.message) : message.result);
      }
    }
  });
  ended.then(() => waiting.forEach(({ reject }) => reject(new Error('the browser has ended'))));
  const command = (method, params, sessionId) => new Promise((resolve, reject) => {
    waiting.set(waiting.size + 1, { resolve, reject });
    input.write(`${JSON.stringify({ id: waiting.size, method, params, sessionId })}\0`);
  });
  const { targetId } = await command('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await command('Target.attachToTarget', { targetId, flatten: true });
  const send = (method, params = {}) => command(method, params, sessionId);
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) {
    await send(`${domain}.enable`);
  }
  const close = async () => {
    await command('Browser.close').catch(() => process.kill());
    await ended;
    rmSync(profile, { recursive: true, maxRetries: 10, retryDelay: 100 });
  };
  return { send, events, close };
}

test('GraphiQL in a browser', { skip: browser ? false : 'there is no Chromium' }, async (t) => {
  const server = await start();
  t.after(() => server.stop());
  const page = await open();
  t.after(() => page.close());

  // evaluate returns what an expression is in the page.
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await page.send('Runtime.evaluate', { expression, returnByValue: true });
    assert.equal(exceptionDetails, undefined, expression);
    return result.value;
  };
  // until waits for an expression to hold.
  const until = async (expression) => {
    for (const end = Date.now() + 20_000; !(await evaluate(expression)); await sleep(50)) {
      assert.ok(Date.now() < end, `never came true: ${expression}`);
    }
  };
  const editor = (name) => `document.querySelector('${name} .CodeMirror').CodeMirror`;

  await page.send('Page.navigate', { url: `${server.url}/graphql` });
  await until(`document.querySelector('.graphiql-container .result-window .CodeMirror') !== null`);
  await until(`${editor('.result-window')}.getValue().includes('Type an access token')`);

  const token = server.tokenFor('data-api');
  await evaluate(`document.getElementById('token').value = '${token}', document.getElementById('access').requestSubmit()`);
  await until(`${editor('.graphiql-query-editor')}.options.lint.schema != null`); // introspected
  await evaluate(`${editor('.graphiql-query-editor')}.setValue('{ professionalBaseRoles { baseRoleName } }')`);
  await evaluate(`document.querySelector('.graphiql-execute-button').click()`);
  await until(`${editor('.result-window')}.getValue().includes('MANAGER')`);
  for (const label of ['Show Documentation Explorer', 'Show History', 'Open settings dialog']) {
    await evaluate(`document.querySelector('[aria-label="${label}"]').click()`);
    await sleep(200);
  }
  await until(`document.querySelector('.graphiql-dialog') !== null`);

  assert.equal(await evaluate(`localStorage.length`), 0);
  assert.deepEqual(await evaluate(`Object.entries(sessionStorage).filter(([, value]) => value.includes('${token}')).map(([name]) => name)`), ['rosterd:token']);
  const said = page.events.filter(({ method }) => ['Log.entryAdded', 'Runtime.exceptionThrown', 'Runtime.consoleAPICalled'].includes(method));
  assert.deepEqual(said.map(({ params }) => params), []);
  const asked = page.events.filter(({ method }) => method === 'Network.requestWillBeSent').map(({ params }) => params.request.url);
  assert.deepEqual(asked.filter((url) => !url.startsWith(`${server.url}/graphql`) && !url.startsWith('data:')), []);
  assert.ok(asked.includes(`${server.url}/graphql`));
});
