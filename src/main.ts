// Process entry: picks the command, runs it, sets the exit code.

import process from 'node:process';
import { type Command, EXIT, type Surroundings, UsageError } from './commands/command.ts';
import { version } from './commands/version.ts';

/** Each is loaded when it is called: a resolver that runs for months keeps nothing of the others. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  init: async () => (await import('./commands/init.ts')).init,
  import: async () => (await import('./commands/import.ts')).importing,
  serve: async () => (await import('./commands/serve.ts')).serve,
  demo: async () => (await import('./commands/demo.ts')).demo,
  check: async () => (await import('./commands/check.ts')).check,
  explain: async () => (await import('./commands/explain.ts')).explain,
  policy: async () => (await import('./commands/policy.ts')).policy,
  lists: async () => (await import('./commands/lists.ts')).lists,
  learning: async () => (await import('./commands/learning.ts')).learning,
  audit: async () => (await import('./commands/audit.ts')).audit,
  exceptions: async () => (await import('./commands/exceptions.ts')).exceptions,
  query: async () => (await import('./commands/query.ts')).query,
  schema: async () => (await import('./commands/schema.ts')).schema,
};

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: sluis COMMAND [OPTIONS]\n\n${lines.join('\n')}\n\n"sluis COMMAND --help" says more of each; "sluis --version" which one this is.\n`;
}

async function run(args: string[], around: Surroundings): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    (name === undefined ? around.err : around.out)(await overview());
    return name === undefined ? EXIT.WRONG : EXIT.OK;
  }
  if (name === '--version' || name === '-V') {
    around.out(`sluis ${version()}\n`);
    return EXIT.OK;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    around.err(`sluis: there is no command "${name}".\n\n${await overview()}`);
    return EXIT.WRONG;
  }
  const command = await COMMANDS[name]();
  if (rest.includes('--help') || rest.includes('-h')) {
    around.out(command.usage);
    return EXIT.OK;
  }
  try {
    return await command.run(rest, around);
  } catch (error) {
    // parseArgs throws TypeErrors with a code of its own for what it does not know.
    const code = (error as { code?: string }).code ?? '';
    if (!(error instanceof UsageError) && !code.startsWith('ERR_PARSE_ARGS')) throw error;
    around.err(`sluis ${name}: ${(error as Error).message}\n\n${command.usage}`);
    return EXIT.WRONG;
  }
}

const args = process.argv.slice(2);
// Else "ps", and whoever finds the port taken, see a Node that runs some main.ts.
process.title = ['sluis', ...args].join(' ');
// Under an older Node, bin/sluis waits for this process and passes signals on; when it was killed, nobody else would end
// this one.
process.channel?.unref();
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// A reader that went away or a disk that is full ends no resolver; a command whose output was lost has failed.
process.stderr.on('error', () => {});
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') process.exitCode = EXIT.FAILED;
});
const code = await run(args, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  env: process.env,
});
process.exitCode = code || process.exitCode || EXIT.OK;
