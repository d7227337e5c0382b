/** What can be asked of the benchmark on its command line. */
import { parseArgs } from 'node:util';

export interface Options {
  /** The suites to run. */
  readonly only: readonly string[];
  /** Of the wire suite. */
  readonly workloads: readonly string[];
  readonly peers: readonly string[];
  readonly rounds: number;
  /** The length of each measurement at full speed. */
  readonly seconds: number;
  /** Queries a second of the fixed-rate phase; 0 leaves each workload its own. */
  readonly rate: number;
  /** Of the server that reloads; the load is on the second in any case. */
  readonly cores: number;
  /** How many blocked names stand for "a million". */
  readonly names: number;
  readonly outstanding: number;
  readonly clients: number;
  readonly seed: number;
  /** Asks with dnsperf where it can play the clients, instead of the generator in pace/. */
  readonly dnsperf: boolean;
  /** Brings missing peers with apt-get before anything is measured. */
  readonly install: boolean;
}

/** What is to be done with records that there are. */
export interface Afterwards {
  /** Compare the run with this record; the newest committed one where it is ''. */
  readonly check: string | null;
  /** Instead of a run: draw this record, or write the README from it. */
  readonly draw: string | null;
  readonly readme: string | null;
}

/** What there is to choose from. */
export interface Known {
  readonly suites: readonly { readonly name: string; readonly says: string }[];
  readonly workloads: readonly string[];
  readonly peers: readonly string[];
}

const NUMBERS = {
  rounds: { least: 1, most: 100, usual: 3, says: 'interleaved rounds' },
  seconds: { least: 1, most: 120, usual: 4, says: 'length of one measurement' },
  rate: { least: 0, most: 1_000_000, usual: 0, says: 'queries a second where latency is measured; 0: each its own' },
  cores: { least: 1, most: 2, usual: 1, says: "cores for the server that reloads; the second is the load's too" },
  names: { least: 100, most: 2_000_000, usual: 1_000_000, says: 'blocked names that stand for a million' },
  outstanding: { least: 1, most: 5000, usual: 200, says: 'queries in flight' },
  clients: { least: 1, most: 100, usual: 4, says: 'client sockets, where they are few' },
  seed: { least: 1, most: 0xffff_ffff, usual: 716, says: 'same seed, same questions' },
};
type NumberName = keyof typeof NUMBERS;

export function usage(known: Known): string {
  const lines: [string, string][] = [
    ['--only A,B', 'suites, of these (all):'],
    ...known.suites.map(({ name, says }): [string, string] => ['', `  ${name.padEnd(9)}${says}`]),
    ['--workloads A,B', `of the wire suite: ${known.workloads.join(', ')} (all)`],
    ['--peers A,B', `of ${known.peers.join(', ')} (all)`],
    ...Object.entries(NUMBERS).map(([name, { usual, says }]): [string, string] => [
      `--${name} N`,
      `${says} (${usual})`,
    ]),
    ['--check [FILE]', 'compare with a record, else the newest committed one; fail beyond 10 %'],
    ['--draw FILE', 'no run: draw this record, beside it and as docs/bench.svg'],
    ['--readme FILE', "no run: write the README's section from this record"],
    ['--dnsperf', "full speed is dnsperf's, over UDP from few sockets: it costs more than most servers"],
    ['--install', 'bring missing peers with apt-get first (as root); their services do not start'],
  ];
  return [
    'npm run bench -- [options]',
    ...lines.map(([flag, says]) => `  ${flag.padEnd(18)}${says}`),
    'It needs two cores: servers are pinned to the first, the load and the upstream to the second.',
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
export function readOptions(commandLine: readonly string[], known: Known): Options | { problems: string[] } {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const flags = ['only', 'workloads', 'peers', ...Object.keys(NUMBERS)];
  const problems: string[] = [];
  let values: Record<string, string | boolean | undefined>;
  try {
    const options = { ...Object.fromEntries(flags.map((flag) => [flag, text])), dnsperf: flag, install: flag };
    ({ values } = parseArgs({ args: [...commandLine], options, strict: true }));
  } catch (error) {
    return { problems: [(error as Error).message] };
  }
  const textOf = (flag: string) => values[flag] as string | undefined;
  const number = (name: NumberName) => wholeNumber(name, textOf(name), problems);
  const among = (flag: string, names: readonly string[]) => chosen(flag, textOf(flag), names, problems);
  const options: Options = {
    only: among(
      'only',
      known.suites.map(({ name }) => name),
    ),
    workloads: among('workloads', known.workloads),
    peers: among('peers', known.peers),
    rounds: number('rounds'),
    seconds: number('seconds'),
    rate: number('rate'),
    cores: number('cores'),
    names: number('names'),
    outstanding: number('outstanding'),
    clients: number('clients'),
    seed: number('seed'),
    dnsperf: values.dnsperf === true,
    install: values.install === true,
  };
  return problems.length > 0 ? { problems } : options;
}

/** Takes out of a command line what is said of records; the rest is for `readOptions`. */
export function readAfterwards(commandLine: readonly string[]): { afterwards: Afterwards; rest: string[] } {
  const found: Record<string, string> = {};
  const rest: string[] = [];
  for (let at = 0; at < commandLine.length; at++) {
    const [, flag, joined] = commandLine[at]!.match(/^--(check|draw|readme)(?:=(.*))?$/) ?? [];
    if (flag === undefined) {
      rest.push(commandLine[at]!);
      continue;
    }
    const next = commandLine[at + 1];
    const takesNext = joined === undefined && next !== undefined && !next.startsWith('-');
    found[flag] = joined ?? (takesNext ? next : '');
    if (takesNext) at++;
  }
  return { afterwards: { check: found.check ?? null, draw: found.draw ?? null, readme: found.readme ?? null }, rest };
}
