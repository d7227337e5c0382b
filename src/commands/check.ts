// sluis check: every problem of a configuration at once, and what it would put into force.

import { parseArgs } from 'node:util';
import type { BuildReport } from '../control/build-report.ts';
import { exceptionNotes } from '../control/exception-notes.ts';
import { copiesOf } from '../control/list-folder.ts';
import { buildPolicy } from '../control/policy-build.ts';
import { Image } from '../policy/image.ts';
import { type CoverageNote, coverageNotes } from '../settings/coverage.ts';
import { loadSettings } from '../settings/load.ts';
import { printable } from '../settings/problems.ts';
import { type Command, EXIT, type Surroundings } from './command.ts';
import { configurationFile, showProblems } from './configuration.ts';

const USAGE = `Usage: sluis check [--config FILE] [--json]

Reads the configuration, its presets, apps and lists as "serve" would, and says all that is wrong with them, each
problem with file:line:column and the way to mend it. Nothing is opened and nothing is changed. Notes tell what is
no problem: prefixes of one group within those of another, addresses in no group that may ask all the same (private
ones beside yours, or all of IPv6), and exceptions from a ban that leave a managed group's default as it is.

Exit code: 0 sound, 2 it has errors.
`;

/** Shown in full before the rest is counted. */
const SHOWN_REJECTIONS = 10;
const SHOWN_NOTES = 10;

export const check: Command = {
  name: 'check',
  summary: 'Say all that is wrong with a configuration, and what it would put into force.',
  usage: USAGE,
  run: async (args, around) => {
    const { values } = parseArgs({ args, options: { config: { type: 'string' }, json: { type: 'boolean' } } });
    const file = configurationFile(values.config, around);
    const { settings, problems } = loadSettings(file, around.env);
    const built =
      settings && (await buildPolicy({ settings, seed: 0, generation: 1, copies: copiesOf(settings, around.env) }));
    const reach = built?.image ? await exceptionNotes(settings!, new Image(built.image), Date.now() / 1000) : [];
    const all = [...problems, ...(built?.problems ?? []), ...reach];
    const sound = built?.image !== undefined;
    const notes = settings ? coverageNotes(settings) : [];
    if (values.json) around.out(`${JSON.stringify({ file, sound, problems: all, notes, report: built?.report })}\n`);
    else {
      if (built) showRejections(built.report, around);
      if (built) showLeft(built.report, around);
      showProblems(all, around);
      showNotes(notes, around);
      if (sound) showReport(file, built.report, around);
    }
    return sound ? EXIT.OK : EXIT.WRONG;
  },
};

function showReport(file: string, report: BuildReport, around: Surroundings): void {
  for (const { kind, id, format, rules, duplicates, rejected, left } of report.sources) {
    const unheard = left.reduce((sum, { count }) => sum + count, 0);
    const rest = [
      duplicates && `${duplicates} twice over`,
      rejected && `${rejected} left out`,
      unheard && `${unheard} not honoured`,
    ].filter(Boolean);
    const source = kind === 'list' && format !== 'bypass' ? `${kind} ${id}, ${format ?? 'not read'}` : `${kind} ${id}`;
    const more = rest.length > 0 ? ` (${rest.join(', ')})` : '';
    around.out(`${source}: ${rules} ${rules === 1 ? 'rule' : 'rules'}${more}\n`);
  }
  const mebibytes = (report.octets / 2 ** 20).toFixed(2);
  around.out(`policy image: ${report.rules} rules, ${mebibytes} MiB, compiled in ${(report.ms / 1000).toFixed(2)} s\n`);
  around.out(`${file}: sound\n`);
}

function showRejections({ rejections, rejected }: BuildReport, around: Surroundings): void {
  for (const { file, line, column, reason, text } of rejections.slice(0, SHOWN_REJECTIONS)) {
    around.err(`${printable(file)}:${line}:${column}: left out: ${text}${text && ': '}${reason}\n`);
  }
  const more = rejected - Math.min(rejections.length, SHOWN_REJECTIONS);
  if (more > 0) around.err(`… and ${more} more lines left out\n`);
}

/** What lists ask for and do not get, a line for each kind with the first that have it. */
function showLeft({ sources }: BuildReport, around: Surroundings): void {
  for (const { left } of sources) {
    for (const { reason, file, count, lines } of left) {
      const first = `${lines.join(', ')}${count > lines.length ? ', …' : ''}`;
      const which = count === 1 ? '' : ` (${count} times, on lines ${first})`;
      around.err(`${printable(file)}:${lines[0]}:1: not honoured: ${reason}${which}\n`);
    }
  }
}

function showNotes(notes: CoverageNote[], around: Surroundings): void {
  for (const kind of ['overlap', 'uncovered', 'unreachable']) {
    const found = notes.filter((note) => note.kind === kind);
    for (const { text } of found.slice(0, SHOWN_NOTES)) around.err(`note: ${text}\n`);
    if (found.length > SHOWN_NOTES) around.err(`note: … and ${found.length - SHOWN_NOTES} more; --json has them all\n`);
  }
}
