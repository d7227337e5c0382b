// Configurations of dnsmasq: what each line becomes.

import { expect, test } from 'vitest';
import { readList } from './read-list.ts';

const EMPTY = 'an empty label: two dots together, or one where the name begins';

test.each([
  ['address=/a.example/', ['suffix a.example'], []],
  ['address=/a.example/0.0.0.0', ['suffix a.example'], []],
  ['address=/a.example/::', ['suffix a.example'], []],
  ['address=/a.example/#', ['suffix a.example'], []],
  ['address=/a.example/127.0.0.1', ['suffix a.example'], []],
  ['address=/a.example/192.0.2.1', ['suffix a.example'], ['answer']],
  ['address=/a.example/2001:db8::1', ['suffix a.example'], ['answer']],
  ['address=/a.example/B.example/192.0.2.1', ['suffix a.example', 'suffix b.example'], ['answer', 'answer']],
  ['server=/a.example/', ['suffix a.example'], []],
  ['address = /a.example/192.0.2.1', ['suffix a.example'], ['answer']],
  ['local\t= /a.example/', ['suffix a.example'], []],
  ['server = 192.0.2.1', [], ['forwarding']],
  ['cache-size = 1000', [], ['option']],
  ['local=/a.example/', ['suffix a.example'], []],
  ['local=/a.example/b.example/', ['suffix a.example', 'suffix b.example'], []],
  ['server=/a.example/192.0.2.1', [], ['forwarding']],
  ['server=/a.example/192.0.2.1#5353', [], ['forwarding']],
  ['server=192.0.2.1', [], ['forwarding']],
  ['server=/a.example/#', ['allow suffix a.example'], []],
  ['address=/*.a.example/', ['below a.example'], []],
  ['address=/.a.example/', ['suffix a.example'], []],
  ['address=/*a.example/', [], ['pattern']],
  ['address=/bücher.example/', ['suffix xn--bcher-kva.example'], []],
  ['  address=/a.example/  # why', ['suffix a.example'], []],
  ['address=/a.example/#\r', ['suffix a.example'], []],
  ['conf-file=/etc/other', [], ['option']],
  ['cache-size=1000', [], ['option']],
  ['no-resolv', [], ['option']],
  ['ipset=/a.example/set', [], ['option']],
  ['# address=/a.example/', [], []],
  ['', [], []],
])('%j', (line, rules, left) => {
  const read = readList('dnsmasq', line);
  expect(read.rules).toEqual(rules.map((rule) => `1 ${rule}`));
  expect(read.left).toEqual(left.map((kind) => `1 ${kind}`));
  expect(read.rejects).toEqual([]);
});

test.each([
  ['address=/com/', '1:10 a top-level domain: it speaks of every name beneath it | com'],
  ['address=/#/0.0.0.0', '1:10 the root: it speaks of every name there is | #'],
  ['local=/*/', '1:8 the root: it speaks of every name there is | *'],
  ['address=//0.0.0.0', `1:10 ${EMPTY} | `],
  ['address = /a..b/', `1:14 ${EMPTY} | a..b`],
  ['address=/a..b/', `1:12 ${EMPTY} | a..b`],
  ['address=/a.example/nowhere', '1:20 no address behind the names | address=/a.example/nowhere'],
  ['address=/a.example', '1:1 no name between two slashes | address=/a.example'],
  ['a.example', '1:1 no option of dnsmasq | a.example'],
  ['0.0.0.0 a.example', '1:1 no option of dnsmasq | 0.0.0.0 a.example'],
])('%j is rejected with its place', (line, reject) => {
  expect(readList('dnsmasq', line)).toMatchObject({ rules: [], left: [], rejects: [reject] });
});

test('the bad name of a line leaves the others', () => {
  const { rules, rejects } = readList('dnsmasq', 'address=/a.example/b..c/d.example/0.0.0.0\n');
  expect(rules).toEqual(['1 suffix a.example', '1 suffix d.example']);
  expect(rejects).toEqual([`1:22 ${EMPTY} | b..c`]);
});
