/** The suite `matcher`: what finding a name among a million costs, next to a set of strings. */
import { runApart } from '../apart.ts';
import { atMost, cell, figureOf, ratios, table } from '../figure.ts';
import type { Figure, Outcome, Suite, Table } from '../suite.ts';
import type { ProbeKind } from './probes.ts';
import type { MatcherInput, MatcherResult, Walked } from './result.ts';

export interface MatcherOptions {
  readonly seed: number;
}

const NAMES = 1_000_000;
const PROBES = 1 << 19;
const ROUNDS = 5;
const KINDS: readonly ProbeKind[] = ['miss', 'near miss', 'hit'];
const GOAL_NANOSECONDS = 150;
/** Less than this for the smallest object there is, and the heap meter sees nothing. */
const LEAST_OBJECT = 12;
const MIB = 2 ** 20;

/** Round by round, what `way` took beyond reading the name. */
export function own(walked: Walked, way: 'match' | 'decide'): number[] {
  return walked[way].map((took, round) => took - walked.read[round]!);
}

const id = (kind: ProbeKind) => `matcher/${kind.replace(' ', '-')}`;

function figuresOf(result: MatcherResult): Figure[] {
  const { walked, left, imageOctets } = result;
  const times = KINDS.map((kind) =>
    figureOf(
      id(kind),
      `${kind}, at ${NAMES.toLocaleString('en')} names`,
      'ns',
      own(walked[kind], 'match'),
      kind === 'miss' ? atMost(GOAL_NANOSECONDS) : null,
    ),
  );
  const against = KINDS.map((kind) =>
    figureOf(
      `${id(kind)}-per-strings`,
      `${kind}, against a set of strings`,
      '×',
      ratios(own(walked[kind], 'match'), walked[kind].strings),
    ),
  );
  const octets = left.map(({ octets }) => octets);
  return [
    ...times,
    ...against,
    figureOf(
      'matcher/allocated',
      'left on the heap by one call, the worst of all kinds',
      'octets',
      [Math.max(...octets)],
      atMost(0),
    ),
    figureOf('matcher/image', 'image of the policy', 'MiB', [imageOctets / MIB]),
  ];
}

function tablesOf({ walked, left, compilations, stats, imageOctets, setOctets }: MatcherResult): Table[] {
  const octets = (kind: ProbeKind, way: 'match' | 'decide') =>
    left.find((one) => one.kind === kind && one.way === way)!.octets.toFixed(2);
  const rows = KINDS.map((kind) => {
    const times = walked[kind];
    const strings = cell(ratios(times.strings, own(times, 'match')), 1);
    const matched = [cell(own(times, 'match')), octets(kind, 'match')];
    return [
      kind,
      cell(times.read),
      ...matched,
      cell(own(times, 'decide')),
      octets(kind, 'decide'),
      cell(times.strings),
      strings,
    ];
  });
  const header = [
    'name',
    'read it',
    'match',
    'octets left',
    'decide',
    'octets left',
    'set of strings',
    'times as long',
  ];
  const compiled = [
    [
      'compile',
      `${cell(
        compilations.map(({ seconds }) => seconds),
        2,
      )} s`,
    ],
    [
      'CPU of it',
      `${cell(
        compilations.map(({ cpuSeconds }) => cpuSeconds),
        2,
      )} s`,
    ],
    ['memory at its most', `${cell(compilations.map(({ peakOctets }) => peakOctets / MIB))} MiB more`],
    ['image', `${(imageOctets / MIB).toFixed(1)} MiB`],
    ...Object.entries(stats.sections)
      .filter(([, size]) => size > MIB / 10)
      .map(([name, size]) => [`  ${name}`, `${(size / MIB).toFixed(1)} MiB`]),
    ['a set of strings, without its strings', `${(setOctets / MIB).toFixed(1)} MiB`],
    [
      'rules · nodes · labels',
      [stats.rules, stats.nodes, stats.labels].map((it) => it.toLocaleString('en')).join(' · '),
    ],
  ];
  return [
    table(
      `${NAMES.toLocaleString('en')} names, ${PROBES.toLocaleString('en')} asked for of each kind; ns a name, median (min–max) of ${ROUNDS} rounds`,
      header,
      rows,
    ),
    table('the policy they are in', ['what', 'median (min–max)'], compiled),
  ];
}

async function run({ seed }: MatcherOptions, progress: (line: string) => void): Promise<Outcome> {
  const nothing = { suite: 'matcher', tables: [], figures: [], measurements: [], doubts: [] };
  progress(`compiling ${NAMES.toLocaleString('en')} names, then asking for ${3 * PROBES} of them ${ROUNDS} times`);
  const input: MatcherInput = { names: NAMES, probes: PROBES, rounds: ROUNDS, seed };
  let result: MatcherResult;
  try {
    result = await runApart<MatcherResult>(new URL('run.ts', import.meta.url), input, {
      cores: [0],
      timeoutSeconds: 180,
    });
  } catch (error) {
    return { ...nothing, failures: [(error as Error).message] };
  }
  const failures = result.wrong.map((name) => `the matcher and a set of strings differ on ${name}`);
  if (failures.length > 0) return { ...nothing, failures };
  const doubts = result.control < LEAST_OBJECT ? [`the heap meter saw ${result.control} octets of an object`] : [];
  return {
    suite: 'matcher',
    tables: tablesOf(result),
    figures: figuresOf(result),
    measurements: [result],
    doubts,
    failures,
  };
}

export const matcherSuite: Suite<MatcherOptions> = {
  name: 'matcher',
  says: 'the matcher alone, in process, at a million names',
  run,
};
