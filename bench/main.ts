/** `npm run bench`: runs the chosen suites, prints what they found, and writes all of it down. */
import { relative } from 'node:path';
import { type Known, type Options, readOptions, usage } from './options.ts';
import { progressOn } from './progress.ts';
import { recordOf, writeRecord } from './record.ts';
import { outcomeText } from './report.ts';
import type { Outcome } from './suite.ts';
import { SUITES } from './suites.ts';
import { PEERS } from './wire/peers.ts';
import { WORKLOADS } from './wire/workloads.ts';

const KNOWN: Known = {
  suites: SUITES,
  workloads: WORKLOADS.map(({ name }) => name),
  peers: PEERS.filter(({ variantOf }) => variantOf === null).map(({ name }) => name),
};

const say = (text: string) => process.stderr.write(`${text}\n`);

/** @returns the status to exit with: 0 where everything was measured, 1 where something could not be. */
async function runSuites(options: Options): Promise<number> {
  const progress = progressOn(process.stderr);
  const outcomes: Outcome[] = [];
  for (const suite of SUITES.filter(({ name }) => options.only.includes(name))) {
    const outcome = await suite.run(options, (line) => progress.show(`${suite.name} · ${line}`));
    progress.end();
    process.stdout.write(`${outcomeText(outcome)}\n\n`);
    outcomes.push(outcome);
  }
  if (outcomes.some(({ measurements }) => measurements.length > 0)) {
    const path = writeRecord(recordOf(outcomes, options, new Date()));
    process.stdout.write(`written down in ${relative(process.cwd(), path)}\n`);
  }
  return outcomes.some(({ failures }) => failures.length > 0) ? 1 : 0;
}

async function main(): Promise<number> {
  const commandLine = process.argv.slice(2);
  if (commandLine.includes('--help')) {
    process.stdout.write(`${usage(KNOWN)}\n`);
    return 0;
  }
  const options = readOptions(commandLine, KNOWN);
  if ('problems' in options) {
    say([...options.problems, '', usage(KNOWN)].join('\n'));
    return 2;
  }
  if (process.platform !== 'linux') {
    say('the benchmark reads /proc and runs on Linux only');
    return 2;
  }
  return runSuites(options);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
process.exitCode = await main().catch((error: Error) => {
  say(`bench: ${error.message}`);
  return 1;
});
