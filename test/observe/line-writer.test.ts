// Lines are out when `write` returns; a full disk, a stuck reader or a moved file costs lines, never the program.

import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { LineWriter } from '../../src/observe/line-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluis-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

const lines = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

describe('a file', () => {
  it('holds each line as soon as it is written, after what it held before', () => {
    const path = join(folder, 'append.log');
    for (const word of ['one', 'two']) {
      const writer = new LineWriter(path);
      writer.write(`${word}\n`);
      expect(lines(path).at(-1)).toBe(word);
      writer.close();
    }
    expect(lines(path)).toEqual(['one', 'two']);
  });

  it('is not readable for everybody', () => {
    const path = join(folder, 'mode.log');
    new LineWriter(path).close();
    expect(execFileSync('stat', ['-c', '%a', path], { encoding: 'utf8' }).trim()).toMatch(/^6[04]0$/);
  });

  it('goes on under its name when rotation has moved it away', () => {
    const path = join(folder, 'rotate.log');
    const writer = new LineWriter(path);
    writer.write('before\n');
    renameSync(path, `${path}.1`);
    writer.write('between\n');
    writer.reopen();
    writer.write('after\n');
    writer.close();
    expect(lines(`${path}.1`)).toEqual(['before', 'between']);
    expect(lines(path)).toEqual(['after']);
  });

  it('is kept when it cannot be opened anew', () => {
    const path = join(folder, 'kept.log');
    const writer = new LineWriter(path);
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    expect(() => writer.reopen()).toThrow('EISDIR');
    writer.write('still\n');
    writer.close();
    expect(lines(`${path}.1`)).toEqual(['still']);
  });

  it('that cannot be opened at all is an error for the caller', () => {
    expect(() => new LineWriter(join(folder, 'missing', 'a.log'))).toThrow('ENOENT');
  });
});

describe.skipIf(process.platform !== 'linux')('what cannot be written (skipped outside Linux)', () => {
  it('is counted when the disk is full', () => {
    const writer = new LineWriter('/dev/full');
    for (let n = 0; n < 3; n++) writer.write('lost\n');
    writer.flushSync();
    expect(writer.lost).toBe(3);
    writer.close();
  });

  it('is counted when the target is gone', () => {
    const descriptor = openSync(join(folder, 'gone.log'), 'w');
    const writer = new LineWriter(descriptor);
    closeSync(descriptor);
    writer.write('lost\n');
    expect(writer.lost).toBe(1);
  });

  it('is said in the next line that can be, and no line runs into a torn one', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const descriptor = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const writer = new LineWriter(descriptor);
    const line = (n: number) => `${String(n).padStart(4, '0')} ${'x'.repeat(6000)}\n`;
    let count = 0;
    while (writer.lost < 3) writer.write(line(count++));

    const room = Buffer.alloc(1 << 20);
    let text = '';
    const drain = () => {
      text += room.toString('latin1', 0, readSync(descriptor, room));
    };
    drain();
    writer.write('last\n');
    drain();
    closeSync(descriptor);

    const got = text.split('\n').slice(0, -1);
    const whole = got.filter((one) => one.length === 6005);
    expect(whole).toEqual(Array.from({ length: count - 3 }, (_, n) => line(n).slice(0, -1)));
    expect(writer.lost).toBe(0);
    const [torn, loss, last] = got.slice(whole.length).filter((one) => one !== '');
    expect(line(count - 3).startsWith(torn)).toBe(true);
    expect(JSON.parse(loss)).toMatchObject({ level: 'warn', area: 'log', lost: 3 });
    expect(last).toBe('last');
    expect(got).toHaveLength(whole.length + 3);
  });
});
