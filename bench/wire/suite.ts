/** The wire suite: what an answer costs Sluis and its peers, each asked the same over loopback. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackages } from '../install.ts';
import type { Options } from '../options.ts';
import { buildProgram, findProgram, missingTools, versionOf } from '../programs.ts';
import { timeLeft } from '../progress.ts';
import type { Outcome, Suite } from '../suite.ts';
import { PACED_SECONDS, writeMaterial } from './material.ts';
import { type Bench, type Bout, type Measurement, measure } from './measure.ts';
import { PEERS } from './peers.ts';
import type { Peer, Program } from './place.ts';
import { costOf, figuresOf, rowsOf } from './rows.ts';
import { tableOf } from './tables.ts';
import { WORKLOADS, type Workload } from './workloads.ts';

type Show = (line: string) => void;

interface Contestant {
  readonly peer: Peer;
  readonly program: Program;
}

const rateOf = (options: Options) => (workload: Workload) => options.rate || workload.rate;

/** The chosen ones, with their variants. */
function chosenPeers(options: Options, workloads: readonly Workload[]): Peer[] {
  return PEERS.filter(({ name, variantOf }) => options.peers.includes(variantOf ?? name)).filter(({ name }) =>
    workloads.some(({ peers }) => peers.includes(name)),
  );
}

/** Those of them that are here; `absent` says of the others what brings them. */
async function gather(peers: readonly Peer[], absent: string[]): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const peer of peers) {
    const found = await peer.find();
    if (typeof found !== 'string') contestants.push({ peer, program: found });
    else absent.push(`${peer.name} is left out: ${found}`);
  }
  return contestants;
}

/** With `--install`, brings what is missing of the peers and of the tools. */
async function bringPeers(options: Options, peers: readonly Peer[], show: Show): Promise<void> {
  const missing = new Set(options.dnsperf && findProgram('dnsperf') === null ? ['dnsperf'] : []);
  for (const { debianPackage, find } of peers) {
    if (debianPackage !== null && typeof (await find()) === 'string') missing.add(debianPackage);
  }
  if (!options.install || missing.size === 0) return;
  show(`installing ${[...missing].join(', ')}`);
  await installPackages([...missing]);
}

/** Interleaved, and each round begins with another server, so that none always comes after the same one. */
export function boutsOf(
  rounds: number,
  workloads: readonly Workload[],
  contestants: readonly Contestant[],
): readonly Bout[] {
  const bouts: Bout[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const workload of workloads) {
      const able = contestants.filter(({ peer }) => workload.peers.includes(peer.name));
      able.forEach((_, place) => {
        bouts.push({ ...able[(place + round - 1) % able.length]!, workload, round });
      });
    }
  }
  return bouts;
}

async function measureAll(bench: Bench, bouts: readonly Bout[], failures: string[], show: Show) {
  const measurements: Measurement[] = [];
  const failed = new Set<string>();
  const began = performance.now();
  let last = '';
  for (const [done, bout] of bouts.entries()) {
    const { peer, workload, round } = bout;
    const pair = `${workload.name} · ${peer.name}`;
    // A server that failed under this workload is not asked again: the rounds it survived would flatter it.
    if (failed.has(pair)) continue;
    const left = timeLeft(done, bouts.length, (performance.now() - began) / 1000);
    show([`${done + 1}/${bouts.length}`, `round ${round}`, pair, left, last].filter(Boolean).join(' · '));
    try {
      const measurement = await measure(bench, bout);
      last = `${peer.name} took ${costOf(measurement).toFixed(2)} µs`;
      measurements.push(measurement);
    } catch (error) {
      failed.add(pair);
      failures.push(`${pair}: ${(error as Error).message}`);
      last = `${peer.name} failed`;
    }
  }
  return measurements.filter((run) => !failed.has(`${run.workload} · ${run.peer}`));
}

function settingOf(options: Options, workload: Workload): string {
  const { rounds, seconds, outstanding, clients } = options;
  const few = workload.addresses === 1;
  const asks = options.dnsperf && few && workload.transport === 'udp' ? 'dnsperf, ' : '';
  const load = few ? `${outstanding} in flight from ${clients} sockets` : `${workload.addresses} in flight`;
  return `${rounds} × ${seconds} s, ${asks}${load}; latency at ${rateOf(options)(workload).toLocaleString('en')} queries/s for ${PACED_SECONDS} s`;
}

const doubtsIn = ({ workload, peer, round, doubts }: Measurement) =>
  doubts.map((doubt) => `${workload}, ${peer}, round ${round}: ${doubt}`);

async function runIn(directory: string, options: Options, show: Show): Promise<Outcome> {
  const [failures, absent]: [string[], string[]] = [[], []];
  const workloads = WORKLOADS.filter(({ name }) => options.workloads.includes(name));
  const peers = chosenPeers(options, workloads);
  await bringPeers(options, peers, show);
  const missing = missingTools(options.dnsperf);
  if (missing.length > 0) return nothing(missing);
  const contestants = await gather(peers, absent);
  show('writing the question files');
  const { seed, names, seconds, outstanding, clients } = options;
  const material = writeMaterial(directory, workloads, { seed, names, seconds, rateOf: rateOf(options) });
  const dnsperf = options.dnsperf ? findProgram('dnsperf') : null;
  const settingsOf = (workload: Workload) => ({
    dnsperf,
    seconds,
    outstanding,
    clients,
    rate: rateOf(options)(workload),
  });
  const bench: Bench = { directory, stub: await buildProgram('stub'), material, settingsOf };
  const bouts = boutsOf(options.rounds, workloads, contestants);
  const measurements = await measureAll(bench, bouts, failures, show);
  const versions = Object.fromEntries(contestants.map(({ peer, program }) => [peer.name, program.version]));
  return {
    suite: 'wire',
    versions: dnsperf === null ? versions : { ...versions, dnsperf: await versionOf(dnsperf, '-h') },
    tables: workloads.map((workload) =>
      tableOf(workload, rowsOf(measurements, workload), settingOf(options, workload)),
    ),
    figures: figuresOf(measurements, workloads),
    measurements,
    doubts: [...absent, ...measurements.flatMap(doubtsIn)],
    failures,
  };
}

const nothing = (failures: string[]): Outcome => ({
  ...{ suite: 'wire', tables: [], figures: [], measurements: [], doubts: [] },
  failures,
});

export const wireSuite: Suite<Options> = {
  name: 'wire',
  says: 'CPU, rate, latency and memory of an answer, beside other servers',
  run: async (options, show) => {
    if (availableParallelism() < 2) return nothing(['two cores are needed, one for the server and one for the load']);
    const directory = mkdtempSync(join(tmpdir(), 'sluis-bench-'));
    const remove = () => rmSync(directory, { recursive: true, force: true });
    process.once('exit', remove);
    try {
      return await runIn(directory, options, show);
    } catch (error) {
      return nothing([(error as Error).message]);
    } finally {
      process.off('exit', remove);
      remove();
    }
  },
};
