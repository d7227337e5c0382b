// The log of hits as a whole: what workers write comes out, what cannot is counted, and it rests when there is nothing.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EVENT } from '../../src/engine/counters.ts';
import { SLEEP, WANT, WANTED } from '../../src/engine/event-ring.ts';
import { ClientNames } from '../../src/observe/client-names.ts';
import { EcsEncoder } from '../../src/observe/hit-encoder.ts';
import { HitLog, type HitLogOptions, type HitSink } from '../../src/observe/hit-log.ts';
import { HitReader } from '../../src/observe/hit-reader.ts';
import { Arrivals } from '../support/until.ts';
import { HitWorld } from './hit-world.ts';

/** What is looked at of a line. */
interface Line {
  message?: string;
  rule: { reference: string };
  sluis: { generation: number };
}

/** Keeps what it is given, or takes as many lines as `takes` says. */
class Kept implements HitSink {
  readonly pieces: string[] = [];
  readonly arrivals = new Arrivals();
  takes = Number.POSITIVE_INFINITY;
  problem = '';
  opened = 0;
  closed = 0;

  get lines(): Line[] {
    const lines = this.pieces.join('').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }

  write(octets: Uint8Array, length: number, lines: number): number {
    const taken = Math.min(lines, this.takes);
    if (taken === lines) this.pieces.push(new TextDecoder().decode(octets.subarray(0, length)));
    this.problem = taken === lines ? '' : 'no room';
    this.arrivals.announce();
    return taken;
  }

  reopen(): void {
    this.opened++;
  }

  close(): void {
    this.closed++;
  }
}

let world: HitWorld;
let sink: Kept;
let told: string[];
let oldest: number;
let clock: () => number;
let log: HitLog;
let reader: HitReader | undefined;

beforeEach(() => {
  world = new HitWorld();
  sink = new Kept();
  told = [];
  oldest = 0;
  clock = () => performance.now();
});
afterEach(() => close());

function open(options: Partial<HitLogOptions> = {}): HitLog {
  log = new HitLog({
    sink,
    encoder: new EcsEncoder(new ClientNames('none', new Uint8Array(0))),
    piece: 2 ** 16,
    perSecond: Number.POSITIVE_INFINITY,
    remedy: 'ask for more',
    lasting: '',
    onProblem: (problem) => {
      told.push(problem);
      sink.arrivals.announce();
    },
    ...options,
  });
  reader = new HitReader({
    events: world.buffer,
    workers: 1,
    takers: [log],
    now: () => clock(),
    unwritten: () => ({
      limited: world.counters.readEvent(EVENT.EVENTS_LIMITED),
      dropped: world.counters.readEvent(EVENT.EVENTS_DROPPED),
    }),
    oldest: () => oldest,
  });
  reader.adopt(world.image());
  return log;
}

function close(): void {
  reader?.close();
  if (reader) log.close();
  reader = undefined;
}

const lines = (count: number) => sink.arrivals.until(() => sink.lines.length >= count, 5000);
const linesOf = () => sink.lines.map(({ rule }) => Number(rule.reference.split(':')[1]));

test('hits come out in order, soon after each of several rests', async () => {
  const { counts } = open();
  for (let round = 0; round < 3; round++) {
    world.hit({ line: 2 * round });
    world.hit({ line: 2 * round + 1 });
    expect(await lines(2 * round + 2)).toBe(true);
    await expect.poll(() => Atomics.load(new Int32Array(world.buffer), SLEEP), { timeout: 5000 }).toBe(1);
  }
  expect(linesOf()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(counts).toEqual({ written: 6, failed: 0, limited: 0 });
  expect(told).toEqual([]);
});

test('many are written in large pieces', async () => {
  open();
  for (let line = 0; line < 2000; line++) world.hit({ line });
  expect(await lines(2000)).toBe(true);
  expect(linesOf()).toEqual(Array.from({ length: 2000 }, (_, line) => line));
  expect(sink.pieces.length).toBeLessThan(30);
});

test('what was there before it began, and what is there at its end, comes out', () => {
  world.hit({ line: 1 });
  const { counts } = open();
  world.hit({ line: 2 });
  close();
  expect(linesOf()).toEqual([1, 2]);
  expect(counts.written).toBe(2);
  expect(sink.closed).toBe(1);
});

test('each is named by the generation that decided it, and one that no worker has any more is forgotten', async () => {
  open();
  world.hit({ generation: 1 });
  reader?.adopt(world.image(2));
  oldest = 1;
  world.hit({ generation: 2 });
  world.hit({ generation: 1 });
  expect(await lines(3)).toBe(true);
  expect(sink.lines.map(({ sluis }) => sluis.generation)).toEqual([1, 2, 1]);
  oldest = 2;
  world.hit({ generation: 2 });
  expect(await lines(4)).toBe(true);
});

test('a sink that takes nothing costs lines, is said once, and is tried again when it is opened anew', async () => {
  const { counts } = open();
  sink.takes = 0;
  for (let line = 0; line < 10; line++) world.hit({ line });
  expect(await sink.arrivals.until(() => told.length === 1, 5000)).toBe(true);
  expect(log.problems).toEqual(['no room']);
  sink.takes = Number.POSITIVE_INFINITY;
  log.reopen();
  expect(sink.opened).toBe(1);
  world.hit({ line: 11 });
  expect(await lines(1)).toBe(true);
  expect(linesOf()).toEqual([11]);
  expect(told).toEqual(['no room', '']);
  expect(log.problems).toEqual([]);
  expect(counts).toEqual({ written: 1, failed: 10, limited: 0 });
});

test('a sink that fails is tried again by itself', async () => {
  const { counts } = open();
  sink.takes = 0;
  world.hit({ line: 0 });
  expect(await sink.arrivals.until(() => told.length === 1, 5000)).toBe(true);
  sink.takes = Number.POSITIVE_INFINITY;
  const again = setInterval(() => world.hit({ line: 1 }), 50);
  expect(await lines(1)).toBe(true);
  clearInterval(again);
  expect(counts.failed).toBeGreaterThanOrEqual(1);
  expect(told).toEqual(['no room', '']);
});

test('a piece that is taken in part counts what of it is out', async () => {
  const { counts } = open();
  sink.takes = 3;
  for (let line = 0; line < 10; line++) world.hit({ line });
  expect(await sink.arrivals.until(() => told.length === 1, 5000)).toBe(true);
  expect(counts).toEqual({ written: 3, failed: 7, limited: 0 });
});

test('lines beyond so many a second are counted, and one line says how many', async () => {
  const { counts } = open({ perSecond: 3, piece: 1 });
  for (let line = 0; line < 10; line++) world.hit({ line });
  expect(await lines(4)).toBe(true);
  expect(sink.pieces).toHaveLength(4);
  expect(sink.lines[3]).toMatchObject({ event: { action: 'rate-limited' } });
  expect(sink.lines[3].message).toBe('7 more policy hits within a second; ask for more');
  expect(counts).toEqual({ written: 3, failed: 0, limited: 7 });
  world.hit({ line: 11 });
  expect(await lines(5)).toBe(true);
});

describe('a flood', () => {
  const RATE = 1000;
  const FLOOD = 3500;
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
  const limited = (count: number) => expect.poll(() => log.counts.limited, { timeout: 5000 }).toBe(count);
  let ms: number;

  beforeEach(() => {
    ms = 0;
    clock = () => ms;
  });

  test('writes the bound of each second and a summary of it, and counts the rest', async () => {
    const { counts } = open({ perSecond: RATE });
    for (let line = 0; line < FLOOD; line++) world.hit({ line });
    await limited(FLOOD - RATE);
    // Still the same second.
    ms = 999;
    for (let line = 0; line < 500; line++) world.hit({ line, name: '.', alias: 'cdn.tiktok.com' });
    expect(world.counters.readEvent(EVENT.EVENTS_LIMITED)).toBe(500);
    expect(linesOf()).toEqual(range(0, RATE));
    ms = 1000;
    const wanted = () => Atomics.load(new Int32Array(world.buffer), WANTED);
    await expect.poll(wanted, { timeout: 5000 }).toBe(WANT.HITS);
    for (let line = FLOOD; line < 2 * FLOOD; line++) world.hit({ line });
    expect(await lines(2 * RATE + 1)).toBe(true);
    close();
    const messages = sink.lines.flatMap(({ message }, at) => (message ? [{ at, message }] : []));
    expect(messages).toEqual([
      { at: RATE, message: '3000 more policy hits within a second; ask for more' },
      { at: 2 * RATE + 1, message: '2500 more policy hits within a second; ask for more' },
    ]);
    const references = sink.lines.flatMap(({ rule }) => (rule ? [Number(rule.reference.split(':')[1])] : []));
    expect(references).toEqual([...range(0, RATE), ...range(FLOOD, FLOOD + RATE)]);
    expect(counts).toEqual({ written: 2 * RATE, failed: 0, limited: 5000 });
    expect(world.counters.readEvent(EVENT.EVENTS_DROPPED)).toBe(0);
  });

  test('up to the bound has no summary', async () => {
    const { counts } = open({ perSecond: RATE });
    for (let line = 0; line < RATE; line++) world.hit({ line });
    expect(await lines(RATE)).toBe(true);
    ms = 1000;
    close();
    expect(linesOf()).toEqual(range(0, RATE));
    expect(counts).toEqual({ written: RATE, failed: 0, limited: 0 });
  });

  test('into a sink that takes nothing is counted as failed, and not as beyond the bound', async () => {
    const { counts } = open({ perSecond: RATE, piece: 1 });
    sink.takes = 0;
    for (let line = 0; line < FLOOD; line++) world.hit({ line });
    await expect.poll(() => counts.failed, { timeout: 5000 }).toBe(FLOOD);
    expect(counts).toEqual({ written: 0, failed: FLOOD, limited: 0 });
  });
});

test('what is wrong from the beginning stays among the problems', () => {
  open({ lasting: 'the key is new' });
  expect(told).toEqual(['the key is new']);
  expect(log.problems).toEqual(['the key is new']);
});
