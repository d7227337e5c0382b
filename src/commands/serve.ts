// sluis serve: runs the resolver and its admin server until it is told to stop.

import { parseArgs } from 'node:util';
import { startBuilder } from '../control/builder.ts';
import type { Command } from './command.ts';
import { configurationFile } from './configuration.ts';
import { hearSignals } from './signals.ts';

const USAGE = `Usage: sluis serve [--config FILE]

Serves DNS as the configuration says, until SIGTERM or SIGINT. SIGHUP, or a change of any of its files, reads the
configuration anew; where it is not sound, the one in force serves on. Without --config: the file that SLUIS_CONFIG
names, or the default configuration that comes with Sluis.

Log lines go to standard output: JSON, or readable text on a terminal.

Exit code: 0 told to stop, 1 it could not start or go on, 2 the configuration has errors.
`;

export const serve: Command = {
  name: 'serve',
  summary: 'Serve DNS as the configuration says.',
  usage: USAGE,
  run: async (args, around) => {
    const { values } = parseArgs({ args, options: { config: { type: 'string' } } });
    const file = configurationFile(values.config, around);
    const signals = hearSignals();
    // First: the policy is what a start waits for, and the process that compiles it loads its code beside this one.
    const builder = startBuilder();
    const { serveUntilStopped } = await import('./serving.ts');
    return serveUntilStopped(file, { signals, builder }, around);
  },
};
