// Entry of the process that reads the configuration, compiles its policy and ends.

import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { auditFile } from './audit-file.ts';
import { type BuildOrder, type BuildSaid, GENTLE, type GoOn, IMAGE_FD } from './build-messages.ts';
import type { SourceReport } from './build-report.ts';
import { runWhenIdle } from './scheduling.ts';

const say = (said: BuildSaid) => new Promise<void>((resolve) => process.send!(said, () => resolve()));
const hear = () => new Promise<unknown>((resolve) => process.once('message', resolve));

const load = () =>
  Promise.all([import('../settings/load.ts'), import('./policy-build.ts'), import('./list-folder.ts')]);
type Loaded = Awaited<ReturnType<typeof load>>;

async function build([{ loadSettings }, { buildPolicy }, { copiesOf }]: Loaded, order: BuildOrder): Promise<void> {
  const { file, env, seed, generation, isAudited, inForce } = order;
  const { files, settings, problems } = loadSettings(file, env);
  await say({ files, ...(settings && { settings }) });
  // Main watches the files from here on: a change while they are read is seen after.
  const { unfetched } = (await hear()) as GoOn;
  const evidence = async (sources: readonly SourceReport[] = []) => {
    if (!isAudited && (!settings || auditFile(settings.audit.file, env) === undefined)) return {};
    const { evidenceOf } = await import('./evidence.ts');
    return { evidence: evidenceOf(file, files, sources) };
  };
  if (!settings) return say({ problems, ...(await evidence()) });
  const copies = copiesOf(settings, env);
  const keeping = { copies, isKeeping: true, unfetched, inForce };
  const { image, report, problems: more } = await buildPolicy({ settings, seed, generation, ...keeping });
  const all = [...problems, ...more];
  await say({ report, problems: all, ...(await evidence(report.sources)), ...(image && { octets: image.byteLength }) });
  if (image) send(new Uint8Array(image));
}

/** The pipe holds up whoever writes faster than main reads. */
function send(octets: Uint8Array): void {
  for (let at = 0; at < octets.length; ) at += writeSync(IMAGE_FD, octets, at);
}

process.title = 'sluis policy build';
// What a terminal or a service manager tells every process at once is for main, which ends this one.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
// Nobody waits for it any more.
process.once('disconnect', () => process.exit());
const order = hear();
// Before the rest is even loaded.
if (process.argv.includes(GENTLE)) runWhenIdle();
try {
  await build(await load(), (await order) as BuildOrder);
} catch (error) {
  await say({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
// The code of the next one is compiled then; main has what it waited for.
flushCompileCache();
process.disconnect();
