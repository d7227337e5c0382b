// What is learnt of hits as they come: all that a default met, nothing of anybody else's, and how much was missed.

import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EVENT } from '../../src/engine/counters.ts';
import { RING_OCTETS, WANT, WANTED } from '../../src/engine/event-ring.ts';
import { ClientNames } from '../../src/observe/client-names.ts';
import { EcsEncoder } from '../../src/observe/hit-encoder.ts';
import { HitLog } from '../../src/observe/hit-log.ts';
import { HitReader, type HitTaker } from '../../src/observe/hit-reader.ts';
import { Learning, LOOKED_AT } from '../../src/observe/learning.ts';
import { LearningFile } from '../../src/observe/learning-file.ts';
import { clientsOf } from '../../src/observe/learning-table.ts';
import { DECISION, MODE } from '../../src/policy/rule.ts';
import { folderOf } from '../support/surroundings.ts';
import { type HitPlan, HitWorld } from './hit-world.ts';

const MANAGED = { approved: ['ok.example'], mode: MODE.OBSERVE };
const BY_DEFAULT = { source: -1, decision: DECISION.OBSERVE };
const GROUP = 'blocking';

let world: HitWorld;
let learning: Learning;
let reader: HitReader | undefined;
let ms: number;
let lines: number;

beforeEach(() => {
  world = new HitWorld();
  ms = 0;
  lines = 0;
});
afterEach(close);

function open(others: HitTaker[] = [], file?: LearningFile, names = 100): string[] {
  const told: string[] = [];
  learning = new Learning({ names, file, key: 1, onProblem: (problem) => told.push(problem) });
  reader = new HitReader({
    events: world.buffer,
    workers: 1,
    takers: [...others, learning],
    now: () => ms,
    unwritten: () => ({
      limited: world.counters.readEvent(EVENT.EVENTS_LIMITED),
      dropped: world.counters.readEvent(EVENT.EVENTS_DROPPED),
    }),
    oldest: () => 0,
  });
  return told;
}

function close(): void {
  reader?.close();
  reader = undefined;
}

/** A log that takes so many lines a second. */
function logOf(perSecond: number): HitLog {
  const sink = {
    problem: '',
    write: (_octets: Uint8Array, _length: number, written: number) => {
      lines += written;
      return written;
    },
    reopen: () => {},
    close: () => {},
  };
  const encoder = new EcsEncoder(new ClientNames('none', new Uint8Array(0)));
  return new HitLog({ sink, encoder, piece: 1, perSecond, remedy: '', lasting: '', onProblem: () => {} });
}

const wanted = () => Atomics.load(new Int32Array(world.buffer), WANTED);
const counts = () => [...(learning.table.groups.get(GROUP)?.names ?? [])].map(([name, { count }]) => [name, count]);

test('what a default meets is learnt, observed and blocked, by name', () => {
  open();
  reader?.adopt(world.image(1, MANAGED));
  for (const client of [1, 2, 2]) world.hit({ ...BY_DEFAULT, name: 'A.Example', client, ms: 7_900 });
  world.hit({ ...BY_DEFAULT, name: 'b.example', decision: DECISION.BLOCK });
  close();
  expect(counts()).toEqual([
    ['a.example', 3],
    ['b.example', 1],
  ]);
  const { names, count, blocked } = learning.table.groups.get(GROUP)!;
  expect([count, blocked, learning.unseen]).toEqual([4, 1, 0]);
  expect(names.get('a.example')).toMatchObject({ first: 7, last: 7 });
  expect(clientsOf(names.get('a.example')!)).toBe(2);
});

const OTHERS: [string, HitPlan][] = [
  ['what a rule blocks', {}],
  ['of a client with an exception', { ...BY_DEFAULT, decision: DECISION.ALLOW, exception: 0 }],
  ['of one that another policy watches', { ...BY_DEFAULT, exception: 1 }],
  ['where an answer led', { decision: DECISION.OBSERVE, alias: 'cdn.tiktok.com' }],
  ['what is watched in a group without a default', { decision: DECISION.OBSERVE, group: 1 }],
];

test.each(OTHERS)('nothing is learnt: %s', (_, plan) => {
  open();
  reader?.adopt(world.image(1, MANAGED));
  world.hit(plan);
  close();
  expect([learning.table.size, learning.unseen]).toEqual([0, 0]);
});

test('what a rule observes is learnt where a default will block it', () => {
  open();
  reader?.adopt(world.image(1, MANAGED));
  world.hit({ decision: DECISION.OBSERVE, name: 'dns.example' });
  close();
  expect(counts()).toEqual([['dns.example', 1]]);
});

test('without a log, workers write nothing until a group has a default, and nothing again when none has', () => {
  open();
  reader?.adopt(world.image());
  expect(wanted()).toBe(WANT.NOTHING);
  world.hit(BY_DEFAULT);
  reader?.adopt(world.image(2, MANAGED));
  expect(wanted()).toBe(WANT.HITS);
  world.hit({ ...BY_DEFAULT, name: 'a.example', generation: 2 });
  reader?.adopt(world.image(3));
  expect(wanted()).toBe(WANT.NOTHING);
  close();
  expect([counts(), learning.unseen]).toEqual([[['a.example', 1]], 0]);
});

describe('beside a log', () => {
  test('that takes few lines, everything is learnt all the same', () => {
    const log = logOf(3);
    open([log]);
    reader?.adopt(world.image(1, MANAGED));
    for (let hit = 0; hit < 500; hit++) world.hit({ ...BY_DEFAULT, name: 'a.example' });
    close();
    expect([counts(), learning.unseen]).toEqual([[['a.example', 500]], 0]);
    // And one line that says how many there were more.
    expect([lines, log.counts]).toEqual([4, { written: 3, failed: 0, limited: 497 }]);
  });

  test('whose bound is met, workers write for learning; for nobody, they count', async () => {
    const log = logOf(3);
    open([log]);
    reader?.adopt(world.image(1, MANAGED));
    for (let hit = 0; hit < 10; hit++) world.hit({ ...BY_DEFAULT, name: 'a.example' });
    await expect.poll(() => log.counts.limited, { timeout: 5000 }).toBe(7);
    expect(wanted()).toBe(WANT.HITS);
    reader?.adopt(world.image(2));
    expect(wanted()).toBe(WANT.COUNTS);
  });
});

describe('what is missed is told', () => {
  test('of more in a second than are looked at', async () => {
    open();
    reader?.adopt(world.image(1, MANAGED));
    for (let hit = 0; hit < LOOKED_AT + 50; hit++) world.hit({ ...BY_DEFAULT, name: 'a.example' });
    await expect.poll(wanted, { timeout: 5000 }).toBe(WANT.COUNTS);
    expect([counts(), learning.unseen]).toEqual([[['a.example', LOOKED_AT]], 50]);
    // Still the same second: the worker counts, and writes nothing.
    for (let hit = 0; hit < 25; hit++) world.hit(BY_DEFAULT);
    expect(world.counters.readEvent(EVENT.EVENTS_LIMITED)).toBe(25);
    ms = 1000;
    await expect.poll(wanted, { timeout: 5000 }).toBe(WANT.HITS);
    world.hit({ ...BY_DEFAULT, name: 'b.example' });
    close();
    expect([counts(), learning.unseen]).toEqual([
      [
        ['a.example', LOOKED_AT],
        ['b.example', 1],
      ],
      75,
    ]);
  });

  test('of a ring that was full', () => {
    open();
    reader?.adopt(world.image(1, MANAGED));
    const hits = RING_OCTETS / 64;
    for (let hit = 0; hit < hits; hit++) world.hit({ ...BY_DEFAULT, name: 'a-name.example' });
    const dropped = world.counters.readEvent(EVENT.EVENTS_DROPPED);
    expect(dropped).toBeGreaterThan(0);
    close();
    const { count } = learning.table.groups.get(GROUP)!;
    expect(count + learning.unseen).toBe(hits);
  });

  test('and nothing of what was before a group had a default', () => {
    const log = logOf(1);
    open([log]);
    reader?.adopt(world.image());
    for (let hit = 0; hit < RING_OCTETS / 64; hit++) world.hit();
    expect(world.counters.readEvent(EVENT.EVENTS_DROPPED)).toBeGreaterThan(0);
    reader?.adopt(world.image(2, MANAGED));
    expect(learning.unseen).toBe(0);
  });
});

describe('over a restart', () => {
  test('all of it is there again, clients as a number', async () => {
    const folder = folderOf({});
    const file = () => new LearningFile(folder.at('learning.json'));
    open([], file());
    reader?.adopt(world.image(1, MANAGED));
    for (const client of [1, 2, 3]) world.hit({ ...BY_DEFAULT, name: 'a.example', client });
    close();
    await learning.close();
    world = new HitWorld();
    const told = open([], file());
    reader?.adopt(world.image(1, MANAGED));
    world.hit({ ...BY_DEFAULT, name: 'a.example', client: 9 });
    close();
    expect([counts(), told]).toEqual([[['a.example', 4]], []]);
    expect(clientsOf(learning.table.groups.get(GROUP)!.names.get('a.example')!)).toBe(3);
    folder.remove();
  });

  test('where nothing was learnt, no file is written', async () => {
    const folder = folderOf({});
    open([], new LearningFile(folder.at('learning.json')));
    reader?.adopt(world.image());
    close();
    await learning.close();
    expect(existsSync(folder.at('learning.json'))).toBe(false);
    folder.remove();
  });

  test('a place that takes nothing is told', async () => {
    const told = open([], new LearningFile('/nowhere/learning.json'));
    reader?.adopt(world.image(1, MANAGED));
    world.hit(BY_DEFAULT);
    close();
    await learning.close();
    expect(told).toEqual([expect.stringContaining('ENOENT')]);
    expect(learning.problem).toBe(told[0]);
  });
});
