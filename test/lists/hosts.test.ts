// Hosts files: every kind of line, good and bad, with its place.

import { describe, expect, test } from 'vitest';
import { readList } from './read-list.ts';

const hosts = (text: string) => readList('hosts', text);

describe('a line of a hosts file', () => {
  test.each(['0.0.0.0', '127.0.0.1', '127.1.2.3', '::', '::1', '0:0:0:0:0:0:0:1', '0::1', '0000::0001'])(
    'blocks at %s',
    (address) => {
      expect(hosts(`${address} a.example\tB.example. # why`)).toMatchObject({
        rules: ['1 exact a.example', '1 exact b.example'],
        rejects: [],
      });
    },
  );

  test.each([
    '127.0.0.1 localhost',
    '::1 ip6-localhost ip6-loopback',
    '127.0.0.1 localhost.localdomain LOCAL',
    '255.255.255.255 broadcasthost',
    'fe80::1%lo0 localhost',
    'ff02::1 ip6-allnodes',
    '0.0.0.0 0.0.0.0',
  ])("%j is every system's own", (line) => {
    const { count } = hosts(line);
    expect(count).toMatchObject({ rules: 0, rejects: 0 });
    expect(count.passed).toBe(line.split(' ').length - 1);
  });

  test.each([
    ['192.0.2.7 files.example', '1:1 an address that is given out, not a block | 192.0.2.7 files.example'],
    ['::11 files.example', '1:1 an address that is given out, not a block | ::11 files.example'],
    ['::10 files.example', '1:1 an address that is given out, not a block | ::10 files.example'],
    ['1:: files.example', '1:1 an address that is given out, not a block | 1:: files.example'],
    ['0.0.0.0', '1:1 an address without a name | 0.0.0.0'],
    ['0.0.0.0 # a.example', '1:1 an address without a name | 0.0.0.0 # a.example'],
    ['a.example', '1:1 no address where the line begins | a.example'],
    ['0.0.0 a.example', '1:1 no address where the line begins | 0.0.0 a.example'],
    [`${'1'.repeat(300)} a.example`, `1:1 no address where the line begins | ${'1'.repeat(80)}…`],
  ])('%j is rejected', (line, reject) => expect(hosts(line)).toMatchObject({ rules: [], rejects: [reject] }));

  test('is taken name by name', () => {
    const { rules, rejects, count } = hosts('0.0.0.0 localhost a..b b.example *.c.example\n');
    expect(rules).toEqual(['1 exact b.example']);
    expect(rejects).toEqual([
      '1:21 an empty label: two dots together, or one where the name begins | a..b',
      '1:34 a character that no name in a list has | *.c.example',
    ]);
    expect(count).toEqual({ lines: 1, rules: 1, rejects: 2, left: 0, passed: 1 });
  });

  test('remembers no address but the last', () => {
    const { rules, rejects } = hosts('0.0.0.0 a.example\n0.0.0.1 b.example\n0.0.0.0 c.example\n1.0.0.0 d.example');
    expect(rules).toEqual(['1 exact a.example', '3 exact c.example']);
    expect(rejects).toHaveLength(2);
  });
});
