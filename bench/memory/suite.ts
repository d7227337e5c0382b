/** The suite `memory`: from start to ready with a million rules, what they take, and what a server at rest takes. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { listNames } from '../blocklist.ts';
import { end, pause, placeIn, type Started, startReady } from '../bystander.ts';
import { cpuOf, TICKS_PER_SECOND } from '../cpu.ts';
import { freePort } from '../port.ts';
import { memoryOf, ranMilliseconds, residentOf } from '../smaps.ts';
import type { Outcome, Suite } from '../suite.ts';
import { PEERS } from '../wire/peers.ts';
import type { Peer, Program } from '../wire/place.ts';
import { report } from './report.ts';
import type { Held, Rest, Rules, Start } from './result.ts';

export interface MemoryOptions {
  /** How many rules stand for "a million". */
  readonly names: number;
  readonly seed: number;
}

const ALL_CORES = [0, 1];
const COLD_STARTS = 5;
const WARM_STARTS = 2;
const DNSMASQ_STARTS = 3;
/** What is started once: servers that take long. */
const SLOW = ['unbound', 'dnsdist', 'bind'];
/** Of each server with each set of rules, whose memory is looked at. */
const HELD = 2;
/** What is at rest has been ready for so long: some ten seconds after a start V8 collects once more, by itself. */
const REST_MILLISECONDS = 30_000;
const IDLE_MILLISECONDS = 10_000;
const SIX = ['tiktok.com', 'tiktokv.com', 'byteoversea.com', 'ibytedtos.com', 'muscdn.com', 'musical.ly'];
const root = join(import.meta.dirname, '..', '..');

/** What all starts have in common. */
interface Scene {
  readonly directory: string;
  readonly names: readonly string[];
  /** Nobody listens there: nothing is forwarded. */
  readonly stubPort: number;
}

interface Contestant {
  readonly peer: Peer;
  readonly program: Program;
}

/** A file of rules of its own; `mark` makes its contents differ from all before, for what remembers contents. */
function rulesFile({ directory }: Scene, rules: readonly string[], mark: string): string {
  const file = join(directory, `rules-${mark}.txt`);
  writeFileSync(file, `${rules.join('\n')}\n${mark}.mark.example\n`);
  return file;
}

async function start(scene: Scene, { peer, program }: Contestant, kind: Rules, mark: string): Promise<Started> {
  const rules = kind === 'six' ? SIX : scene.names;
  const place = await placeIn(join(scene.directory, mark), rulesFile(scene, rules, mark), scene.stubPort);
  return startReady(peer, program, ALL_CORES, place, `www.${rules.at(-1)}`);
}

/** Starts and ends; with the same `mark` a second time it finds what it found before. */
async function startOnce(scene: Scene, contestant: Contestant, kind: Rules, mark: string): Promise<Start> {
  const started = await start(scene, contestant, kind, mark);
  const { most } = residentOf(started.running.pid);
  await end(started);
  return { server: contestant.peer.name, kind, readySeconds: started.readySeconds, most };
}

type Step = () => Promise<Start>;

/** What is started, in turn: Sluis and dnsmasq change places, the slow ones come last. */
function stepsOf(scene: Scene, contestants: readonly Contestant[]): [string, Step][] {
  const steps: [string, Step][] = [];
  const add = (name: string, kind: Rules, mark: string) => {
    const contestant = contestants.find(({ peer }) => peer.name === name);
    if (contestant) steps.push([`${name}, ${kind}`, () => startOnce(scene, contestant, kind, mark)]);
  };
  for (let round = 0; round < COLD_STARTS; round++) {
    add('sluis', 'cold', `sluis-${round}`);
    if (round < DNSMASQ_STARTS) add('dnsmasq', 'cold', `dnsmasq-${round}`);
  }
  for (let round = 0; round < WARM_STARTS; round++) add('sluis', 'warm', `sluis-${COLD_STARTS - 1}`);
  for (const name of SLOW) add(name, 'cold', name);
  return steps;
}

/** Sluis and dnsmasq with their rules, all at once, for memory is no race; looked at when all have rested. */
async function holdAll(scene: Scene, contestants: readonly Contestant[]): Promise<Held[]> {
  const all: { started: Started; server: string; kind: Rules }[] = [];
  try {
    for (const contestant of contestants.filter(({ peer }) => !SLOW.includes(peer.name))) {
      const server = contestant.peer.name;
      for (let turn = 0; turn < HELD; turn++) {
        for (const kind of ['six', 'cold'] as const) {
          all.push({ server, kind, started: await start(scene, contestant, kind, `${server}-${kind}-held-${turn}`) });
        }
      }
    }
    await pause(REST_MILLISECONDS);
    return all.map(({ server, kind, started }) => ({ server, kind, memory: memoryOf(started.running.pid) }));
  } finally {
    for (const { started } of all) await end(started);
  }
}

/** The configuration that is shipped, on ports of its own, at rest and asked nothing. */
async function atRest({ directory, stubPort }: Scene): Promise<Rest> {
  const shipped = parse(readFileSync(join(root, 'config', 'sluis.yaml'), 'utf8')) as Record<string, unknown>;
  const place = await placeIn(directory, '', stubPort);
  const file = join(place.directory, 'sluis.yaml');
  const own = { listen: { dns: [`127.0.0.1:${place.port}`] }, admin: { listen: `127.0.0.1:${place.adminPort}` } };
  writeFileSync(file, stringify({ ...shipped, ...own }));
  const path = join(root, 'bin', 'sluis');
  const peer = { name: 'sluis', prepare: () => [path, 'serve', '--config', file] };
  const started = await startReady(peer, { path, version: '' }, ALL_CORES, place, 'www.tiktok.com');
  try {
    await pause(REST_MILLISECONDS);
    const { pid } = started.running;
    const [before, ranBefore] = [cpuOf(pid), ranMilliseconds(pid)];
    await pause(IDLE_MILLISECONDS);
    const [after, ran] = [cpuOf(pid), ranMilliseconds(pid) - ranBefore];
    const ticks = (after.user + after.system - before.user - before.system) * TICKS_PER_SECOND;
    return { memory: memoryOf(pid), ticks: Math.round(ticks), ranMilliseconds: ran };
  } finally {
    await end(started);
  }
}

async function run({ names: count, seed }: MemoryOptions, progress: (line: string) => void): Promise<Outcome> {
  const failures: string[] = [];
  const contestants: Contestant[] = [];
  for (const peer of PEERS.filter(({ name }) => ['sluis', 'dnsmasq', ...SLOW].includes(name))) {
    const program = await peer.find();
    if (typeof program !== 'string') contestants.push({ peer, program });
    else failures.push(program);
  }
  const directory = mkdtempSync(join(tmpdir(), 'sluis-memory-'));
  mkdirSync(directory, { recursive: true });
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  progress(`inventing ${count.toLocaleString('en')} names`);
  const scene: Scene = { directory, names: listNames(count, seed), stubPort: await freePort() };
  const starts: Start[] = [];
  for (const [what, step] of stepsOf(scene, contestants)) {
    progress(what);
    await step().then(
      (start) => starts.push(start),
      (error: Error) => failures.push(`${what}: ${error.message}`),
    );
  }
  progress('what the rules take, at rest');
  const held = await holdAll(scene, contestants).catch((error: Error) => {
    failures.push(`at rest: ${error.message}`);
    return [];
  });
  progress('the default configuration, at rest');
  const rest = await atRest(scene).catch((error: Error) => {
    failures.push(`at rest: ${error.message}`);
    return null;
  });
  remove();
  process.removeListener('exit', remove);
  const versions = Object.fromEntries(contestants.map(({ peer, program }) => [peer.name, program.version]));
  return {
    suite: 'memory',
    versions,
    ...report(starts, held, rest, count),
    measurements: [...starts, ...held, rest],
    failures,
  };
}

export const memorySuite: Suite<MemoryOptions> = {
  name: 'memory',
  says: 'from start to ready with a million rules, the memory they take, and a server at rest',
  run,
};
