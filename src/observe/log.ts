// The operational log on pino: what the program itself did, never what clients asked.

import { closeSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import type { Settings } from '../settings/settings.ts';
import { withoutWaiting } from './descriptor.ts';
import { LineWriter } from './line-writer.ts';
import { readableLine } from './log-line.ts';

export type { Logger } from 'pino';

type Level = Settings['log']['level'];

const STDOUT = 1;
/** Rotation tools send this once they have moved the file away. */
export const REOPEN_SIGNAL = 'SIGUSR2';
/** Keys whose values never stand in a log, at the top of a line and one or two levels down. */
const SECRETS = ['password', 'secret', 'token', 'apiKey', 'privateKey', 'authorization', 'cookie'];
const REDACTED = ['', '*.', '*.*.'].flatMap((depth) => SECRETS.map((key) => `${depth}${key}`));

export interface LogOptions {
  level: Level;
  /** A path to append to, or an open descriptor; the standard output where missing. */
  target?: string | number;
  /** One readable line instead of JSON; where missing: when the target is a terminal. */
  readable?: boolean;
}

export interface Log {
  /** Lines of no area. */
  readonly root: Logger;
  /** A logger whose lines carry the area: the folder or subject that speaks. */
  child(area: string): Logger;
  setLevel(level: Level): void;
  /** Opens the file anew; false, and a line that says why, where that failed. SIGUSR2 does the same. */
  reopen(): boolean;
  /** Lines lost to a full disk or a stuck reader, not yet mentioned in the log. */
  readonly lost: number;
  close(): void;
}

function buildLogger(level: Level, writer: LineWriter, isReadable: boolean): Logger {
  const colour = process.env.NO_COLOR === undefined;
  const formatted = {
    write: (line: string) => writer.write(readableLine(line, colour)),
    flushSync: () => writer.flushSync(),
  };
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[redacted]' },
    },
    isReadable ? formatted : writer,
  );
}

/**
 * Opens the log and takes SIGUSR2 until it is closed: without a listener that signal ends the process, and a rotation
 * tool must not end DNS. Throws what opening the target throws. Call it once, in main: signals come to no worker.
 */
export function openLog({ level, target = STDOUT, readable }: LogOptions): Log {
  const opened = typeof target === 'number' ? withoutWaiting(target) : target;
  const writer = new LineWriter(opened);
  const root = buildLogger(level, writer, readable ?? (typeof target === 'number' && isatty(target)));
  const children = new Map<string, Logger>();
  const reopen = (): boolean => {
    try {
      writer.reopen();
      return true;
    } catch (error) {
      root.error({ area: 'log', err: error }, 'the log file cannot be opened anew; writing on to the one before');
      return false;
    }
  };
  process.on(REOPEN_SIGNAL, reopen);
  return {
    root,
    child: (area) => {
      const child = children.get(area) ?? root.child({ area });
      children.set(area, child);
      return child;
    },
    setLevel: (next) => {
      for (const logger of [root, ...children.values()]) logger.level = next;
    },
    reopen,
    get lost() {
      return writer.lost;
    },
    close: () => {
      process.off(REOPEN_SIGNAL, reopen);
      writer.close();
      if (typeof opened === 'number' && opened !== target) closeSync(opened);
    },
  };
}
