/** What can be asked of the benchmark on its command line. */
import { parseArgs } from 'node:util';
import { PEERS, type Workload } from './peers.ts';

export interface Options {
  readonly workloads: readonly Workload[];
  readonly peers: readonly string[];
  readonly rounds: number;
  /** The length of each measurement. */
  readonly seconds: number;
  /** How many blocked domains every server loads. */
  readonly blocked: number;
  readonly outstanding: number;
  readonly clients: number;
  readonly seed: number;
}

export const WORKLOADS: readonly Workload[] = ['hits', 'misses'];

const NUMBERS = {
  rounds: { least: 1, most: 100, usual: 3, says: 'interleaved rounds' },
  seconds: { least: 1, most: 120, usual: 8, says: 'length of one measurement' },
  blocked: { least: 100, most: 2_000_000, usual: 100_000, says: 'blocked domains every server loads' },
  outstanding: { least: 1, most: 5000, usual: 200, says: 'queries in flight' },
  clients: { least: 1, most: 100, usual: 4, says: 'client sockets' },
  seed: { least: 1, most: 0xffff_ffff, usual: 716, says: 'same seed, same questions' },
};
type NumberName = keyof typeof NUMBERS;

export function usage(): string {
  const lines: [string, string][] = [
    ['--only WORKLOAD', `${WORKLOADS.join(' or ')} (both)`],
    ['--peers A,B', `of ${PEERS.map((peer) => peer.name).join(', ')} (all)`],
    ...Object.entries(NUMBERS).map(([name, { usual, says }]): [string, string] => [
      `--${name} N`,
      `${says} (${usual})`,
    ]),
  ];
  return [
    'npm run bench -- [options]',
    ...lines.map(([flag, says]) => `  ${flag.padEnd(18)}${says}`),
    'It needs two cores: the server is pinned to the first, dnsperf and the upstream to the second.',
  ].join('\n');
}

function wholeNumber(name: NumberName, text: string | undefined, problems: string[]): number {
  const { least, most, usual } = NUMBERS[name];
  if (text === undefined) return usual;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  problems.push(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
  return usual;
}

function chosen(flag: string, text: string | undefined, known: readonly string[], problems: string[]): string[] {
  if (text === undefined) return [...known];
  const names = text.split(',').filter((name) => name !== '');
  for (const name of names.filter((candidate) => !known.includes(candidate))) {
    problems.push(`--${flag} knows ${known.join(', ')}, not "${name}"`);
  }
  if (names.length === 0) problems.push(`--${flag} needs at least one of ${known.join(', ')}`);
  return known.filter((name) => names.includes(name));
}

/** Reads the command line; returns the options, or everything that is wrong with them. */
export function readOptions(commandLine: readonly string[]): Options | { problems: string[] } {
  const text = { type: 'string' } as const;
  const flags = ['only', 'peers', ...Object.keys(NUMBERS)];
  const problems: string[] = [];
  let values: Record<string, string | undefined>;
  try {
    const options = Object.fromEntries(flags.map((flag) => [flag, text]));
    ({ values } = parseArgs({ args: [...commandLine], options, strict: true }));
  } catch (error) {
    return { problems: [(error as Error).message] };
  }
  const number = (name: NumberName) => wholeNumber(name, values[name], problems);
  const options: Options = {
    workloads: chosen('only', values.only, WORKLOADS, problems) as Workload[],
    peers: chosen(
      'peers',
      values.peers,
      PEERS.map((peer) => peer.name),
      problems,
    ),
    rounds: number('rounds'),
    seconds: number('seconds'),
    blocked: number('blocked'),
    outstanding: number('outstanding'),
    clients: number('clients'),
    seed: number('seed'),
  };
  return problems.length > 0 ? { problems } : options;
}
