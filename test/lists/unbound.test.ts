// Configurations of Unbound: what each line becomes.

import { describe, expect, test } from 'vitest';
import { readList } from './read-list.ts';

describe('a local zone', () => {
  test.each([
    ...['static', 'always_nxdomain', 'always_null'].map((type) => [type, 'suffix a.example', []]),
    ...['refuse', 'deny', 'redirect', 'nodata', 'always_refuse', 'always_deny', 'always_nodata'].map((type) => {
      return [type, 'suffix a.example', ['answer']];
    }),
    ...['inform_deny', 'inform_redirect'].map((type) => [type, 'suffix a.example', ['answer']]),
    ...['transparent', 'typetransparent', 'always_transparent', 'inform'].map((type) => {
      return [type, 'allow suffix a.example', []];
    }),
    ['block_a', undefined, ['type']],
    ['nodefault', undefined, ['option']],
  ] as [string, string | undefined, string[]][])('of type %s', (type, rule, left) => {
    for (const line of [`local-zone: "a.example" ${type}`, `\tlocal-zone: 'A.example.'  "${type}" # why`]) {
      const read = readList('unbound', `server:\n${line}\n`);
      expect(read.rules).toEqual(rule ? [`2 ${rule}`] : []);
      expect(read.left).toEqual(left.map((kind) => `2 ${kind}`));
      expect(read.rejects).toEqual([]);
    }
  });
});

test('what is in a view is for some clients', () => {
  const zone = 'local-zone: "a.example" static\n';
  const { rules, left } = readList(
    'unbound',
    `server:\n${zone}view:\n name: "v"\n ${zone} local-data: "b.example A ::"\nserver:\n${zone}`,
  );
  expect(rules).toEqual(['2 suffix a.example', '8 suffix a.example']);
  expect(left).toEqual(['4 option', '5 client', '6 client']);
});

describe('other lines', () => {
  test.each([
    ['local-data: "a.example A 0.0.0.0"', 'exact a.example', []],
    ["local-data: 'a.example. 60 IN AAAA ::'", 'exact a.example', []],
    ['local-data: "a.example IN A 192.0.2.1"', 'exact a.example', ['answer']],
    ['local-data: "a.example TXT hello"', undefined, ['data']],
    ['local-data-ptr: "192.0.2.1 a.example"', undefined, ['option']],
    ['include: /etc/unbound/more.conf', undefined, ['include']],
    ['do-ip6: no', undefined, ['option']],
    ['forward-zone:', undefined, []],
    ['  # local-zone: "a.example" static', undefined, []],
  ] as [string, string | undefined, string[]][])('%j', (line, rule, left) => {
    const read = readList('unbound', line);
    expect(read.rules).toEqual(rule ? [`1 ${rule}`] : []);
    expect(read.left).toEqual(left.map((kind) => `1 ${kind}`));
    expect(read.rejects).toEqual([]);
  });

  test.each([
    ['local-zone: "com" static', '1:14 a top-level domain: it speaks of every name beneath it | com'],
    ['local-zone: "." static', '1:14 the root: it speaks of every name there is | .'],
    ['local-zone: "a..b" static', '1:16 an empty label: two dots together, or one where the name begins | a..b'],
    ['local-zone: "a.example" nonsense', '1:25 no type of local zone that is known | local-zone: "a.example" nonsense'],
    ['local-zone: "a.example"', '1:1 no name and type of a local zone | local-zone: "a.example"'],
    ['local-data: "a.example"', '1:1 no record of local data | local-data: "a.example"'],
    ['local-data: "a.example A nowhere"', '1:26 no address in the record | local-data: "a.example A nowhere"'],
    ['||a.example^', '1:1 no option of Unbound | ||a.example^'],
  ])('%j is rejected with its place', (line, reject) => {
    expect(readList('unbound', line)).toMatchObject({ rules: [], left: [], rejects: [reject] });
  });
});
