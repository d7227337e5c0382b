/** Loads a server: at full speed for what an answer costs, then at a fixed rate for how long it takes. */
import { type Cpu, coreBusySeconds, cpuOf } from '../cpu.ts';
import { type PaceResult, runPace } from '../pace.ts';
import type { Running } from '../processes.ts';
import { residentOctets } from '../resident.ts';
import { type Load, runDnsperf } from './dnsperf.ts';
import { type Material, PACED_SECONDS, WARM_UP_SECONDS } from './material.ts';
import { CLIENT_STRIDE, type Workload } from './workloads.ts';

/** The core of the server, and that of the load and the stub upstream. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
/** Connections of one run over TCP: enough that no server waits for one, few enough to be pipelined. */
const CONNECTIONS = 20;

export interface LoadSettings {
  /** Where it is, if it is to ask where it can; null for the generator in pace/ throughout. */
  readonly dnsperf: string | null;
  readonly seconds: number;
  readonly outstanding: number;
  readonly clients: number;
  /** Queries a second of the fixed-rate phase. */
  readonly rate: number;
}

/** In seconds, at the fixed rate. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What a server did under load. */
export interface Loaded {
  /** At full speed. */
  readonly load: Load;
  /** CPU the server used meanwhile, in seconds. */
  readonly cpu: Cpu;
  /** Queries that reached the upstream meanwhile. */
  readonly upstream: number;
  /** The share of the server's core that went to other processes meanwhile, 0 to 1. */
  readonly neighbourShare: number;
  /** At the fixed rate. */
  readonly paced: Load;
  readonly latency: Latency;
  /** Resident at the end, in octets. */
  readonly resident: number;
}

/** A run of the generator in pace/; rate 0 is full speed. */
function pace(
  port: number,
  file: string,
  seconds: number,
  rate: number,
  workload: Workload,
  settings: LoadSettings,
): Promise<PaceResult> {
  const { transport, addresses } = workload;
  const few = addresses === 1;
  return runPace({
    ...{ port, file, seconds, rate, transport, addresses, core: LOAD_CORE },
    outstanding: few ? settings.outstanding : addresses,
    ports: few ? settings.clients : 1,
    connections: CONNECTIONS,
    stride: CLIENT_STRIDE,
  });
}

/** dnsperf cannot play many clients, nor pipeline over TCP as tightly. */
function fullSpeed(port: number, file: string, seconds: number, workload: Workload, settings: LoadSettings) {
  const { dnsperf, outstanding, clients } = settings;
  if (dnsperf !== null && workload.transport === 'udp' && workload.addresses === 1) {
    return runDnsperf(dnsperf, { port, file, seconds, outstanding, clients, core: LOAD_CORE });
  }
  return pace(port, file, seconds, 0, workload, settings);
}

/** @throws Error (rejects) where the server ends or answers nothing, or a generator cannot be run or read. */
export async function loadServer(
  server: Running,
  port: number,
  countAtStub: () => Promise<number>,
  workload: Workload,
  { warmUp, measured, paced }: Material,
  settings: LoadSettings,
): Promise<Loaded> {
  await fullSpeed(port, warmUp.path, WARM_UP_SECONDS, workload, settings);
  const askedBefore = await countAtStub();
  const before = cpuOf(server.pid);
  const busyBefore = coreBusySeconds(SERVER_CORE);
  const began = performance.now();
  const load = await fullSpeed(port, measured.path, settings.seconds, workload, settings);
  const after = cpuOf(server.pid);
  const busy = coreBusySeconds(SERVER_CORE) - busyBefore;
  // Longer than the load: a generator waits for replies that do not come.
  const wallSeconds = (performance.now() - began) / 1000;
  const upstream = (await countAtStub()) - askedBefore;
  if (!server.isAlive()) throw new Error(`ended under load: ${server.output().slice(-400).trim()}`);
  if (load.completed === 0) throw new Error('answered nothing under load');
  const cpu = { user: after.user - before.user, system: after.system - before.system };
  const atRate = await pace(port, paced.path, PACED_SECONDS, settings.rate, workload, settings);
  const resident = residentOctets(server.pid);
  const neighbourShare = Math.max(0, busy - cpu.user - cpu.system) / wallSeconds;
  return { load, cpu, upstream, neighbourShare, paced: atRate, latency: atRate.latency, resident };
}
