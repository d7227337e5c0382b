// sluis audit: proves that the log of policy changes is whole, and shows what is in it.

import { parseArgs } from 'node:util';
import { Chain } from '../control/audit-chain.ts';
import { auditFile, linesOf } from '../control/audit-file.ts';
import type { AuditLine } from '../control/audit-line.ts';
import { reasonOf } from '../settings/files.ts';
import { loadSettings } from '../settings/load.ts';
import { printable } from '../settings/problems.ts';
import { auditText } from './audit-text.ts';
import { type Command, EXIT, type Surroundings, UsageError } from './command.ts';
import { configurationFile, showProblems } from './configuration.ts';
import { momentOf } from './policy-read.ts';

const USAGE = `Usage: sluis audit verify [FILE] [--config FILE] [--json]
       sluis audit show [FILE] [--since TIME] [--config FILE] [--json]

verify  Proves that every line of the audit log follows the one before and says what it said when it was written, and
        prints how many there are and the hash of the last. Keep that hash elsewhere: whoever can write the whole file
        can write another that is whole too.
show    What each start and reload changed, by whom, from which commit.

FILE is the audit log; without it, the one that the configuration names.

  --since TIME  from this moment on: 2026-10-01, or 2026-10-01T08:00:00+02:00

Exit code: 0 whole, or shown; 1 broken, or it cannot be read; 2 the configuration or the command line is wrong.
`;

export const audit: Command = {
  name: 'audit',
  summary: 'Prove that the log of policy changes is whole, or show it.',
  usage: USAGE,
  run: async (args, around) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { config: { type: 'string' }, json: { type: 'boolean' }, since: { type: 'string' } },
    });
    const [verb, given, ...rest] = positionals;
    if ((verb !== 'verify' && verb !== 'show') || rest.length > 0) throw new UsageError('say "verify" or "show"');
    if (verb === 'verify' && values.since !== undefined) throw new UsageError('a chain is proved from its first line');
    const since = values.since === undefined ? 0 : momentOf(values.since);
    const file = given ?? configuredFile(values.config, around);
    if (file === undefined) return EXIT.WRONG;
    const json = values.json === true;
    try {
      return verb === 'verify' ? await verify(file, json, around) : await show(file, since, json, around);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      around.err(`sluis audit: ${printable(file)} cannot be read: ${reasonOf(error)}\n`);
      return EXIT.FAILED;
    }
  },
};

/** Tells what is wrong where the configuration names none. */
function configuredFile(config: string | undefined, around: Surroundings): string | undefined {
  const { settings, problems } = loadSettings(configurationFile(config, around), around.env);
  if (!settings) {
    showProblems(problems, around);
    return undefined;
  }
  const file = auditFile(settings.audit.file, around.env);
  if (file === undefined) throw new UsageError('the configuration has no audit log: set audit.file, or name the log');
  return file;
}

async function verify(file: string, json: boolean, around: Surroundings): Promise<number> {
  const chain = new Chain();
  let torn = 0;
  for await (const line of linesOf(file)) {
    if (line.isTorn) torn = line.end - line.start;
    else chain.take(line.text);
  }
  const { broken = null, count, head, sequence, begins = null } = chain;
  if (json) {
    around.out(
      `${JSON.stringify({ file, whole: broken === null, lines: count, sequence, head, begins, torn, broken })}\n`,
    );
  } else if (broken) {
    const { line, reason, expected, found } = broken;
    around.err(
      `${printable(file)}:${line}: ${reason}\n  expected: ${printable(expected)}\n  found:    ${printable(found)}\n`,
    );
  } else {
    around.out(`${printable(file)}: whole, ${count} ${count === 1 ? 'line' : 'lines'}\nhead: ${head}\n`);
    if (begins)
      around.out(`it goes on from a log that ends with sequence ${begins.sequence - 1}, ${begins.previous}\n`);
  }
  if (torn > 0 && !json) around.err(`the last ${torn} octets are a line cut off; the next start sets it aside\n`);
  return broken ? EXIT.FAILED : EXIT.OK;
}

async function show(file: string, since: number, json: boolean, around: Surroundings): Promise<number> {
  const chain = new Chain();
  for await (const { text, isTorn } of linesOf(file)) {
    if (isTorn) continue;
    const line = chain.take(text);
    // From there on it may say anything.
    if (chain.broken) break;
    if (!line || !(Date.parse(line.time) >= since * 1000)) continue;
    around.out(json ? `${text}\n` : shown(line));
  }
  if (!chain.broken) return EXIT.OK;
  around.err(`${printable(file)}:${chain.broken.line}: ${chain.broken.reason}; "sluis audit verify" says more\n`);
  return EXIT.FAILED;
}

/** Its texts come from files that others may have written. */
function shown(line: AuditLine): string {
  return `${auditText(line).map(printable).join('\n')}\n`;
}
