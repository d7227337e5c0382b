/** One measurement: start a server, see that it answers rightly, load it, stop it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../port.ts';
import { type Running, startPinned, stop } from '../processes.ts';
import { doubtsOf } from './doubts.ts';
import { LOAD_CORE, type Loaded, type LoadSettings, loadServer, SERVER_CORE } from './load.ts';
import type { Material } from './material.ts';
import type { Peer, Program } from './place.ts';
import { waitUntilReady, wrongAnswers } from './sense.ts';
import type { Workload, WorkloadName } from './workloads.ts';

/** Longer than any measurement lasts, so that nothing expires meanwhile. */
const STUB_TTL_SECONDS = 300;
/** More than starting, checking and loading take together. */
const LIFETIME_SECONDS = 300;

/** Who is measured under what. */
export interface Bout {
  readonly peer: Peer;
  readonly program: Program;
  readonly workload: Workload;
  readonly round: number;
}

/** What every measurement of a run shares. */
export interface Bench {
  readonly directory: string;
  /** The stub upstream, built. */
  readonly stub: string;
  readonly material: ReadonlyMap<WorkloadName, Material>;
  settingsOf(workload: Workload): LoadSettings;
}

export interface Measurement extends Loaded {
  readonly peer: string;
  readonly workload: WorkloadName;
  readonly round: number;
  /** From start until it answers with every rule in force, in seconds. */
  readonly readySeconds: number;
  /** Queries a second at the fixed rate. */
  readonly rate: number;
  /** What makes the figures doubtful. Empty is good. */
  readonly doubts: readonly string[];
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

/**
 * Waits for a started server, then asks it questions of sense, over the transport that will be measured too.
 * @returns the seconds until it was ready.
 * @throws Error (rejects) with what is wrong: it is not measured then.
 */
async function checkServer(bout: Bout, server: Running, port: number, material: Material): Promise<number> {
  const { peer, workload } = bout;
  const began = performance.now();
  const rules = peer.resolves ? material.samples.rules : [];
  const unready = await waitUntilReady(port, material.ready, rules, server.isAlive);
  const seconds = (performance.now() - began) / 1000;
  if (unready !== null) throw new Error(`${unready}: ${server.output().slice(-400).trim()}`);
  if (!peer.resolves) return seconds;
  for (const transport of new Set(['udp', workload.transport] as const)) {
    const [first, ...others] = await wrongAnswers({ port, transport, observed: peer.observed }, material.samples);
    if (first === undefined) continue;
    const { name, expected, got } = first;
    throw new Error(
      `${others.length + 1} wrong answers over ${transport}, not measured: ${name} gave ${got}, not ${expected}`,
    );
  }
  return seconds;
}

/**
 * Measures one server once, in a directory and on ports of its own, against a stub upstream of its own.
 * @throws Error (rejects) where the server does not start, answers wrongly, or ends under load.
 */
export async function measure(bench: Bench, bout: Bout): Promise<Measurement> {
  const { peer, program, workload, round } = bout;
  const material = bench.material.get(workload.name)!;
  const settings = bench.settingsOf(workload);
  const directory = mkdtempSync(join(bench.directory, `${peer.name}-`));
  const [port, adminPort, stubPort] = [await freePort(), await freePort(), await freePort()];
  const stubCommand = [bench.stub, stubPort, STUB_TTL_SECONDS, LIFETIME_SECONDS].map(String);
  const stub = startPinned('stub', LOAD_CORE, stubCommand, directory);
  let server: Running | null = null;
  try {
    const { rulesFile, freshNames } = material;
    const ports = { port, adminPort, stubPort };
    const place = { directory, ...ports, rulesFile, freshNames, lifetimeSeconds: LIFETIME_SECONDS };
    const command = peer.prepare(program, place);
    server = startPinned(peer.name, SERVER_CORE, command, directory);
    const readySeconds = await checkServer(bout, server, port, material);
    const loaded = await loadServer(server, port, () => countAtStub(stub), workload, material, settings);
    const doubts = doubtsOf(loaded, workload, material, peer.resolves);
    return { peer: peer.name, workload: workload.name, round, readySeconds, rate: settings.rate, ...loaded, doubts };
  } finally {
    if (server !== null) await stop(server);
    await stop(stub);
    rmSync(directory, { recursive: true, force: true });
  }
}
