/** The suite `engine`: what an answer costs in process, without sockets, and what a second thread is worth. */
import { runApart } from '../apart.ts';
import { atLeast, atMost, cell, figureOf, ratios, table } from '../figure.ts';
import { spread } from '../statistics.ts';
import type { Figure, Outcome, Suite, Table } from '../suite.ts';
import type {
  Answers,
  AnswersInput,
  AnswersResult,
  CacheInput,
  CacheScene,
  CodecContest,
  CodecInput,
  Scaling,
  ScalingInput,
  ScalingResult,
} from './result.ts';
import { cacheTable, codecFigures, codecTable } from './stages.ts';

export interface EngineOptions {
  /** How many rules stand for "a million". */
  readonly names: number;
  readonly seed: number;
}

const ROUNDS = 5;
const SCALING_ROUNDS = 5;
const SCALING_MILLISECONDS = 600;
const GOAL_TWO_THREADS = 1.8;
/** The smallest object takes twelve octets: less, and the heap meter sees nothing. */
const LEAST_OBJECT = 12;

/** Round by round, what two threads answered together against the mean of each alone. */
export function gain({ alone, together }: Scaling): number[] {
  return together.map((rate, round) => {
    const [a, b] = alone[round]!;
    return rate / ((a + b) / 2);
  });
}

function answersFigures({ answers }: AnswersResult): Figure[] {
  const [six, million, groups] = [...new Set(answers.map(({ world }) => world))] as [string, string, string];
  const of = (world: string, kind: Answers['kind']) =>
    answers.find((one) => one.world === world && one.kind === kind)!.nanoseconds;
  const worst = Math.max(...answers.map(({ octets }) => octets));
  return [
    figureOf('engine/blocked', `blocked, ${six}`, 'ns', of(six, 'blocked')),
    figureOf('engine/cached', `cached, ${six}`, 'ns', of(six, 'cached')),
    figureOf('engine/forwarded', `forwarded, answered and stored, ${six}`, 'ns', of(six, 'forwarded')),
    figureOf(
      'engine/million-per-six',
      `cached and blocked, ${million} against ${six}`,
      '×',
      ratios(of(million, 'mixed'), of(six, 'mixed')),
    ),
    figureOf(
      'engine/groups-per-two',
      `cached and blocked, ${groups} against two groups`,
      '×',
      ratios(of(groups, 'mixed'), of(six, 'mixed')),
    ),
    figureOf(
      'engine/allocated',
      'left on the heap by one question, the worst of all kinds',
      'octets',
      [worst],
      atMost(0),
    ),
  ];
}

function scalingFigures(scaling: ScalingResult): Figure[] {
  const [known, fresh, apart] = scaling as [Scaling, Scaling, Scaling];
  return [
    figureOf(
      'engine/two-threads',
      `two threads against one, ${known.what}`,
      '×',
      gain(known),
      atLeast(GOAL_TWO_THREADS),
    ),
    figureOf('engine/two-threads-new', `two threads against one, ${fresh.what}`, '×', gain(fresh)),
    figureOf(
      'engine/two-threads-apart',
      `two threads against one, ${apart.what}: what the machine gives`,
      '×',
      gain(apart),
    ),
  ];
}

function answersTable({ answers, laying }: AnswersResult): Table {
  const rows = answers.map(({ world, kind, nanoseconds, octets, upstream }) => [
    world,
    kind,
    cell(nanoseconds),
    octets.toFixed(2),
    `${(upstream * 100).toFixed(0)} %`,
  ]);
  const caption = `one question in process, without sockets; ns, median (min–max) of ${ROUNDS} rounds, the ${spread(laying)!.median.toFixed(0)} ns of laying it ready not counted`;
  return table(caption, ['policy', 'question', 'ns', 'octets left', 'asked upstream'], rows);
}

function scalingTable(scaling: ScalingResult): Table {
  const thousands = (rates: readonly number[]) => cell(rates.map((rate) => rate / 1000));
  const rows = scaling.map((one) => [
    one.what,
    thousands(one.alone.map(([a, b]) => (a + b) / 2)),
    thousands(one.together),
    cell(gain(one), 2),
  ]);
  return table(
    'two threads over one image and one packet cache; thousand answers/s',
    ['questions', 'one', 'two', '×'],
    rows,
  );
}

/** Runs one part; what fails is added to `failures`. */
async function part<Result>(
  program: string,
  input: unknown,
  cores: number[],
  failures: string[],
): Promise<Result | null> {
  try {
    return await runApart<Result>(new URL(program, import.meta.url), input, { cores, timeoutSeconds: 180 });
  } catch (error) {
    failures.push(`${program}: ${(error as Error).message}`);
    return null;
  }
}

function doubtsOf(answers: AnswersResult | null, scaling: ScalingResult | null): string[] {
  const doubts: string[] = [];
  if (answers && answers.control < LEAST_OBJECT)
    doubts.push(`the heap meter saw ${answers.control} octets of an object`);
  for (const { world, kind, upstream } of answers?.answers ?? []) {
    const expected = kind === 'forwarded' ? 1 : 0;
    if (Math.abs(upstream - expected) > 0.01)
      doubts.push(`${world}, ${kind}: ${(upstream * 100).toFixed(1)} % asked upstream`);
  }
  const machine = scaling ? spread(gain(scaling[2]!))!.median : 2;
  if (machine < GOAL_TWO_THREADS)
    doubts.push(`two threads that share nothing do ${machine.toFixed(2)} × the work of one here`);
  return doubts;
}

async function run({ names, seed }: EngineOptions, progress: (line: string) => void): Promise<Outcome> {
  const failures: string[] = [];
  progress(`blocked, cached and forwarded questions under three policies, ${ROUNDS} rounds`);
  const answersInput: AnswersInput = { names, rounds: ROUNDS, seed };
  const answers = await part<AnswersResult>('answers.ts', answersInput, [0], failures);
  progress('messages, next to dns-packet and dns2');
  const codecInput: CodecInput = { rounds: ROUNDS };
  const codec = await part<CodecContest[]>('codec.ts', codecInput, [0], failures);
  progress('the packet cache alone');
  const cacheInput: CacheInput = { rounds: ROUNDS };
  const cache = await part<CacheScene[]>('cache.ts', cacheInput, [0], failures);
  progress(`two threads against one, ${SCALING_ROUNDS} rounds`);
  const scalingInput: ScalingInput = { names, rounds: SCALING_ROUNDS, seed, milliseconds: SCALING_MILLISECONDS };
  const scaling = await part<ScalingResult>('scaling.ts', scalingInput, [0, 1], failures);
  const tables: Table[] = [];
  const figures: Figure[] = [];
  if (answers) tables.push(answersTable(answers)) && figures.push(...answersFigures(answers));
  if (codec) tables.push(codecTable(codec)) && figures.push(...codecFigures(codec));
  if (cache) tables.push(cacheTable(cache));
  if (scaling) tables.push(scalingTable(scaling)) && figures.push(...scalingFigures(scaling));
  const measurements = [answers, codec, cache, scaling].filter((one) => one !== null);
  return { suite: 'engine', tables, figures, measurements, doubts: doubtsOf(answers, scaling), failures };
}

export const engineSuite: Suite<EngineOptions> = {
  name: 'engine',
  says: 'the engine alone, in process, without sockets, and two threads of it against one',
  run,
};
