// Imports a source into a folder that goes away, and asks of what was written whether it is sound and what it does.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { explain } from '../../src/commands/explain.ts';
import { importing } from '../../src/commands/import.ts';
import type { Carried, Note } from '../../src/import/plan.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { folderOf, surroundings } from './surroundings.ts';

export interface Imported {
  code: number;
  carried: Carried[];
  different: Note[];
  left: Note[];
  /** The configuration, as YAML has it. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it as it likes
  config: any;
  /** What was written, by path. */
  files: Record<string, string>;
  /** Problems of the configuration that are errors. */
  errors: string[];
  /** What becomes of a name for a client. */
  verdict: (name: string, client: string) => Promise<string>;
  complained: string;
  remove: () => void;
}

/** Imports `text`, in a file called `name`. */
export async function importOf(name: string, text: string | Uint8Array, ...more: string[]): Promise<Imported> {
  const folder = folderOf({ [name]: text });
  const out = folder.at('out');
  const around = surroundings();
  const code = await importing.run([folder.at(name), '--out', out, '--json', ...more], around);
  const said = around.printed === '' ? { files: {}, carried: [], different: [], left: [] } : JSON.parse(around.printed);
  const short = (note: Note) => ({ ...note, at: note.at.replaceAll(folder.at(''), '') });
  const file = join(out, 'sluis.yaml');
  const verdict = async (asked: string, client: string) => {
    const kept = surroundings();
    await explain.run([asked, '--client', client, '--config', file, '--json'], kept);
    return kept.printed === '' ? kept.complained : JSON.parse(kept.printed).groups[0].decision;
  };
  const { problems } = code === 0 ? loadSettings(file, {}) : { problems: [] };
  return {
    ...said,
    code,
    carried: said.carried.map(short),
    different: said.different.map(short),
    left: said.left.map(short),
    config: code === 0 ? parse(readFileSync(file, 'utf8')) : undefined,
    errors: problems.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    verdict,
    complained: around.complained.replaceAll(folder.at(''), ''),
    remove: folder.remove,
  };
}
