// Measures the matcher at a million names: compile time, image size, memory, and nanoseconds for a hit and a miss.
// Usage: node --expose-gc bench/matcher.ts [FILE of names, one a line]; without one, names are made up.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { Compiler } from '../src/policy/compile.ts';
import { decide, Verdict } from '../src/policy/decide.ts';
import { Image } from '../src/policy/image.ts';
import { match, Path } from '../src/policy/match.ts';
import { ACTION, ALL_FACETS, ANSWER, FACET_NONE, MATCH, MODE } from '../src/policy/rule.ts';
import { Name, readName } from '../src/wire/name.ts';
import { nameFromText, wireFromText } from '../src/wire/name-text.ts';

const SEED = 0x5eed1234;
const NAMES = 1_000_000;
const PROBES = 1 << 20;
/** The best of so many is reported: neighbours on the machine only ever make it slower. */
const ROUNDS = 9;
const ZONES = [
  'com',
  'net',
  'org',
  'info',
  'biz',
  'be',
  'nl',
  'de',
  'fr',
  'eu',
  'ru',
  'cn',
  'co.uk',
  'com.br',
  'io',
  'xyz',
];
const HOSTS = ['www', 'ads', 'track', 'm', 'static', 'cdn', 'api', 'stats'];

/** Small, fast and repeatable: xorshift32. */
let state = 0x2545f491;
function dice(sides: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % sides;
}

function word(): string {
  let text = '';
  for (let letters = 5 + dice(9); letters > 0; letters--) text += 'abcdefghijklmnoprstuvwyz0-'[dice(26)];
  return `${text}x`;
}

/** A million names: those of the file and, where it has fewer, the same with a letter changed in their longest label. */
function namesFrom(file: string | undefined): string[] {
  const given = file ? readFileSync(file, 'latin1').split('\n').filter(Boolean).slice(0, NAMES) : [];
  const names = new Set(given);
  while (names.size < NAMES) {
    if (given.length === 0) {
      const zone = `${word()}.${ZONES[dice(dice(4) === 0 ? ZONES.length : 3)]}`;
      names.add(dice(3) === 0 ? `${HOSTS[dice(HOSTS.length)]}.${zone}` : zone);
    } else names.add(variant(given[dice(given.length)]));
  }
  return [...names];
}

function variant(name: string): string {
  const labels = name.split('.');
  const longest = labels.reduce((best, label, at) => (label.length > labels[best].length ? at : best), 0);
  const at = dice(labels[longest].length);
  const letter = 'abcdefghijklmnopqrstuvwxyz0123456789'[dice(36)];
  labels[longest] = labels[longest].slice(0, at) + letter + labels[longest].slice(at + 1);
  return labels.join('.');
}

/** Wire names one behind the other: objects would spoil what is measured. */
interface Packed {
  bytes: Uint8Array;
  starts: Int32Array;
}

function packed(names: string[]): Packed {
  const wires = names.map((name) => wireFromText(name)).filter((wire) => wire !== undefined);
  const bytes = new Uint8Array(wires.reduce((sum, wire) => sum + wire.length, 0));
  const starts = new Int32Array(wires.length + 1);
  wires.forEach((wire, index) => {
    bytes.set(wire, starts[index]);
    starts[index + 1] = starts[index] + wire.length;
  });
  return { bytes, starts };
}

function compile(names: Packed): { image: Image; compiler: Compiler } {
  const compiler = new Compiler(SEED);
  const source = compiler.source({ id: 'bench', kind: 'list', title: 'bench', file: 'bench' });
  const sink = compiler.sink(source);
  for (let at = 0; at + 1 < names.starts.length; at++) {
    const wire = names.bytes.subarray(names.starts[at], names.starts[at + 1]);
    sink.rule(wire, MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, at + 1);
  }
  const policy = compiler.policy({
    id: 'bench',
    title: {},
    authority: '',
    contact: '',
    effective: null,
    expires: null,
    onExpiry: MODE.BLOCK,
    selections: [{ source, facets: ALL_FACETS }],
    answer: { kind: ANSWER.NXDOMAIN, ttl: 60, ede: 15, text: '' },
  });
  const modes: number[] = [];
  modes[policy] = MODE.BLOCK;
  compiler.group({ id: 'all', any: true, prefixes: [], modes, allow: [] });
  return { image: new Image(compiler.finish(1)), compiler };
}

type Walk = (image: Image, name: Name, path: Path, verdict: Verdict) => number;
const WALKS: Record<string, Walk> = {
  read: () => 0,
  match: (image, name, path) => {
    match(image, name, path);
    return path.count;
  },
  decide: (image, name, path, verdict) => decide(image, 0, name, 1_800_000_000, path, verdict),
};

/** Nanoseconds for one name, reading it included; the octets of heap that all of them left; how many found a rule. */
function walk(image: Image, names: Packed, step: Walk): [number, number, number] {
  const name = new Name(SEED);
  const path = new Path();
  const verdict = new Verdict();
  const { bytes, starts } = names;
  const count = starts.length - 1;
  let found = 0;
  const run = (): void => {
    for (let at = 0; at < count; at++) {
      readName(bytes, starts[at], bytes.length, name);
      if (step(image, name, path, verdict) > 0) found++;
    }
  };
  run();
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    found = 0;
    const began = performance.now();
    run();
    best = Math.min(best, performance.now() - began);
  }
  return [(best * 1e6) / count, process.memoryUsage().heapUsed - heap, found];
}

/** Names that no rule covers: each a listed one with a letter changed, every second with a host before it. */
function missesOf(image: Image, names: string[]): Packed {
  const name = new Name(SEED);
  const path = new Path();
  const misses: string[] = [];
  while (misses.length < PROBES) {
    const zone = variant(names[dice(names.length)]);
    const miss = dice(2) ? `www.${zone}` : zone;
    if (!nameFromText(miss, name)) continue;
    match(image, name, path);
    if (path.count === 0) misses.push(miss);
  }
  return packed(misses);
}

/** The most memory the process has held, in octets, since `forgetPeak`; Linux only. */
function peak(): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return Number(kilobytes) * 1024;
}

function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function compileThrice(wires: Packed): void {
  for (let run = 0; run < 3; run++) {
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    forgetPeak();
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    compile(wires);
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const more = ((peak() - before) / 1e6).toFixed(0);
    console.log(
      `compile: ${seconds.toFixed(2)} s, CPU ${((user + system) / 1e6).toFixed(2)} s, at most ${more} MB more`,
    );
  }
}

function main(): void {
  const names = namesFrom(process.argv[2]);
  const wires = packed(names);
  globalThis.gc?.();
  console.log(`${cpus()[0].model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, node ${process.version}`);
  compileThrice(wires);
  const { image, compiler } = compile(wires);
  const { stats } = compiler;
  console.log(`rules ${stats.rules}, nodes ${stats.nodes}, labels ${stats.labels}, duplicates ${stats.duplicates}`);
  console.log(`image: ${(stats.octets / 1e6).toFixed(1)} MB`, stats.sections);
  const hits = packed(Array.from({ length: PROBES }, () => names[dice(names.length)]));
  for (const [title, probes] of Object.entries({ hit: hits, miss: missesOf(image, names) })) {
    let reading = 0;
    for (const [what, step] of Object.entries(WALKS)) {
      const [nanoseconds, heap, found] = walk(image, probes, step);
      if (what === 'read') reading = nanoseconds;
      const own = what === 'read' ? nanoseconds : nanoseconds - reading;
      const perName = (heap / PROBES / ROUNDS).toFixed(3);
      console.log(`${title}, ${what}: ${own.toFixed(0)} ns, ${perName} octets of heap a name, ${found} found`);
    }
  }
}

main();
