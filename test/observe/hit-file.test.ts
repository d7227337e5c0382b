// The file of policy hits: moved aside by size, opened anew, and a full disk or a missing folder costs lines only.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HitFile } from '../../src/observe/hit-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-hits-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(at(name), 'utf8');

/** Writes the lines in one piece; how many the file took. */
function put(file: HitFile, ...lines: string[]): number {
  const octets = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
  return file.write(octets, octets.length, lines.length);
}

it('holds what was written, after what it held before, and is not for everybody to read', () => {
  for (const word of ['one', 'two']) {
    const file = new HitFile(at('hits'), 1000, 1);
    expect(put(file, word, word)).toBe(2);
    expect(file.problem).toBe('');
    file.close();
  }
  expect(text('hits')).toBe('one\none\ntwo\ntwo\n');
  expect(statSync(at('hits')).mode & 0o007).toBe(0);
});

it('takes so many octets of a piece as there are, and no more', () => {
  const file = new HitFile(at('hits'), 1000, 1);
  file.write(new TextEncoder().encode('one\nleft over'), 4, 1);
  file.close();
  expect(text('hits')).toBe('one\n');
});

it('is moved aside when it is full, and as many are kept as are wanted', () => {
  const file = new HitFile(at('hits'), 10, 2);
  for (const word of ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee', 'ffff', 'gggg']) expect(put(file, word)).toBe(1);
  file.close();
  expect(readdirSync(folder).sort()).toEqual(['hits', 'hits.1', 'hits.2']);
  expect(['hits', 'hits.1', 'hits.2'].map(text)).toEqual(['gggg\n', 'eeee\nffff\n', 'cccc\ndddd\n']);
});

it('begins anew where none is kept', () => {
  const file = new HitFile(at('hits'), 10, 0);
  for (const word of ['aaaa', 'bbbb', 'cccc']) put(file, word);
  file.close();
  expect(readdirSync(folder)).toEqual(['hits']);
  expect(text('hits')).toBe('cccc\n');
});

it('counts what it held before it was opened', () => {
  for (const word of ['aaaa', 'bbbb', 'cccc']) {
    const file = new HitFile(at('hits'), 10, 1);
    put(file, word);
    file.close();
  }
  expect([text('hits'), text('hits.1')]).toEqual(['cccc\n', 'aaaa\nbbbb\n']);
});

it('goes on in the same file where it cannot be moved aside, and says so', () => {
  const file = new HitFile(at('hits'), 10, 1);
  mkdirSync(at('hits.1'));
  for (const word of ['aaaa', 'bbbb', 'cccc', 'dddd']) expect(put(file, word)).toBe(1);
  expect(file.problem).toContain('cannot be moved aside: EISDIR');
  expect(text('hits')).toBe('aaaa\nbbbb\ncccc\ndddd\n');
  rmdirSync(at('hits.1'));
  for (const word of ['eeee', 'ffff']) put(file, word);
  expect(file.problem).toBe('');
  expect(text('hits.1')).toContain('aaaa\n');
  file.close();
});

it('is opened anew after a rotation tool has moved it away', () => {
  const file = new HitFile(at('hits'), 1000, 1);
  put(file, 'before');
  renameSync(at('hits'), at('moved'));
  put(file, 'between');
  file.reopen();
  put(file, 'after');
  file.close();
  expect(text('moved')).toBe('before\nbetween\n');
  expect(text('hits')).toBe('after\n');
});

describe('what cannot be written', () => {
  it('is not there before its folder is, and comes by itself when it is', () => {
    const file = new HitFile(at('later/hits'), 1000, 1);
    expect(file.problem).toContain('cannot be opened: ENOENT');
    expect(put(file, 'lost')).toBe(0);
    mkdirSync(at('later'));
    expect(put(file, 'kept')).toBe(1);
    expect(file.problem).toBe('');
    file.close();
    expect(text('later/hits')).toBe('kept\n');
  });

  it('is a folder', () => {
    mkdirSync(at('hits'));
    const file = new HitFile(at('hits'), 1000, 1);
    expect(put(file, 'lost')).toBe(0);
    expect(file.problem).toContain('EISDIR');
    file.close();
  });

  it.skipIf(process.getuid?.() === 0)('is a folder that takes no files (skipped for root)', () => {
    chmodSync(folder, 0o500);
    const file = new HitFile(at('hits'), 1000, 1);
    expect(file.problem).toContain('EACCES');
    chmodSync(folder, 0o700);
    expect(put(file, 'kept')).toBe(1);
    file.close();
  });

  it.skipIf(!existsSync('/dev/full'))('is a full disk, until it is not (skipped without /dev/full)', () => {
    symlinkSync('/dev/full', at('hits'));
    const file = new HitFile(at('hits'), 1000, 1);
    expect(put(file, 'lost', 'lost')).toBe(0);
    expect(file.problem).toContain('cannot be written: ENOSPC');
    rmSync(at('hits'));
    expect(put(file, 'kept')).toBe(1);
    expect(file.problem).toBe('');
    file.close();
    expect(text('hits')).toBe('kept\n');
  });

  it.skipIf(process.platform === 'win32')('is a pipe that nobody reads', () => {
    execFileSync('mkfifo', [at('hits')]);
    const file = new HitFile(at('hits'), 1000, 1);
    expect(file.problem).toContain('ENXIO');
    expect(put(file, 'lost')).toBe(0);
    file.close();
  });
});
