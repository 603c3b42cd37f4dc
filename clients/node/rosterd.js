// Starts a rosterd of its own for a test: the program as it was built, on a new
// database and any free port.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = process.env.ROSTERD ?? fileURLToPath(new URL('../../bin/rosterd', import.meta.url));

export const admin = { user: 'admin', password: 'correct horse battery' };

// example is a file of what a roster may refer to: groups, skills, sites.
export const example = fileURLToPath(new URL('../../examples/seed.json', import.meta.url));

// run runs a command of the program and returns what it prints.
function run(args, input = '') {
  const { status, error, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`${program} ${args[0]}: ${error?.message ?? stderr}`);
  }
  return stdout;
}

// start returns the server's address, what it was seeded with from a file, if that is
// given, as the program printed it, a function that makes a permanent token of the
// administrator for a door, and one that stops the server.
export async function start(seed) {
  const dir = mkdtempSync(join(tmpdir(), 'rosterd-client-'));
  const db = join(dir, 'roster.db');
  run(['init', '--db', db, '--login', admin.user, '--password-stdin'], admin.password);
  const seeded = !seed ? [] : run(['seed', '--db', db, seed]).trim().split('\n').map((line) => JSON.parse(line));
  const server = spawn(program, ['serve', '--db', db, '--listen', '127.0.0.1:0', '--log-format', 'json'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const stop = async () => {
    server.kill('SIGTERM');
    const code = await ended;
    rmSync(dir, { recursive: true });
    if (code !== 0) {
      throw new Error(`rosterd ended with ${code}`);
    }
  };
  const url = await new Promise((resolve, reject) => {
    ended.then((code) => reject(new Error(`rosterd ended with ${code} before it listened`)));
    createInterface({ input: server.stderr }).on('line', (line) => {
      const said = JSON.parse(line);
      if (said.msg === 'listening') {
        resolve(new URL(said.url).origin);
      }
    });
  });
  const tokenFor = (door) => run(['token', 'create', '--db', db, '--login', admin.user, '--door', door]).trim();
  return { url, seeded, tokenFor, stop };
}
