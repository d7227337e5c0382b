/** `npm run bench`: what an answer costs Sluis and its peers, on this machine, in one run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { writeMaterial } from './material.ts';
import { type Bench, type Measurement, measure } from './measure.ts';
import { type Options, readOptions, usage } from './options.ts';
import { PEERS, type Peer, type Program, type Workload } from './peers.ts';
import { buildProgram, findProgram, missingTools, versionOf } from './programs.ts';
import { type Absent, costOf, reportText, writeRecord } from './report.ts';

interface Contestant {
  readonly peer: Peer;
  readonly program: Program;
}

const say = (text: string) => process.stderr.write(`${text}\n`);

async function gather(options: Options, absent: Absent[]): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const peer of PEERS.filter(({ name }) => options.peers.includes(name))) {
    const found = await peer.find();
    if (typeof found !== 'string') contestants.push({ peer, program: found });
    else absent.push({ peer: peer.name, workload: null, why: found });
  }
  return contestants;
}

interface Turn extends Contestant {
  readonly workload: Workload;
  readonly round: number;
}

/** Interleaved, and each round begins with another server, so that none always comes after the same one. */
function turns({ rounds, workloads }: Options, contestants: readonly Contestant[]): Turn[] {
  const all: Turn[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const workload of workloads) {
      const able = contestants.filter(({ peer }) => peer.workloads.includes(workload));
      able.forEach((_, place) => {
        all.push({ ...able[(place + round - 1) % able.length]!, workload, round });
      });
    }
  }
  return all;
}

async function measureAll(bench: Bench, contestants: readonly Contestant[], absent: Absent[]): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const { peer, program, workload, round } of turns(bench.options, contestants)) {
    // A server that failed under this workload is not asked again: a mean of the rounds it survived would flatter it.
    if (absent.some((one) => one.peer === peer.name && one.workload === workload)) continue;
    const label = `round ${round}/${bench.options.rounds} · ${workload} · ${peer.name}`;
    try {
      const measurement = await measure(bench, peer, program, workload, round);
      const { load, doubts } = measurement;
      say([`${label}: ${costOf(measurement).toFixed(2)} µs, ${Math.round(load.rate)} answers/s`, ...doubts].join(', '));
      measurements.push(measurement);
    } catch (error) {
      const why = (error as Error).message;
      say(`${label}: ${why}`);
      absent.push({ peer: peer.name, workload, why });
    }
  }
  const failed = (run: Measurement) => absent.some((one) => one.peer === run.peer && one.workload === run.workload);
  const order = PEERS.map(({ name }) => name);
  return measurements
    .filter((run) => !failed(run))
    .sort((a, b) => a.round - b.round || order.indexOf(a.peer) - order.indexOf(b.peer));
}

async function runBench(options: Options): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'sluis-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const absent: Absent[] = [];
  const contestants = await gather(options, absent);
  say(`measuring ${contestants.map(({ peer }) => peer.name).join(', ')}; writing the question files`);
  const material = writeMaterial(directory, options);
  const dnsperf = findProgram('dnsperf')!;
  const bench = { options, material, directory, stub: await buildProgram('stub'), dnsperf };
  const measurements = await measureAll(bench, contestants, absent);
  process.stdout.write(`\n${reportText(measurements, absent, options)}\n`);
  if (measurements.length > 0) {
    const versions = Object.fromEntries(contestants.map(({ peer, program }) => [peer.name, program.version]));
    const record = writeRecord(measurements, absent, options, { ...versions, dnsperf: await versionOf(dnsperf, '-h') });
    process.stdout.write(`\nwritten down in ${relative(process.cwd(), record)}\n`);
  }
  return absent.some(({ workload }) => workload !== null) || measurements.length === 0 ? 1 : 0;
}

async function main(): Promise<number> {
  const commandLine = process.argv.slice(2);
  if (commandLine.includes('--help')) {
    process.stdout.write(`${usage()}\n`);
    return 0;
  }
  const options = readOptions(commandLine);
  if ('problems' in options) {
    say([...options.problems, '', usage()].join('\n'));
    return 2;
  }
  const missing = missingTools();
  if (process.platform !== 'linux') missing.push('the benchmark reads /proc and runs on Linux only');
  if (availableParallelism() < 2) missing.push('two cores are needed, one for the server and one for the load');
  if (missing.length > 0) {
    say(missing.join('\n'));
    return 2;
  }
  return runBench(options);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
process.exitCode = await main().catch((error: Error) => {
  say(`bench: ${error.message}`);
  return 1;
});
