/** Starts and stops the processes of one run; whatever happens, none outlives the runner. */
import { type ChildProcess, spawn } from 'node:child_process';
import { allProcesses, familyOf, type ProcessStat } from './cpu.ts';

/** A server under test, or the stub. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** The end of what it printed. */
  output(): string;
  isAlive(): boolean;
}

const OUTPUT_KEPT = 4000;
const PATIENCE_MILLISECONDS = 3000;
const children = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of children) if (child.pid !== undefined) endFamily(familyOf(child.pid, allProcesses()));
});

/** Ends those of the processes that are still the same ones: a pid given to another meanwhile is left alone. */
function endFamily(family: readonly ProcessStat[]): void {
  const alive = allProcesses();
  for (const { pid, startTicks } of family) {
    if (!alive.some((stat) => stat.pid === pid && stat.startTicks === startTicks)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}

/**
 * Starts a command on one core or several, in `directory`. The kernel ends it should the runner die without a word.
 * @throws Error where it cannot be started at all; a server that ends soon after is seen by `isAlive`.
 */
export function startPinned(
  name: string,
  cores: number | readonly number[],
  command: readonly string[],
  directory: string,
): Running {
  const pinned = ['--pdeathsig', 'TERM', 'taskset', '-c', String(cores), ...command];
  const child = spawn('setpriv', pinned, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let kept = '';
  const keep = (text: string) => {
    kept = (kept + text).slice(-OUTPUT_KEPT);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  child.once('error', (error) => keep(error.message));
  if (child.pid === undefined) throw new Error(`${name}: setpriv and taskset (Debian package util-linux) do not start`);
  children.add(child);
  child.once('exit', () => children.delete(child));
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  return { name, pid: child.pid, child, output: () => kept, isAlive };
}

/** Asks a process to end, waits three seconds, then ends it and all it started. */
export async function stop(running: Running): Promise<void> {
  const family = familyOf(running.pid, allProcesses());
  if (running.isAlive()) {
    const ended = new Promise<void>((resolve) => running.child.once('exit', () => resolve()));
    running.child.kill('SIGTERM');
    const patience = setTimeout(() => endFamily(family), PATIENCE_MILLISECONDS);
    await ended;
    clearTimeout(patience);
  }
  endFamily(family);
}

/**
 * Runs a command to its end and returns what it printed, both streams.
 * @throws Error (rejects) where it cannot be started, ends with another status than 0 or takes too long.
 */
export function run(command: readonly string[], timeoutMilliseconds: number): Promise<string> {
  const [program, ...rest] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMilliseconds });
    let text = '';
    const keep = (part: string) => {
      text += part;
    };
    children.add(child);
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => {
      children.delete(child);
      reject(error);
    });
    child.once('close', (status, signal) => {
      children.delete(child);
      if (status === 0) resolve(text);
      else reject(new Error(`${command.join(' ')} ended with ${signal ?? status}: ${text.slice(-800).trim()}`));
    });
  });
}
