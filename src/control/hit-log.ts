// Puts the log of policy hits together as the settings say: its place, its form, how clients are named.

import { isatty } from 'node:tty';
import { EVENT, GAUGE } from '../engine/counters.ts';
import { clientKey } from '../observe/client-key.ts';
import { ClientNames } from '../observe/client-names.ts';
import { EcsEncoder } from '../observe/hit-encoder.ts';
import { HitFile } from '../observe/hit-file.ts';
import { ReadableEncoder } from '../observe/hit-line.ts';
import { HitLog, LARGE_PIECE } from '../observe/hit-log.ts';
import { HitStdout } from '../observe/hit-stdout.ts';
import type { HitLogSettings } from '../settings/settings.ts';
import type { Supervisor } from './supervisor.ts';

const STDOUT = 1;
/** Lines a second: what people can follow, and what a collector of standard output is troubled with. */
const TERMINAL_LINES = 20;
const PIPE_LINES = 1000;
/** What lets more lines through. */
const FOR_STDOUT = 'a file, as log.hits.to, takes more';
const FOR_FILE = 'log.hits.max_rate sets how many are written';

const NO_KEY = { key: new Uint8Array(0), problem: '' };

/** What the log of hits tells: a problem, or an empty text when it is over. */
export type OnHitLog = (problem: string) => void;

/** Undefined where hits are not logged. Never throws: what cannot be written is counted and told, and tried again. */
export function openHitLog(
  settings: HitLogSettings,
  env: Record<string, string | undefined>,
  supervisor: Supervisor,
  onProblem: OnHitLog,
): HitLog | undefined {
  const { events, workers } = supervisor;
  if (!events) return undefined;
  const { key, problem } = settings.clients === 'pseudonym' ? clientKey(settings.keyFile, env) : NO_KEY;
  const clients = new ClientNames(settings.clients, key);
  const oldest = () => Math.min(...workers.map(({ counters }) => counters.readGauge(GAUGE.GENERATION)));
  const now = () => performance.now();
  const turnedAway = () => workers.reduce((sum, { counters }) => sum + counters.readEvent(EVENT.EVENTS_LIMITED), 0);
  const shared = { events, workers: workers.length, now, turnedAway, oldest, lasting: problem, onProblem };
  if (settings.to !== 'stdout') {
    const sink = new HitFile(settings.to, settings.maxSize, settings.keep);
    const perSecond = settings.maxRate === 0 ? Infinity : settings.maxRate;
    const encoder = new EcsEncoder(clients);
    return new HitLog({ ...shared, sink, encoder, piece: LARGE_PIECE, perSecond, remedy: FOR_FILE });
  }
  const isTerminal = isatty(STDOUT);
  const encoder = isTerminal ? new ReadableEncoder(clients) : new EcsEncoder(clients);
  const perSecond = isTerminal ? TERMINAL_LINES : PIPE_LINES;
  return new HitLog({ ...shared, sink: new HitStdout(STDOUT), encoder, piece: 1, perSecond, remedy: FOR_STDOUT });
}
