/** Runs dnsperf on the load generator's core and reads what it prints. */
import { run } from '../processes.ts';

/** What one run of a load generator reports. */
export interface Load {
  readonly sent: number;
  readonly completed: number;
  readonly lost: number;
  readonly seconds: number;
  readonly rcodes: Readonly<Record<string, number>>;
}

export interface LoadShape {
  readonly port: number;
  readonly file: string;
  readonly seconds: number;
  /** Queries in flight at once, over all clients. */
  readonly outstanding: number;
  /** Client sockets the queries are spread over. */
  readonly clients: number;
  readonly core: number;
}

function figure(text: string, label: string): number {
  const at = text.match(new RegExp(`^\\s*${label}:\\s+([0-9.]+)`, 'm'));
  if (!at) throw new Error(`dnsperf printed no "${label}":\n${text.slice(-800)}`);
  return Number(at[1]);
}

/**
 * Reads dnsperf's statistics.
 * @throws Error when a figure is missing, with the end of the text: a run that cannot be read is no result.
 */
export function parseDnsperf(text: string): Load {
  const rcodes: Record<string, number> = {};
  const line = text.match(/^\s*Response codes:(.*)$/m)?.[1] ?? '';
  for (const [, name, count] of line.matchAll(/([A-Z0-9]+) (\d+) \(/g)) rcodes[name!] = Number(count);
  return {
    sent: figure(text, 'Queries sent'),
    completed: figure(text, 'Queries completed'),
    lost: figure(text, 'Queries lost'),
    seconds: figure(text, 'Run time \\(s\\)'),
    rcodes,
  };
}

/** The arguments of one run at full speed: as fast as the replies come back. */
export function dnsperfArguments(shape: LoadShape): string[] {
  const { port, file, seconds, outstanding, clients } = shape;
  const options = { s: '127.0.0.1', p: port, d: file, l: seconds, q: outstanding, c: clients, T: 1, t: 3 };
  return Object.entries(options).flatMap(([flag, value]) => [`-${flag}`, String(value)]);
}

/** Asks for `seconds` seconds, starting at the top of the file and over again at its end. */
export async function runDnsperf(program: string, shape: LoadShape): Promise<Load> {
  const command = ['taskset', '-c', String(shape.core), program, ...dnsperfArguments(shape)];
  return parseDnsperf(await run(command, (shape.seconds + 30) * 1000));
}
