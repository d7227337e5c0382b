/** Finds the programs a run needs, builds the C ones, and says which package brings what is missing. */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './processes.ts';

/** Debian keeps servers in sbin, which is not on an ordinary user's PATH. */
const EXTRA_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const here = import.meta.dirname;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The absolute path of an installed program, or null. */
export function findProgram(name: string): string | null {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory.startsWith('/'));
  for (const directory of [...directories, ...EXTRA_DIRECTORIES]) {
    const path = join(directory, name);
    if (isExecutable(path)) return path;
  }
  return null;
}

/** What the runner cannot do without: the names of missing programs with the Debian packages that bring them. */
export function missingTools(needsDnsperf: boolean): string[] {
  const tools = { dnsperf: 'dnsperf', taskset: 'util-linux', setpriv: 'util-linux' };
  return Object.entries(tools)
    .filter(([name]) => findProgram(name) === null && (name !== 'dnsperf' || needsDnsperf))
    .map(([name, debianPackage]) => `${name} is missing: apt install ${debianPackage}`);
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** bench/NAME.c, or all that is in bench/NAME/ where a program has a folder. */
function sourcesOf(name: string): string[] {
  const folder = join(here, name);
  if (!existsSync(folder)) return [`${folder}.c`];
  return readdirSync(folder)
    .filter((file) => /\.[ch]$/.test(file))
    .map((file) => join(folder, file));
}

/**
 * Builds bench/NAME.c, or bench/NAME/*.c, into bench/build/NAME where that is missing or older than its sources, and
 * returns its path.
 * @throws Error (rejects) without a C compiler, or with what the compiler said.
 */
export async function buildProgram(name: string): Promise<string> {
  const sources = sourcesOf(name);
  const program = join(here, 'build', name);
  if (changedAt(program) > Math.max(...sources.map(changedAt))) return program;
  const compiler = findProgram('cc');
  if (compiler === null) throw new Error('cc is missing: apt install gcc libc6-dev');
  mkdirSync(join(here, 'build'), { recursive: true });
  // Aside and renamed: another process may build the same one, or run it.
  const aside = `${program}.${process.pid}`;
  const code = sources.filter((source) => source.endsWith('.c'));
  await run([compiler, '-O2', '-Wall', '-Wextra', '-pthread', '-o', aside, ...code], 60_000);
  renameSync(aside, program);
  return program;
}

/** The first thing a program prints that looks like a version, `unknown` where nothing does. */
export async function versionOf(program: string, flag: string): Promise<string> {
  const text = await run([program, flag], 10_000).catch((error: Error) => error.message);
  return /\d+\.\d+[^\s,()]*/.exec(text)?.[0] ?? 'unknown';
}
