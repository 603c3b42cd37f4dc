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

// start returns the server's address and a function that stops it.
export async function start() {
  const dir = mkdtempSync(join(tmpdir(), 'rosterd-client-'));
  const db = join(dir, 'roster.db');
  const init = spawnSync(program, ['init', '--db', db, '--login', admin.user, '--password-stdin'], { input: admin.password, encoding: 'utf8' });
  if (init.status !== 0) {
    throw new Error(`${program} init: ${init.error?.message ?? init.stderr}`);
  }
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
  return { url, stop };
}
