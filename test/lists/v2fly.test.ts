// Domain lists as v2fly keeps them: what each line becomes.

import { expect, test } from 'vitest';
import { readList } from './read-list.ts';

test.each([
  ['a.example', 'suffix a.example', undefined],
  ['domain:a.example', 'suffix a.example', undefined],
  ['full:A.example', 'exact a.example', undefined],
  ['a.example @cn', 'suffix a.example', undefined],
  ['full:a.example @!cn @ads &other # why', 'exact a.example', undefined],
  ['keyword:tok', undefined, 'keyword'],
  ['regexp:^tik.+\\.example$ @ads', undefined, 'regex'],
  ['include:other @cn', undefined, 'include'],
  ['# a.example', undefined, undefined],
])('%j', (line, rule, kind) => {
  const read = readList('v2fly', `\n${line}\r\n`);
  expect(read.rules).toEqual(rule ? [`2 ${rule}`] : []);
  expect(read.left).toEqual(kind ? [`2 ${kind}`] : []);
  expect(read.rejects).toEqual([]);
});

test.each([
  ['cn', '1:1 a top-level domain: it speaks of every name beneath it | cn'],
  ['domain:a..b', '1:10 an empty label: two dots together, or one where the name begins | a..b'],
  ['a.example b.example', '1:1 more than a rule and its attributes | a.example b.example'],
  ['suffix:a.example', '1:1 no kind of rule that is known | suffix:a.example'],
])('%j is rejected with its place', (line, reject) => {
  expect(readList('v2fly', line)).toMatchObject({ rules: [], left: [], rejects: [reject] });
});
