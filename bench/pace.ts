/** Runs the load generator in pace/, which asks at a fixed rate whatever the server does, and reads what it found. */
import { run } from './processes.ts';
import { buildProgram } from './programs.ts';

export interface PaceShape {
  /** The server's, on 127.0.0.1. */
  readonly port: number;
  /** Questions in dnsperf's format, `name TYPE` a line; asked in order, over again from the top at the end. */
  readonly file: string;
  readonly seconds: number;
  /** Queries a second, evenly spaced; 0 asks as fast as replies come, with `outstanding` in flight. */
  readonly rate: number;
  /** With TCP, shared out over the connections, at a fixed rate too. */
  readonly outstanding: number;
  /** Source addresses: 127.1.0.1, 127.1.0.2 and on. */
  readonly addresses: number;
  /** UDP sockets; each asks from every address, so that a server sees addresses × ports clients. */
  readonly ports: number;
  readonly transport: 'udp' | 'tcp';
  /** TCP connections. */
  readonly connections: number;
  /** The core it runs on. */
  readonly core: number;
  /** From one address to the next; 1 where it is not given, 256 puts each into a /24 of its own. */
  readonly stride?: number;
  /** Every other address from 127.129.0.1 on instead, so that 127.0.0.0/9 and 127.128.0.0/9 ask alike. */
  readonly halves?: boolean;
  /** Asks for `windows` in the result. */
  readonly windows?: boolean;
}

/** A tenth of a second of the run: of the queries that were due in it, however late their replies came. */
export interface PaceWindow {
  readonly completed: number;
  readonly lost: number;
  /** In seconds; 0 where nothing completed. */
  readonly p99: number;
  readonly max: number;
}

/** sent = completed + lost. What is not answered in 3 s is lost. */
export interface PaceResult {
  readonly sent: number;
  readonly completed: number;
  readonly lost: number;
  /** Asked for by the rate, but there was no room on any connection in time. */
  readonly unsent: number;
  /** Replies to a waiting query that do not answer it: another question, no reply at all, another sender. */
  readonly wrong: number;
  /** Replies nobody waited for any more: later than 3 s, or sent twice. */
  readonly stray: number;
  /** Completed ones that said TC. */
  readonly truncated: number;
  readonly reconnects: number;
  /** From the first query to the last one sent or answered. */
  readonly seconds: number;
  readonly rcodes: Readonly<Record<string, number>>;
  /** In seconds, from when a query was due to its reply; within 0.8 %, mean and max exactly. */
  readonly latency: {
    readonly mean: number;
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  /** How long after they were due queries left: what of the latency is the generator's own. In seconds. */
  readonly lateness: { readonly p99: number; readonly max: number };
  readonly windows?: readonly PaceWindow[];
}

/** What the program is told, `name=value` each. */
export function paceArguments(shape: PaceShape): string[] {
  const { port, file, seconds, rate, outstanding, addresses, ports, transport, connections } = shape;
  const options = {
    ...{ port, file, milliseconds: Math.round(seconds * 1000), rate, outstanding, addresses, ports, connections },
    tcp: Number(transport === 'tcp'),
    stride: shape.stride ?? 1,
    halves: Number(shape.halves ?? false),
    windows: Number(shape.windows ?? false),
  };
  return Object.entries(options).map(([name, value]) => `${name}=${value}`);
}

/**
 * Asks for `seconds` seconds, then waits for replies up to 3 s more.
 * @throws Error (rejects) without a C compiler, or where the program refuses the shape or the file, saying why.
 */
export async function runPace(shape: PaceShape): Promise<PaceResult> {
  const program = await buildProgram('pace');
  const command = ['taskset', '-c', String(shape.core), program, ...paceArguments(shape)];
  return JSON.parse(await run(command, (shape.seconds + 30) * 1000)) as PaceResult;
}
