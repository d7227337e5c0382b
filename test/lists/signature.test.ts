// Signatures that the real tools make, over a list that is then changed.

import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { signatureTrouble } from '../../src/lists/signature.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluis-signed-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether the tool is installed; whatever it says of being called like this. */
const has = (tool: string) => spawnSync(tool, ['-v'], { input: '' }).error === undefined;
const titleOf = (tool: string) => (has(tool) ? tool : `${tool} (skipped: it is not installed)`);

function run(tool: string, ...args: string[]): void {
  const { status, stderr, stdout } = spawnSync(tool, args, { cwd: folder, input: '', encoding: 'utf8' });
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')}: ${stderr}${stdout}`);
}

function aList(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, 'one.example\ntwo.example\n');
  return path;
}

async function holdsUntilChanged(path: string, key: string, signature: string): Promise<void> {
  expect(await signatureTrouble(path, key, signature)).toBeUndefined();
  appendFileSync(path, '# more\n');
  expect(await signatureTrouble(path, key, signature)).toContain('it is not what was signed');
}

describe.skipIf(!has('minisign'))(titleOf('minisign'), () => {
  test.each([
    ['over the hash', []],
    ['over the file itself', ['-l']],
  ])('%s', async (how, options) => {
    const path = aList(`minisign ${how}`);
    const [secret, open] = [`${path}.key`, `${path}.pub`];
    run('minisign', '-G', '-W', '-s', secret, '-p', open);
    run('minisign', '-S', ...options, '-s', secret, '-t', 'a comment that is trusted', '-m', path);
    const signature = readFileSync(`${path}.minisig`, 'latin1');
    await holdsUntilChanged(path, readFileSync(open, 'latin1').split('\n')[1], signature);
  });
});

describe.skipIf(!has('ssh-keygen'))(titleOf('ssh-keygen'), () => {
  test.each([
    ['ed25519', '256', 'sha512'],
    ['ed25519', '256', 'sha256'],
    ['rsa', '2048', 'sha512'],
    ['ecdsa', '256', 'sha512'],
    ['ecdsa', '384', 'sha256'],
    ['ecdsa', '521', 'sha512'],
  ])('%s of %s bits over %s', async (kind, bits, hash) => {
    const path = aList(`ssh ${kind} ${bits} ${hash}`);
    const secret = `${path}.key`;
    run('ssh-keygen', '-q', '-t', kind, '-b', bits, '-N', '', '-f', secret);
    run('ssh-keygen', '-q', '-Y', 'sign', '-n', 'file', '-O', `hashalg=${hash}`, '-f', secret, path);
    const key = readFileSync(`${secret}.pub`, 'latin1').split(' ').slice(0, 2).join(' ');
    await holdsUntilChanged(path, key, readFileSync(`${path}.sig`, 'latin1'));
  });
});
