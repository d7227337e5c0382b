// sluis serve: runs the resolver until it is told to stop.

import { parseArgs } from 'node:util';
import { ConfigurationError, Resolver } from '../control/resolver.ts';
import { loadSettings } from '../settings/load.ts';
import { banner } from './banner.ts';
import { type Command, EXIT } from './command.ts';
import { configurationFile, showProblems } from './configuration.ts';

const USAGE = `Usage: sluis serve [--config FILE]
`;

export const serve: Command = {
  name: 'serve',
  summary: 'Serve DNS as the configuration says.',
  usage: USAGE,
  run: async (args, around) => {
    const { values } = parseArgs({ args, options: { config: { type: 'string' } } });
    const file = configurationFile(values.config, around);
    const { settings, problems } = loadSettings(file, around.env);
    showProblems(problems, around);
    if (!settings) return EXIT.WRONG;
    const t = performance.now();
    const resolver = await Resolver.start(
      { file, env: around.env, onReload: (r) => console.log(r.result, r.reason, r.ms), onWorker: console.log },
      settings,
    );
    around.err(banner(resolver, '0.1.0', { address: '127.0.0.1', port: 0 }).join('\n') + '\n');
    console.log(performance.now() - t, performance.now());
    await new Promise((resolve) => process.on('SIGTERM', resolve));
    await resolver.close();
    return EXIT.OK;
  },
};
