// sluis check: what is said of sound and of unsound configurations, and to whom.

import { afterEach, describe, expect, it } from 'vitest';
import { check } from '../../src/commands/check.ts';
import { ANYWHERE } from '../support/serving.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const LISTED = `${ANYWHERE}lists: [{ id: own, file: own.txt, format: domains }]
policies: [{ id: house, title: House, authority: B, lists: [own] }]
groups: [{ id: all, match: { subnets: [127.0.0.0/8] }, modes: { be-716: block, house: block } }]
`;

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

async function checked(list: string | Uint8Array, ...more: string[]) {
  const { at, remove } = folderOf({ 'sluis.yaml': LISTED, 'own.txt': list });
  undo.push(remove);
  const around = surroundings();
  const code = await check.run(['--config', at('sluis.yaml'), ...more], around);
  return { code, printed: around.printed, complained: around.complained, at };
}

describe('a sound configuration', () => {
  it('is summed up, list by list', async () => {
    const { code, printed, complained, at } = await checked('one.example\n\nbad name\n');
    expect(code).toBe(0);
    expect(printed).toContain('list own: 1 rule (1 left out)\n');
    expect(printed).toMatch(/^policy image: \d+ rules, 0\.\d\d MiB, compiled in \d+\.\d\d s$/m);
    expect(printed.endsWith(`${at('sluis.yaml')}: sound\n`)).toBe(true);
    expect(complained).toBe(`${at('own.txt')}:3:5: left out: bad name: more than a name on the line\n`);
  });
});

describe('a list of which nothing is left', () => {
  it.each([
    ['a hosts file', '0.0.0.0 a.example\n', '1:9: left out: 0.0.0.0 a.example: more than a name on the line'],
    ['a compressed one', '\x1f\x8b', '1:1: left out: the file is compressed: unpack it first'],
    [
      'one of top-level domains',
      'com\n',
      '1:1: left out: com: a top-level domain: it would block every name beneath it',
    ],
  ])('is refused, and the reason stands with it: %s', async (_, list, reason) => {
    const { code, printed, complained, at } = await checked(Buffer.from(list, 'latin1'));
    expect(code).toBe(2);
    expect(printed).toBe('');
    expect(complained).toContain(`${at('own.txt')}:${reason}\n`);
    expect(complained).toContain(`${at('own.txt')}:1:1: error: list "own" holds no rule that can be used\n`);
  });

  it('is told as JSON too', async () => {
    const { code, printed, complained } = await checked('com\n', '--json');
    expect(code).toBe(2);
    expect(complained).toBe('');
    expect(JSON.parse(printed)).toMatchObject({ sound: false, report: { rejected: 1, rejections: [{ line: 1 }] } });
  });
});
