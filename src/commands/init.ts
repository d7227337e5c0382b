// sluis init: writes a commented configuration to begin with, and says what to do next.

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bypassKind } from '../settings/bypass.ts';
import { disk, type Files, reasonOf } from '../settings/files.ts';
import { loadSettings } from '../settings/load.ts';
import { printable } from '../settings/problems.ts';
import { shippedPresets } from '../settings/shipped.ts';
import { type Command, EXIT, type Surroundings, UsageError } from './command.ts';
import { showProblems } from './configuration.ts';
import { presetFile, startingText } from './init-text.ts';
import { languageOf } from './language.ts';

const USAGE = `Usage: sluis init [--preset ID…] [--file PATH] [--force]

Writes a configuration to begin with: the presets with their scope and dates, this machine as a group to try them on,
and groups for the networks to fill in. It is sound as it is written. Nothing is overwritten.

  --preset ID  a policy that comes with Sluis; several, or ID,ID. be-716 where left out
  --file PATH  sluis.yaml where left out
  --force      write even if the file is there

Exit code: 0 written, 1 it could not be, 2 the file is there, or the command line is wrong.
`;

const DEFAULT_PRESET = 'be-716';
const DEFAULT_FILE = 'sluis.yaml';

export const init: Command = {
  name: 'init',
  summary: 'Write a configuration to begin with.',
  usage: USAGE,
  run: async (args, around) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        preset: { type: 'string', multiple: true },
        file: { type: 'string' },
        force: { type: 'boolean' },
      },
    });
    const given = [...(values.preset ?? []), ...positionals].flatMap((part) => part.split(','));
    if (positionals.length > 0 && !values.preset) throw new UsageError('name presets with --preset');
    const presets = [...new Set(given.map((id) => id.trim()).filter((id) => id !== ''))];
    return start(presets.length > 0 ? presets : [DEFAULT_PRESET], values.file ?? DEFAULT_FILE, values.force, around);
  },
};

function start(presets: string[], path: string, force: boolean | undefined, around: Surroundings): number {
  const file = resolve(path);
  const text = soundText(presets, file, around);
  if (text === undefined) return EXIT.WRONG;
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      around.err(`sluis init: ${printable(path)} is there already: name another with --file, or use --force\n`);
      return EXIT.WRONG;
    }
    around.err(`sluis init: ${printable(path)} cannot be written: ${reasonOf(error)}\n`);
    return EXIT.FAILED;
  }
  around.out(`${nextSteps(printable(path)).join('\n')}\n`);
  return EXIT.OK;
}

/** Checked as it would stand in the file; tells what is wrong, such as an unknown preset. */
function soundText(presets: string[], file: string, around: Surroundings): string | undefined {
  const reading = (text: string): Files => ({ ...disk, read: (path) => (path === file ? text : disk.read(path)) });
  const load = (text: string) => loadSettings(file, {}, reading(text));
  const bare = load(`upstreams: ["192.0.2.53"]\npresets: ${JSON.stringify(presets)}\n`);
  if (!bare.settings) {
    // What stands in a file that nobody has written stands on the command line.
    const given = bare.problems.filter((problem) => problem.file === file);
    for (const { message, fix } of given)
      around.err(`sluis init: --preset: ${printable(message)}: ${printable(fix)}\n`);
    showProblems(
      bare.problems.filter((problem) => problem.file !== file),
      around,
    );
    around.err(`presets are in ${shippedPresets}\n`);
    return undefined;
  }
  // Those by which ways round act are the groups' own, and no group gives them a mode under their id.
  const policies = bare.settings.policies.filter(({ id }) => !bypassKind(id));
  const files = presets.map((preset) => ({ preset, text: disk.read(presetFile(preset)) }));
  const about = { policies, files, language: languageOf(around.env) };
  const texts = [true, false].map((isSystemUsable) => startingText({ ...about, isSystemUsable }));
  // Where the machine's own name servers cannot be used, somebody has to say whom to ask.
  const sound = texts.find((text) => load(text).settings);
  if (sound === undefined) showProblems(load(texts[1]).problems, around);
  return sound;
}

function nextSteps(path: string): string[] {
  const configured = path === DEFAULT_FILE ? '--config sluis.yaml' : `--config ${path}`;
  return [
    `${path} is written. Fill in its groups, then:`,
    '',
    `  sluis check ${configured}`,
    `  sluis policy ${configured}`,
    `  sluis serve ${configured}`,
  ];
}
