// sluis import: takes over the configuration of another tool, and says all that could not be.

import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ImportError } from '../import/import-error.ts';
import { settledFiles } from '../import/settle.ts';
import { readSource, TOOLS, type Tool } from '../import/source.ts';
import { isMissing, makeFolder, reasonOf } from '../settings/files.ts';
import { printable } from '../settings/problems.ts';
import { type Command, EXIT, type Surroundings, UsageError } from './command.ts';
import { showProblems } from './configuration.ts';
import { nextLines, reportLines } from './import-text.ts';

const USAGE = `Usage: sluis import FROM [--as TOOL] [--out FOLDER] [--json]

Takes over what another tool blocks and for whom: AdGuardHome.yaml; what Teleporter of Pi-hole exports (.zip or .tar.gz),
gravity.db or pihole.toml; the config.yml of Blocky; a response policy zone. Writes sluis.yaml and lists beside it, and
says what became of each thing, what means something else now, and what could not be taken over, with its place, the
reason and what to do instead. Nothing is dropped in silence, and FROM is never changed.

  --as TOOL     ${TOOLS.join(', ')}; told by its content where left out
  --out FOLDER  where to write; it must be empty, or not there yet. Without it, all is printed: the files to standard
                output, what is said of them to standard error

Exit code: 0 done, 1 it could not be written, 2 FROM cannot be read, or the command line is wrong.
`;

export const importing: Command = {
  name: 'import',
  summary: 'Take over the configuration of AdGuard Home, Pi-hole, Blocky, or a response policy zone.',
  usage: USAGE,
  run: async (args, around) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { as: { type: 'string' }, out: { type: 'string' }, json: { type: 'boolean', default: false } },
    });
    if (positionals.length !== 1) throw new UsageError('name the file to import');
    const as = TOOLS.find((tool) => tool === values.as);
    if (values.as !== undefined && as === undefined) throw new UsageError(`--as takes ${TOOLS.join(', ')}`);
    try {
      return await take(positionals[0], as, values, around);
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      around.err(`${printable(error.at)}: error: ${printable(error.message)}\n      = fix: ${printable(error.fix)}\n`);
      return EXIT.WRONG;
    }
  },
};

interface Choice {
  out?: string | undefined;
  json: boolean;
}

async function take(from: string, as: Tool | undefined, { out, json }: Choice, around: Surroundings): Promise<number> {
  const folder = resolve(out ?? 'sluis');
  const occupied = out === undefined ? undefined : occupiedReason(folder);
  if (occupied !== undefined) {
    around.err(`sluis import: ${printable(out!)} ${occupied}: name another folder with --out\n`);
    return EXIT.WRONG;
  }
  const plan = await readSource(from, as);
  const { files, problems } = settledFiles(plan, from, folder);
  if (files === undefined) {
    around.err('sluis import: what would be written is not sound, which is a mistake of the import:\n');
    showProblems(problems, around);
    return EXIT.FAILED;
  }
  if (out !== undefined && !write(folder, files, around)) return EXIT.FAILED;
  if (json) {
    const { tool, carried, different, left } = plan;
    const texts = Object.fromEntries([...files].map(([path, text]) => [path, Buffer.from(text).toString('utf8')]));
    around.out(
      `${JSON.stringify({ from, tool, out: out === undefined ? null : folder, files: texts, carried, different, left })}\n`,
    );
    return EXIT.OK;
  }
  const report = `${[...reportLines(plan), ...(out === undefined ? [] : nextLines(folder))].map(printable).join('\n')}\n`;
  if (out !== undefined) around.out(report);
  else {
    for (const [path, text] of files) around.out(`# ---- ${path} ----\n${Buffer.from(text).toString('utf8')}\n`);
    around.err(report);
  }
  return EXIT.OK;
}

/** Why nothing can be written there; undefined where something can. */
function occupiedReason(folder: string): string | undefined {
  try {
    return readdirSync(folder).length > 0 ? 'is not empty' : undefined;
  } catch (error) {
    return isMissing(error) ? undefined : `cannot be used (${reasonOf(error)})`;
  }
}

function write(folder: string, files: ReadonlyMap<string, string | Uint8Array>, around: Surroundings): boolean {
  try {
    for (const [path, text] of files) {
      const file = join(folder, path);
      makeFolder(dirname(file));
      writeFileSync(file, text, { flag: 'wx' });
    }
    return true;
  } catch (error) {
    around.err(`sluis import: ${printable(folder)} cannot be written: ${reasonOf(error)}\n`);
    return false;
  }
}
