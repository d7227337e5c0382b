// The verbs of sluis lists that compare: what they print of lists in files and of a configuration, and what they end with.

import { afterEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { lists } from '../../src/commands/lists.ts';
import { ANYWHERE } from '../support/serving.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const CONFIG = `${ANYWHERE}presets: []
lists: [{ id: one, file: one.txt }, { id: two, file: two.txt, format: adblock }]
policies: [{ id: house, title: House, authority: Us, lists: [one, two] }]
groups: [{ id: all, match: any, modes: { house: block } }]
`;

const FILES = {
  'sluis.yaml': CONFIG,
  'one.txt': 'a.example\nwww.b.example\nc.example\n',
  'two.txt': '||a.example^\n||b.example^\n@@||x.c.example^\n||c.example^\n/regex/\n',
  'hosts.txt': '0.0.0.0 a.example\n0.0.0.0 d.example\nbad line\n',
  'names.txt': '# asked for\nwww.a.example\nb.example\n.c.example\n\nnot a name\nX.C.example.\nwww.a.example\n',
};

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

/** Runs with these files; `@` before a name makes it a path. */
async function run(args: string[], files: Record<string, string> = FILES) {
  const { at, remove } = folderOf(files);
  undo.push(remove);
  const around = surroundings();
  const given = args.map((arg) => (arg.startsWith('@') ? at(arg.slice(1)) : arg));
  const code = await lists.run([...given, '--config', at('sluis.yaml')], around);
  const short = (text: string) => text.replaceAll(at('/'), '@');
  return {
    code,
    out: short(around.printed).split('\n'),
    err: short(around.complained),
    json: () => JSON.parse(around.printed),
  };
}

describe('diff', () => {
  test('says what each has that the other does not cover', async () => {
    const { code, out, err } = await run(['diff', 'one', 'two']);
    expect(code).toBe(1);
    expect(out).toEqual([
      'list  format   rules  allows  covered by the other  in part  not at all',
      'one   domains  3      0       2                     1        0',
      'two   adblock  3      1       2                     1        0',
      '',
      '1 rule of one that two does not cover:',
      '  suffix  c.example  in part',
      '',
      '1 rule of two that one does not cover:',
      '  suffix  b.example  in part',
      '',
    ]);
    expect(err).toBe('note: list two: 1 line not honoured\n');
  });

  test('takes files too, in any format, and tells what is left out', async () => {
    const { code, out, err } = await run(['diff', 'one', '@hosts.txt']);
    expect(code).toBe(1);
    expect(out).toContain('@hosts.txt  hosts    2      0       1                     0        1');
    expect(out).toContain('  exact  d.example');
    expect(err).toBe('note: list @hosts.txt: 1 line left out\n');
  });

  test('ends well where both block the same, however they write it', async () => {
    const { code, out } = await run(['diff', 'one', '@same.txt'], {
      ...FILES,
      'same.txt': 'address=/a.example/c.example/\nlocal=/www.b.example/\naddress=/www.a.example/\n',
    });
    expect(code).toBe(0);
    expect(out.slice(3)).toEqual(['', '@same.txt covers all of one', '', 'one covers all of @same.txt', '']);
  });

  test('shows the first hundred, and has all as JSON', async () => {
    const long = Array.from({ length: 2500 }, (_, at) => `n${at}.example`);
    const files = { ...FILES, 'long.txt': `${long.join('\n')}\n` };
    const { out } = await run(['diff', 'one', '@long.txt'], files);
    expect(out.at(-2)).toBe('  … and 2400 more; --json has all');
    expect(out.at(-3)).toBe('  suffix  n99.example');
    const { code, json } = await run(['diff', 'one', '@long.txt', '--json'], files);
    expect(code).toBe(1);
    const [one, other] = json().lists;
    expect(one).toMatchObject({ list: 'one', format: 'domains', rules: 3, covered: 0, inPart: 0, missing: 3 });
    expect(other.uncovered).toEqual(long.map((name) => ({ match: 'suffix', name, inPart: false })));
  });

  test('reads a file as --format says', async () => {
    expect((await run(['diff', '@one.txt', '@one.txt', '--format', 'v2fly'])).out[1]).toContain('v2fly');
    await expect(run(['diff', 'one', 'two', '--format', 'host'])).rejects.toThrow(
      'no format "host": did you mean hosts?',
    );
  });

  test('tells a list that cannot be read as "check" does', async () => {
    const { code, out, err } = await run(['diff', 'one', '@away.txt']);
    expect({ code, out }).toEqual({ code: 2, out: [''] });
    expect(err).toContain('@away.txt:1:1: error: list "@away.txt" cannot be read: there is no such file');
    expect(err).toContain('= fix: ');
  });

  test('tells what is wrong with the configuration', async () => {
    const { code, err } = await run(['diff', 'one', 'two'], { ...FILES, 'sluis.yaml': 'lists: 3\n' });
    expect(code).toBe(2);
    expect(err).toContain('sluis.yaml:1:8: error:');
  });

  test('of no such list names one that is', async () => {
    await expect(run(['diff', 'one', 'tow'])).rejects.toThrow(
      'no file and no list of the configuration is called "tow": did you mean two?',
    );
  });

  test('needs two lists', async () => {
    for (const args of [['diff'], ['diff', 'one'], ['diff', 'one', 'two', 'one']]) {
      await expect(run(args)).rejects.toThrow(UsageError);
    }
  });
});

describe('overlap', () => {
  test('is about all lists of the configuration', async () => {
    const { code, out } = await run(['overlap']);
    expect(code).toBe(0);
    expect(out).toEqual([
      '   list  rules  allows  only it has  covered by 1  2',
      '1  one   3      0       1            -             2',
      '2  two   3      1       1            2             -',
      '',
      '1 rule that only one has:',
      '  suffix  c.example  in part',
      '',
      '1 rule that only two has:',
      '  suffix  b.example  in part',
      '',
    ]);
  });

  test('is about these, each beside each, and beside all others together', async () => {
    const { json } = await run(['overlap', 'one', 'two', '@hosts.txt', '--json']);
    const [one, two, hosts] = json().lists;
    expect(one).toMatchObject({
      by: [
        { list: 'two', covered: 2, inPart: 1, missing: 0 },
        { list: expect.stringContaining('hosts.txt'), covered: 0, inPart: 1, missing: 2 },
      ],
      byAll: { covered: 2, inPart: 1, missing: 0 },
      only: [{ match: 'suffix', name: 'c.example', inPart: true }],
    });
    expect(two.only).toEqual([{ match: 'suffix', name: 'b.example', inPart: true }]);
    expect(hosts).toMatchObject({ leftOut: 1, only: [{ match: 'exact', name: 'd.example', inPart: false }] });
  });

  test('says that one has nothing of its own', async () => {
    const { out } = await run(['overlap', 'one', '@one.txt']);
    expect(out.slice(3, 6)).toEqual(['', 'one has nothing that the others do not cover', '']);
  });

  test('needs two lists', async () => {
    await expect(run(['overlap', 'one'])).rejects.toThrow('give two lists or more, by id or path');
    const none = { ...FILES, 'sluis.yaml': CONFIG.replace(/^(lists|policies|groups).*\n/gm, '') };
    await expect(run(['overlap'], none)).rejects.toThrow('the configuration has 0 lists of its own: give two lists');
  });
});

describe('test', () => {
  test('says how many names of a file each list blocks, and which it misses', async () => {
    const { code, out, err } = await run(['test', '--file', '@names.txt']);
    expect(code).toBe(1);
    expect(out).toEqual([
      '4 names       blocked',
      'one           3        75.0 %',
      'two           2        50.0 %',
      'all together  4        100.0 %',
      '',
      'one misses 1:',
      '  exact  b.example',
      '',
      'two misses 2:',
      '  suffix  c.example    in part',
      '  exact   x.c.example',
      '',
    ]);
    expect(err).toContain('@names.txt:6:5: left out: not a name: more than a name on the line\n');
  });

  test('takes names, and lists by id or path', async () => {
    const { code, out } = await run(['test', 'x.a.example', 'A.example', '--list', 'two']);
    expect({ code, out }).toEqual({ code: 0, out: ['2 names  blocked', 'two      2        100.0 %', ''] });
    expect((await run(['test', 'x.a.example', '--list', 'two', '--list', '@hosts.txt'])).code).toBe(1);
  });

  test('has all of it as JSON', async () => {
    const { json } = await run(['test', 'a.example', 'd.example', '*.e.example', '.f.example', '--json']);
    expect(json()).toMatchObject({
      names: 4,
      together: 1,
      lists: [
        { list: 'one', blocks: 1, misses: ['d.example', '*.e.example', '.f.example'] },
        { list: 'two', blocks: 1, misses: ['d.example', '*.e.example', '.f.example'] },
      ],
    });
  });

  test('tells a file that cannot be read', async () => {
    const { code, err } = await run(['test', '--file', '@away.txt']);
    expect(code).toBe(2);
    expect(err).toContain('@away.txt:1:1: error: list "@away.txt" cannot be read: there is no such file');
  });

  test('needs names that are names, and a list', async () => {
    await expect(run(['test'])).rejects.toThrow('give names, or a file of names with --file');
    await expect(run(['test', 'a..b'])).rejects.toThrow('"a..b" is no name: an empty label');
    await expect(run(['test', '# comment'])).rejects.toThrow('there is no name among what was given');
    const none = { ...FILES, 'sluis.yaml': CONFIG.replace(/^(lists|policies|groups).*\n/gm, '') };
    await expect(run(['test', 'a.example'], none)).rejects.toThrow('the configuration has no list of its own');
  });
});

test('writes nothing to a terminal but text', async () => {
  const evil = { ...FILES, 'x\x1b[2J': '\x1b]0;x\x07\n' };
  const { err } = await run(['diff', 'one', '@x\x1b[2J'], evil);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not come out
  expect(err).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
});
