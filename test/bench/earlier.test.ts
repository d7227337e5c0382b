/** Records of earlier runs are found in version control, newest first, and what is none is refused by name. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { committedRecords, newestWith, readRecord } from '../../bench/earlier.ts';
import { readAfterwards } from '../../bench/options.ts';
import { benchRecord, figure } from '../support/bench-record.ts';

describe('records', () => {
  let root: string;
  const write = (name: string, text: string) => writeFileSync(join(root, 'bench/results', name), text);
  const git = (...words: string[]) => execFileSync('git', words, { cwd: root });

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'sluis-records-'));
    mkdirSync(join(root, 'bench/results'), { recursive: true });
    const record = benchRecord([], [figure('wire/a', 1)]);
    const tryOut = benchRecord([]);
    const named = (...suites: string[]) =>
      JSON.stringify({ ...record, outcomes: suites.map((suite) => ({ ...record.outcomes[0]!, suite })) });
    write('2026-11-20T000000-aaaaaaa.json', named('wire', 'memory'));
    write('2026-11-21T000000-bbbbbbb.json', named('wire'));
    write('2026-11-21T120000-fffffff.json', JSON.stringify(tryOut));
    write('2026-11-22T000000-ccccccc.json', '{"summary":{}}');
    write('2026-11-23T000000-ddddddd.json', 'not JSON');
    git('init', '-q');
    git('add', '.');
    write('2026-11-24T000000-eeeeeee.json', named('wire', 'memory'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('are those under version control, the newest first', () => {
    expect(committedRecords(root).map((path) => path.slice(-12, -5))).toEqual([
      'ddddddd',
      'ccccccc',
      'fffffff',
      'bbbbbbb',
      'aaaaaaa',
    ]);
  });

  it.each([
    [['wire'], 'bbbbbbb'],
    [['wire', 'memory'], 'aaaaaaa'],
    [['reload'], undefined],
  ])('the newest with %j', (suites, expected) => {
    expect(newestWith(suites, root)?.path.slice(-12, -5)).toBe(expected);
  });

  it.each([
    ['2026-11-22T000000-ccccccc.json', 'is no record of a run by suites'],
    ['2026-11-23T000000-ddddddd.json', 'not JSON'],
    ['nothing.json', 'no such file'],
  ])('%s is refused by name', (name, says) => {
    const path = join(root, 'bench/results', name);
    expect(() => readRecord(path)).toThrow(says);
    expect(() => readRecord(path)).toThrow(name);
  });
});

it.each([
  [[], null, null, null, []],
  [['--check'], '', null, null, []],
  [['--check', 'old.json', '--rounds', '1'], 'old.json', null, null, ['--rounds', '1']],
  [['--check', '--rounds', '1'], '', null, null, ['--rounds', '1']],
  [['--only', 'wire', '--check=old.json'], 'old.json', null, null, ['--only', 'wire']],
  [['--draw', 'a.json', '--readme', 'b.json'], null, 'a.json', 'b.json', []],
  [['--draw'], null, '', null, []],
  [['--checked', 'x'], null, null, null, ['--checked', 'x']],
])('%j is understood', (commandLine, check, draw, readme, rest) => {
  expect(readAfterwards(commandLine)).toEqual({ afterwards: { check, draw, readme }, rest });
});
