/** `npm run bench`: runs the chosen suites, prints what they found, and writes all of it down. */
import { relative } from 'node:path';
import { check, draw, type Earlier, earlierFor, writeReadme } from './afterwards.ts';
import { type Afterwards, type Known, type Options, readAfterwards, readOptions, usage } from './options.ts';
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

/**
 * @returns the status to exit with: 0 where everything was measured, 1 where something could not be, or is worse than
 * it was earlier.
 */
async function runSuites(options: Options, earlier: Earlier | null): Promise<number> {
  const progress = progressOn(process.stderr);
  const outcomes: Outcome[] = [];
  for (const suite of SUITES.filter(({ name }) => options.only.includes(name))) {
    const outcome = await suite.run(options, (line) => progress.show(`${suite.name} · ${line}`));
    progress.end();
    process.stdout.write(`${outcomeText(outcome)}\n\n`);
    outcomes.push(outcome);
  }
  const record = recordOf(outcomes, options, new Date());
  if (outcomes.some(({ measurements }) => measurements.length > 0)) {
    process.stdout.write(`written down in ${relative(process.cwd(), writeRecord(record))}\n`);
  }
  const compared = earlier === null ? null : check(record, earlier);
  if (compared !== null) process.stdout.write(`\n${compared.text}\n`);
  return outcomes.some(({ failures }) => failures.length > 0) || compared?.passed === false ? 1 : 0;
}

/** Works on a record that there is, and runs nothing. */
function workOn({ draw: drawn, readme }: Afterwards): number {
  const written = [...(drawn === null ? [] : draw(drawn)), ...(readme === null ? [] : [writeReadme(readme)])];
  process.stdout.write(`written: ${written.join(', ')}\n`);
  return 0;
}

async function main(): Promise<number> {
  const commandLine = process.argv.slice(2);
  if (commandLine.includes('--help')) {
    process.stdout.write(`${usage(KNOWN)}\n`);
    return 0;
  }
  const { afterwards, rest } = readAfterwards(commandLine);
  const options = readOptions(rest, KNOWN);
  if ('problems' in options) {
    say([...options.problems, '', usage(KNOWN)].join('\n'));
    return 2;
  }
  if (afterwards.draw === '' || afterwards.readme === '') {
    say('--draw and --readme need the file of a record: bench/results/….json');
    return 2;
  }
  if (afterwards.draw !== null || afterwards.readme !== null) return workOn(afterwards);
  const earlier = afterwards.check === null ? null : earlierFor(afterwards.check || null, options.only);
  if (process.platform !== 'linux') {
    say('the benchmark reads /proc and runs on Linux only');
    return 2;
  }
  return runSuites(options, earlier);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
process.exitCode = await main().catch((error: Error) => {
  say(`bench: ${error.message}`);
  return 1;
});
