// Puts together as the settings say what becomes of policy hits: their log, and what is learnt from them.

import { randomBytes } from 'node:crypto';
import { isatty } from 'node:tty';
import { EVENT, GAUGE } from '../engine/counters.ts';
import { clientKey } from '../observe/client-key.ts';
import { ClientNames } from '../observe/client-names.ts';
import { EcsEncoder } from '../observe/hit-encoder.ts';
import { HitFile } from '../observe/hit-file.ts';
import { ReadableEncoder } from '../observe/hit-line.ts';
import { HitLog, LARGE_PIECE } from '../observe/hit-log.ts';
import { HitReader } from '../observe/hit-reader.ts';
import { HitStdout } from '../observe/hit-stdout.ts';
import { Learning } from '../observe/learning.ts';
import { LearningFile } from '../observe/learning-file.ts';
import { stateFile } from '../observe/state-directory.ts';
import type { HitLogSettings, Settings } from '../settings/settings.ts';
import type { Supervisor } from './supervisor.ts';

const STDOUT = 1;
/** Lines a second: what people can follow, and what a collector of standard output is troubled with. */
const TERMINAL_LINES = 20;
const PIPE_LINES = 1000;
/** What lets more lines through. */
const FOR_STDOUT = 'a file, as log.hits.to, takes more';
const FOR_FILE = 'log.hits.max_rate sets how many are written';

const NO_KEY = { key: new Uint8Array(0), problem: '' };

/** What the log of hits, or learning, tells: a problem, or an empty text when it is over. */
export type OnHitLog = (problem: string) => void;

/** Who reads policy hits, and whom they are read for. */
export interface Hits {
  reader: HitReader;
  /** Undefined where hits are not logged. */
  log: HitLog | undefined;
  /** Undefined where nothing is to be learnt. */
  learning: Learning | undefined;
}

export interface HitHooks {
  onHitLog: OnHitLog;
  onLearning: OnHitLog;
}

/** Never throws: what cannot be written is counted and told, and tried again. */
export function openHits(
  { log: { hits }, learning: learn }: Pick<Settings, 'log' | 'learning'>,
  env: Record<string, string | undefined>,
  { events, workers }: Pick<Supervisor, 'events' | 'workers'>,
  { onHitLog, onLearning }: HitHooks,
): Hits {
  const log = hits.to === 'off' ? undefined : openHitLog(hits, env, onHitLog);
  const learning = learn.names === 0 ? undefined : openLearning(learn, env, onLearning);
  const total = (event: number) => workers.reduce((sum, { counters }) => sum + counters.readEvent(event), 0);
  const reader = new HitReader({
    events,
    workers: workers.length,
    takers: [log, learning].filter((taker) => taker !== undefined),
    now: () => performance.now(),
    unwritten: () => ({ limited: total(EVENT.EVENTS_LIMITED), dropped: total(EVENT.EVENTS_DROPPED) }),
    oldest: () => Math.min(...workers.map(({ counters }) => counters.readGauge(GAUGE.GENERATION))),
  });
  return { reader, log, learning };
}

/** No worker may write any more. */
export async function closeHits({ reader, log, learning }: Hits): Promise<void> {
  reader.close();
  log?.close();
  await learning?.close();
}

function openLearning(
  { names, file }: Settings['learning'],
  env: Record<string, string | undefined>,
  onProblem: OnHitLog,
): Learning {
  const path = stateFile(file, env, 'learning.json');
  return new Learning({
    names,
    file: path === undefined ? undefined : new LearningFile(path),
    key: randomBytes(4).readInt32LE(),
    onProblem,
  });
}

function openHitLog(settings: HitLogSettings, env: Record<string, string | undefined>, onProblem: OnHitLog): HitLog {
  const { key, problem } = settings.clients === 'pseudonym' ? clientKey(settings.keyFile, env) : NO_KEY;
  const clients = new ClientNames(settings.clients, key);
  const shared = { lasting: problem, onProblem };
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
