/** One measurement: start a server, see that it answers rightly, warm it up, load it, read its CPU, stop it. */
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Cpu, coreBusySeconds, cpuOf } from '../cpu.ts';
import type { Options } from '../options.ts';
import { type Running, startPinned, stop } from '../processes.ts';
import { type Load, runDnsperf } from './dnsperf.ts';
import { type Material, type QuestionFile, WARM_UP_SECONDS } from './material.ts';
import type { Peer, Program, Workload } from './peers.ts';
import { waitUntilReady, wrongAnswers } from './sense.ts';

/** The core of the server, and that of dnsperf and the stub upstream. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
/** Longer than any run lasts, so that nothing expires while it is measured. */
const STUB_TTL_SECONDS = 300;
/** Neighbours make queues longer and caches colder: batches grow, and the cost of an answer moves either way. */
const NEIGHBOURS_TOLERATED = 0.05;

/** What every measurement of a run shares. */
export interface Bench {
  readonly options: Options;
  readonly material: Material;
  readonly directory: string;
  readonly stub: string;
  readonly dnsperf: string;
}

export interface Measurement {
  readonly peer: string;
  readonly workload: Workload;
  readonly round: number;
  readonly load: Load;
  /** CPU the server used during the load, in seconds. */
  readonly cpu: Cpu;
  /** Queries that reached the upstream for each answer; null where there is none. */
  readonly upstreamPerAnswer: number | null;
  /** The share of the server's core that went to other processes during the load, 0 to 1. */
  readonly neighbourShare: number;
  /** What makes the figures doubtful. Empty is good. */
  readonly doubts: readonly string[];
}

/** A free port on 127.0.0.1, for UDP and TCP both. */
async function freePort(): Promise<number> {
  const stream = createServer();
  const datagram = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => stream.once('error', reject).listen(0, '127.0.0.1', resolve));
    const { port } = stream.address() as { port: number };
    await new Promise<void>((resolve, reject) => datagram.once('error', reject).bind(port, '127.0.0.1', resolve));
    return port;
  } finally {
    stream.close();
    datagram.close();
  }
}

/** Asks the stub how many queries it has answered. It answers a signal, and a lost one is sent again. */
async function countAtStub(stub: Running): Promise<number> {
  const pattern = /answered (\d+)\n/g;
  const before = [...stub.output().matchAll(pattern)].length;
  for (let attempt = 0; attempt < 100; attempt++) {
    if (attempt % 10 === 0) stub.child.kill('SIGUSR1');
    await new Promise((resolve) => setTimeout(resolve, 10));
    const counts = [...stub.output().matchAll(pattern)];
    if (counts.length > before) return Number(counts.at(-1)![1]);
  }
  throw new Error(`the stub upstream does not say what it answered: ${stub.output()}`);
}

/** What in a run's own figures contradicts the workload it claims to have measured. */
export function doubtsOf(seen: {
  workload: Workload;
  load: Load;
  file: QuestionFile;
  upstreamPerAnswer: number | null;
  neighbourShare: number;
  resolves: boolean;
}): string[] {
  const { workload, load, file, upstreamPerAnswer, neighbourShare, resolves } = seen;
  const doubts: string[] = [];
  if (load.lost > 0) doubts.push(`${load.lost} lost`);
  for (const [rcode, count] of Object.entries(load.rcodes)) {
    if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') doubts.push(`${count} ${rcode}`);
  }
  const blockedShare = (load.rcodes.NXDOMAIN ?? 0) / Math.max(load.completed, 1);
  if (resolves && Math.abs(blockedShare - file.blockedShare) > 0.01) {
    doubts.push(`${(blockedShare * 100).toFixed(1)} % blocked, not ${(file.blockedShare * 100).toFixed(1)} %`);
  }
  if (workload === 'misses' && load.sent > file.lines) doubts.push('names came round again: not all were misses');
  if (upstreamPerAnswer !== null && Math.abs(upstreamPerAnswer - (workload === 'misses' ? 1 : 0)) > 0.02) {
    doubts.push(`${upstreamPerAnswer.toFixed(2)} upstream queries for each answer`);
  }
  if (neighbourShare > NEIGHBOURS_TOLERATED) {
    doubts.push(`${Math.round(neighbourShare * 100)} % of the server's core went to other processes`);
  }
  return doubts;
}

/** What is measured, and against whom. */
interface Bout {
  readonly peer: Peer;
  readonly workload: Workload;
  readonly round: number;
  readonly port: number;
  readonly server: Running;
  readonly stub: Running;
}

async function loadServer(bench: Bench, bout: Bout): Promise<Measurement> {
  const { peer, workload, round, port, server, stub } = bout;
  const { outstanding, clients, seconds } = bench.options;
  const { warmUp, measured } = bench.material.files[workload];
  const shape = { port, outstanding, clients, core: LOAD_CORE };
  await runDnsperf(bench.dnsperf, { ...shape, file: warmUp.path, seconds: WARM_UP_SECONDS });
  const askedBefore = await countAtStub(stub);
  const before = cpuOf(server.pid);
  const busyBefore = coreBusySeconds(SERVER_CORE);
  const load = await runDnsperf(bench.dnsperf, { ...shape, file: measured.path, seconds });
  const after = cpuOf(server.pid);
  const busy = coreBusySeconds(SERVER_CORE) - busyBefore;
  const upstream = (await countAtStub(stub)) - askedBefore;
  if (!server.isAlive()) throw new Error(`ended under load: ${server.output().slice(-400).trim()}`);
  if (load.completed === 0) throw new Error('answered nothing under load');
  const upstreamPerAnswer = peer.resolves ? upstream / load.completed : null;
  const cpu = { user: after.user - before.user, system: after.system - before.system };
  const neighbourShare = Math.max(0, busy - cpu.user - cpu.system) / load.seconds;
  const figures = { workload, load, upstreamPerAnswer, neighbourShare };
  const doubts = doubtsOf({ ...figures, file: measured, resolves: peer.resolves });
  return { ...figures, peer: peer.name, round, cpu, doubts };
}

async function checkServer(peer: Peer, server: Running, port: number, { names }: Material): Promise<void> {
  const unready = await waitUntilReady(port, `ready.${names.allowed.at(-1)}`, server.isAlive);
  if (unready !== null) throw new Error(`${unready}: ${server.output().slice(-400).trim()}`);
  if (!peer.resolves) return;
  const wrong = await wrongAnswers(port, names);
  if (wrong.length === 0) return;
  const [{ name, expected, got }] = wrong as [(typeof wrong)[0]];
  throw new Error(`${wrong.length} wrong answers, not measured: ${name} gave ${got}, not ${expected}`);
}

/**
 * Measures one server once, in a directory and on ports of its own, against a stub upstream of its own.
 * @throws Error (rejects) where the server does not start, answers wrongly, or ends under load.
 */
export async function measure(
  bench: Bench,
  peer: Peer,
  program: Program,
  workload: Workload,
  round: number,
): Promise<Measurement> {
  const directory = mkdtempSync(join(bench.directory, `${peer.name}-`));
  const [port, adminPort, stubPort] = [await freePort(), await freePort(), await freePort()];
  const lifetimeSeconds = bench.options.seconds + WARM_UP_SECONDS + 300;
  const stubCommand = [bench.stub, stubPort, STUB_TTL_SECONDS, lifetimeSeconds].map(String);
  const place = { directory, port, adminPort, stubPort, blockedFile: bench.material.blockedFile, lifetimeSeconds };
  const stub = startPinned('stub', LOAD_CORE, stubCommand, directory);
  let server: Running | null = null;
  try {
    server = startPinned(peer.name, SERVER_CORE, peer.prepare(program, place), directory);
    await checkServer(peer, server, port, bench.material);
    return await loadServer(bench, { peer, workload, round, port, server, stub });
  } finally {
    if (server !== null) await stop(server);
    await stop(stub);
    rmSync(directory, { recursive: true, force: true });
  }
}
