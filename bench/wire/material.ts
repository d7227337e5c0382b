/** Writes the files one run works from: the questions and the blocked names, the same for every server. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listNames } from '../blocklist.ts';
import { type Random, seededRandom } from '../random.ts';
import { fewRules, host, nearMisses, population } from './names.ts';
import { type Asked, makeQuestions } from './questions.ts';
import type { Samples } from './sense.ts';
import type { Workload, WorkloadName } from './workloads.ts';

export interface QuestionFile {
  readonly path: string;
  readonly lines: number;
  /** The share of lines whose name is blocked, 0 to 1. */
  readonly blockedShare: number;
}

/** What one workload is measured with. */
export interface Material {
  readonly rulesFile: string;
  readonly samples: Samples;
  /** A name that is allowed, to see whether a server is there. */
  readonly ready: string;
  /** Names in the three files that nobody asked for before. */
  readonly freshNames: number;
  /** Three files where names must not come again, else one under three names. */
  readonly warmUp: QuestionFile;
  readonly measured: QuestionFile;
  readonly paced: QuestionFile;
}

export interface MaterialShape {
  readonly seed: number;
  /** How many rules stand for a million. */
  readonly names: number;
  readonly seconds: number;
  /** Queries a second of the fixed-rate phase. */
  readonly rateOf: (workload: Workload) => number;
}

export const WARM_UP_SECONDS = 2;
export const PACED_SECONDS = 3;
const SIX = 6;
const ALLOWED_NAMES = 10_000;
const BLOCKED_NAMES = 5_000;
const SAMPLES = 15;
const REPEATED_LINES = 100_000;
/** More fresh names than any server here answers in a second, so that no name of a file comes round again. */
const FRESH_PER_SECOND = 150_000;

/** The rules of a policy, with the names that are asked under it. */
interface World {
  readonly rulesFile: string;
  readonly samples: Samples;
  readonly asked: Asked;
  readonly domains: readonly string[];
}

/** Blocked questions are for a rule itself or, mostly, for a host below one, so that a suffix has to be matched. */
function blockedNames(rules: readonly string[], random: Random): string[] {
  return Array.from({ length: BLOCKED_NAMES }, () => {
    const rule = rules[random() % rules.length]!;
    return random() % 4 === 0 ? rule : `${host(random)}.${rule}`;
  });
}

/** Every second allowed name is next to a rule where there are many rules. */
function makeWorld(path: string, rules: readonly string[], seed: number): World {
  const random = seededRandom(seed);
  const covered = new Set(rules);
  writeFileSync(path, `${rules.join('\n')}\n`);
  const { names, domains } = population(ALLOWED_NAMES, covered, random);
  const near = nearMisses(rules, covered, rules.length > SIX ? ALLOWED_NAMES / 2 : SAMPLES, random);
  const allowed = rules.length > SIX ? names.map((name, at) => (at % 2 === 0 ? name : near[at >> 1]!)) : names;
  const sampleRules = Array.from({ length: SAMPLES }, (_, at) => rules[Math.floor((at * rules.length) / SAMPLES)]!);
  const samples = {
    allowed: [...near.slice(0, SAMPLES), ...names.slice(0, SAMPLES)],
    rules: [...new Set(sampleRules)],
  };
  return { rulesFile: path, samples, asked: { allowed, blocked: blockedNames(rules, random) }, domains };
}

/** Writes what the workloads need into `directory`, and returns it by their names. */
export function writeMaterial(
  directory: string,
  workloads: readonly Workload[],
  shape: MaterialShape,
): Map<WorkloadName, Material> {
  const { seed } = shape;
  const made = new Map<boolean, World>();
  const worldOf = (million: boolean): World => {
    const name = million ? 'million' : 'six';
    const rules = () => (million ? listNames(shape.names, seed) : fewRules(SIX, seededRandom(seed)));
    const world = made.get(million) ?? makeWorld(join(directory, `rules-${name}.txt`), rules(), seed);
    made.set(million, world);
    return world;
  };
  return new Map(
    workloads.map((workload) => [workload.name, materialOf(directory, workload, worldOf(workload.million), shape)]),
  );
}

function materialOf(directory: string, workload: Workload, world: World, shape: MaterialShape): Material {
  const { name, blockedShare, freshShare } = workload;
  const write = (mark: string, lines: number): QuestionFile => {
    const path = join(directory, `${name}-${mark}.txt`);
    const mix = { lines: Math.ceil(lines), blockedShare, freshShare, mark, seed: shape.seed };
    const questions = makeQuestions(world.asked, world.domains, mix);
    writeFileSync(path, `${questions.lines.join('\n')}\n`);
    return { path, lines: questions.lines.length, blockedShare: questions.blockedShare };
  };
  const { rulesFile, samples } = world;
  const common = { rulesFile, samples, ready: `ready.${world.domains.at(-1)}` };
  if (freshShare === 0) {
    const once = write('r', REPEATED_LINES);
    return { ...common, freshNames: 0, warmUp: once, measured: once, paced: once };
  }
  const files = {
    warmUp: write('w', FRESH_PER_SECOND * WARM_UP_SECONDS),
    measured: write('m', FRESH_PER_SECOND * shape.seconds),
    paced: write('p', shape.rateOf(workload) * PACED_SECONDS + 1000),
  };
  const lines = files.warmUp.lines + files.measured.lines + files.paced.lines;
  return { ...common, freshNames: Math.ceil(lines * freshShare), ...files };
}
