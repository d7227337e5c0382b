// `bin/sluis serve` as a process of its own, as an admin starts it: its log, its banner, its signals, its end.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Arrivals } from './until.ts';

const HOME = join(import.meta.dirname, '..', '..');
const PROGRAM = join(HOME, 'bin', 'sluis');

/** What a configuration needs to run anywhere: ports that the kernel chose, no upstream of this machine's. */
export const ANYWHERE =
  'listen: { dns: ["127.0.0.1:0"] }\nadmin: { listen: "127.0.0.1:0" }\nupstreams: ["127.0.0.1:9"]\n';

export class Serving {
  readonly child: ChildProcess;
  /** Log lines so far. */
  readonly log: Record<string, unknown>[] = [];
  banner = '';
  readonly #arrivals = new Arrivals();
  readonly #exit: Promise<unknown[]>;

  /** `stderr`: a descriptor in place of a pipe that is read. `npm`: by way of `npm start`. */
  constructor(file: string, { stderr = 'pipe', npm = false }: { stderr?: number | 'pipe'; npm?: boolean } = {}) {
    const command = npm ? ['npm', '--silent', 'start'] : [process.execPath, PROGRAM, 'serve', '--config', file];
    this.child = spawn(command[0], command.slice(1), {
      cwd: HOME,
      env: { ...process.env, ...(npm && { SLUIS_CONFIG: file }) },
      stdio: ['ignore', 'pipe', stderr],
      // A group of its own, so that nothing of it is left.
      detached: true,
    });
    this.#exit = once(this.child, 'exit');
    let rest = '';
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.log.push(...lines.map((line) => JSON.parse(line)));
      this.#arrivals.announce();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.banner += text;
      this.#arrivals.announce();
    });
  }

  /** False where the log says nothing of the kind within half a minute. */
  logged(kind: (line: Record<string, unknown>) => boolean): Promise<boolean> {
    return this.#arrivals.until(() => this.log.some(kind), 30_000);
  }

  /** The URL of the admin server, from the banner. */
  async admin(): Promise<string> {
    await this.#arrivals.until(() => this.banner.includes('  try '), 30_000);
    return /http:\/\/[0-9.]+:\d+/.exec(this.banner)?.[0] ?? '';
  }

  /** Exit code, or the signal that ended it. */
  async end(): Promise<unknown> {
    const [code, signal] = await this.#exit;
    return code ?? signal;
  }

  /** Ends whatever is left of it. */
  kill(): void {
    try {
      process.kill(-this.child.pid!, 'SIGKILL');
    } catch {
      // It has gone.
    }
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<unknown> {
    this.child.kill(signal);
    return this.end();
  }
}
