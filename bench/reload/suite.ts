/** The suite `reload`: a million other rules taken into force under a steady load, and what the clients feel of it. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listNames } from '../blocklist.ts';
import { end, isBlocked, pause, placeIn, type Started, startReady } from '../bystander.ts';
import { type PaceResult, runPace } from '../pace.ts';
import { freePort } from '../port.ts';
import { type Running, startPinned, stop } from '../processes.ts';
import { buildProgram } from '../programs.ts';
import { seededRandom } from '../random.ts';
import { residentOf } from '../smaps.ts';
import type { Outcome, Suite } from '../suite.ts';
import { population } from '../wire/names.ts';
import { makeQuestions } from '../wire/questions.ts';
import { sluisKeeping } from '../wire/sluis.ts';
import { report } from './report.ts';
import type { ReloadRound } from './result.ts';

export interface ReloadOptions {
  /** How many rules stand for "a million". */
  readonly names: number;
  readonly seed: number;
  readonly rounds: number;
  /** Queries a second; 0 for the usual. */
  readonly rate: number;
  /** Of the server, 1 or 2; it shares the second with the load. */
  readonly cores: number;
}

const SERVER_CORE = 0;
const LOAD_CORE = 1;
const USUAL_RATE = 20_000;
const BLOCKED_SHARE = 0.15;
const LINES = 100_000;
const ALLOWED_NAMES = 10_000;
/** Rules that stay in every list: those that are asked for, so that what is blocked can be counted through a reload. */
const KEPT_RULES = 10_000;
/** Ahead of the turns' seeds; the first list is turn -1. */
const FIRST_OTHER = 2;
const WARM_UP_SECONDS = 3;
const LONGEST_RELOAD_MILLISECONDS = 60_000;
const LOOK_MILLISECONDS = 20;
/** After a reload, until what it took is given back. */
const SETTLE_MILLISECONDS = 4000;
const STUB_TTL_SECONDS = 3000;
const STUB_LIFETIME_SECONDS = 600;
/** More of it for each round. */
const STUB_ROUND_SECONDS = 30;

/** What the rounds have in common. */
interface Scene {
  readonly directory: string;
  readonly rulesFile: string;
  readonly questions: string;
  readonly kept: readonly string[];
  /** Every allowed name and what is above it: no rule may stand there. */
  readonly allowed: ReadonlySet<string>;
  /** The share of questions for blocked names, 0 to 1. */
  readonly blockedShare: number;
  readonly count: number;
  readonly seed: number;
  /** Queries a second. */
  readonly rate: number;
}

/** Puts another list in place at once, as an update does; returns a name that only this one blocks. */
function replaceList(scene: Scene, others: readonly string[], turn: number): string {
  const only = `turn-${turn}.reload.example`;
  const next = `${scene.rulesFile}.next`;
  writeFileSync(next, `${[...scene.kept, ...others, only].join('\n')}\n`);
  renameSync(next, scene.rulesFile);
  return only;
}

/** The rules of one turn that no other turn has, but by chance; none covers a name that is to be answered. */
function othersOf({ count, seed, allowed }: Scene, turn: number): string[] {
  return listNames(count - KEPT_RULES, seed + FIRST_OTHER + turn).filter((name) => !allowed.has(name));
}

/** A name and every name above it. */
export function andAbove(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_, at) => labels.slice(at).join('.'));
}

function makeScene(directory: string, { names: count, seed, rate }: ReloadOptions): Scene {
  const random = seededRandom(seed);
  const kept = listNames(KEPT_RULES, seed);
  const { names, domains } = population(ALLOWED_NAMES, new Set(kept), random);
  const questions = join(directory, 'questions.txt');
  const asked = { allowed: names, blocked: kept.map((name) => `www.${name}`) };
  const mix = { lines: LINES, blockedShare: BLOCKED_SHARE, freshShare: 0, mark: 'r', seed };
  const { lines, blockedShare } = makeQuestions(asked, domains, mix);
  writeFileSync(questions, `${lines.join('\n')}\n`);
  const allowed = new Set(names.flatMap(andAbove));
  const shape = { blockedShare, count, seed, rate: rate || USUAL_RATE };
  return { directory, rulesFile: join(directory, 'rules.txt'), questions, kept, allowed, ...shape };
}

function load(scene: Scene, port: number, seconds: number): Promise<PaceResult> {
  const sockets = { outstanding: 10_000, addresses: 4, ports: 4, connections: 1 };
  const shape = {
    port,
    file: scene.questions,
    seconds,
    rate: scene.rate,
    ...sockets,
    transport: 'udp',
    core: LOAD_CORE,
  } as const;
  return runPace({ ...shape, windows: true });
}

/** From the change of the file until its rules block, in seconds. @throws Error (rejects) after a minute. */
async function reload(scene: Scene, server: Started, others: readonly string[], turn: number): Promise<number> {
  const only = replaceList(scene, others, turn);
  const began = performance.now();
  while (!(await isBlocked(server.place.port, only))) {
    if (performance.now() - began > LONGEST_RELOAD_MILLISECONDS) throw new Error('a reload took longer than a minute');
    await pause(LOOK_MILLISECONDS);
  }
  return (performance.now() - began) / 1000;
}

/** `seconds` is how long a reload takes, so that the load with one lasts as long as it. */
async function roundOf(scene: Scene, server: Started, seconds: number, turn: number): Promise<ReloadRound> {
  const { pid } = server.running;
  const others = othersOf(scene, turn);
  const before = await load(scene, server.place.port, seconds);
  const resident = residentOf(pid).resident;
  let most = resident;
  const watch = setInterval(() => {
    most = Math.max(most, residentOf(pid).resident);
  }, LOOK_MILLISECONDS);
  try {
    const loading = load(scene, server.place.port, seconds);
    const [during, reloadSeconds] = await Promise.all([loading, reload(scene, server, others, turn)]);
    await pause(SETTLE_MILLISECONDS);
    return { before, during, reloadSeconds, resident: { before: resident, most, after: residentOf(pid).resident } };
  } finally {
    clearInterval(watch);
  }
}

type Progress = (line: string) => void;

async function rounds(scene: Scene, server: Started, count: number, progress: Progress): Promise<ReloadRound[]> {
  progress('warming up, with a reload that is not counted');
  await load(scene, server.place.port, WARM_UP_SECONDS);
  const others = othersOf(scene, 0);
  const [seconds] = await Promise.all([
    reload(scene, server, others, 0),
    load(scene, server.place.port, WARM_UP_SECONDS),
  ]);
  const all: ReloadRound[] = [];
  for (let turn = 1; turn <= count; turn++) {
    progress(`round ${turn} of ${count}`);
    all.push(await roundOf(scene, server, Math.max(1, Math.round(seconds)), turn));
  }
  return all;
}

async function measure(
  scene: Scene,
  { rounds: count, cores }: ReloadOptions,
  progress: Progress,
): Promise<ReloadRound[]> {
  const stubPort = await freePort();
  const lifetime = STUB_LIFETIME_SECONDS + count * STUB_ROUND_SECONDS;
  const stubCommand = [await buildProgram('stub'), stubPort, STUB_TTL_SECONDS, lifetime].map(String);
  const stub: Running = startPinned('stub', LOAD_CORE, stubCommand, scene.directory);
  let server: Started | null = null;
  try {
    progress('starting with the first list');
    const only = replaceList(scene, othersOf(scene, -1), -1);
    const program = await sluisKeeping.find();
    if (typeof program === 'string') throw new Error(program);
    const place = await placeIn(scene.directory, scene.rulesFile, stubPort);
    server = await startReady(sluisKeeping, program, [SERVER_CORE, LOAD_CORE].slice(0, cores), place, only);
    return await rounds(scene, server, count, progress);
  } finally {
    if (server) await end(server);
    await stop(stub);
  }
}

async function run(options: ReloadOptions, progress: Progress): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-reload-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const { names, cores } = options;
    const scene = makeScene(directory, options);
    const measured = await measure(scene, options, progress);
    return {
      suite: 'reload',
      ...report(measured, { names, cores, rate: scene.rate, blockedShare: scene.blockedShare }),
      measurements: measured,
      failures: [],
    };
  } catch (error) {
    const failures = [(error as Error).message];
    return { suite: 'reload', tables: [], figures: [], measurements: [], doubts: [], failures };
  } finally {
    remove();
    process.removeListener('exit', remove);
  }
}

export const reloadSuite: Suite<ReloadOptions> = {
  name: 'reload',
  says: 'a million other rules taken into force under a steady load',
  run,
};
