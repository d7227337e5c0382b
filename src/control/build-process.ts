// Has the configuration read and its policy compiled in a process of its own: what answers queries shares no lock, no
// collector and no memory with it, and all that this takes goes back to the system, libraries included.

import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Problem } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { settle } from '../workers/reclaim.ts';
import type { BuildDone, BuildOrder, BuildSaid, ConfigurationRead, GoOn } from './build-messages.ts';
import { IMAGE_FD } from './build-messages.ts';
import type { BuildReport } from './build-report.ts';
import { startBuilder } from './builder.ts';
import type { Evidence } from './evidence.ts';

/** What comes of it. */
export interface BuiltAside {
  /** There when the configuration holds no error. */
  settings?: Settings;
  /** There when nothing at all does. */
  image?: SharedArrayBuffer;
  /** There when the settings are. */
  report?: BuildReport;
  /** Of the configuration, then of its lists and apps. */
  problems: Problem[];
  /** There where there is an audit log. */
  evidence?: Evidence;
}

/** How long a build may live on what answering leaves it; a machine that leaves nothing gets its policy all the same. */
const GENTLE_MS = 20_000;

/** When main gives back what a reload took, and the process that built has to be gone. */
const SETTLE_MS = 1500;

/**
 * Reads the configuration and builds its image aside; rejects when the process itself fails, or with what `onRead`
 * rejects with, which says after the configuration was read how to go on with its lists and apps. The first policy is
 * waited for and compiled as fast as can be; while one is in force, answering goes first. `builder` is a process that was
 * started for this before, gently where a policy is in force.
 */
export async function buildAside(
  order: BuildOrder,
  onRead: (read: ConfigurationRead) => Promise<GoOn>,
  builder?: ChildProcess,
  patience = GENTLE_MS,
): Promise<BuiltAside> {
  if (order.generation > 1) {
    const built = await buildBy(builder ?? startBuilder(true), order, onRead, patience);
    // What runs when idle cannot be told to hurry: another does it anew.
    return built ?? (await buildBy(startBuilder(), order, onRead))!;
  }
  return (await buildBy(builder ?? startBuilder(), order, onRead))!;
}

/** Resolves with nothing where it took longer than `patience` milliseconds, and has been ended. */
async function buildBy(
  builder: ChildProcess,
  order: BuildOrder,
  onRead: (read: ConfigurationRead) => Promise<GoOn>,
  patience?: number,
): Promise<BuiltAside | undefined> {
  const stop = () => builder.kill('SIGKILL');
  let isOver = false;
  const end = () => {
    isOver = true;
    stop();
  };
  let left = patience;
  let since = performance.now();
  const wait = () => {
    since = performance.now();
    return left === undefined ? undefined : setTimeout(end, left);
  };
  let timer = wait();
  const isRead = async (read: ConfigurationRead) => {
    // What main does meanwhile is not the build's time.
    clearTimeout(timer);
    if (left !== undefined) left = Math.max(0, left - (performance.now() - since));
    const go = await onRead(read);
    timer = wait();
    return go;
  };
  // The image in force until now goes with it, when every worker has let go of it; and not while they do, where threads
  // that collect at once take each other's core.
  const tidyUp = () => {
    stop();
    settle();
  };
  try {
    return await talk(builder, order, isRead);
  } catch (error) {
    stop();
    if (isOver) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
    setTimeout(tidyUp, SETTLE_MS).unref();
  }
}

async function talk(
  builder: ChildProcess,
  order: BuildOrder,
  onRead: (read: ConfigurationRead) => Promise<GoOn>,
): Promise<BuiltAside> {
  const ended = new Promise<never>((_, reject) => {
    builder.once('error', reject);
    builder.once('close', () => reject(new Error('the policy build ended without a result')));
  });
  ended.catch(() => {});
  const hear = () => Promise.race([ended, said(builder)]);
  builder.send(order);
  const read = (await hear()) as ConfigurationRead;
  const go = await Promise.race([ended, onRead(read)]);
  builder.send(go);
  const { octets, ...built } = (await hear()) as BuildDone;
  const { settings } = read;
  const image = octets === undefined ? undefined : await Promise.race([ended, receive(builder, octets)]);
  return { ...built, ...(settings && { settings }), ...(image && { image }) };
}

/** The next thing that it says; rejects when that is a failure. */
async function said(child: ChildProcess): Promise<BuildSaid> {
  const message = await new Promise<BuildSaid>((resolve) =>
    child.once('message', (told) => resolve(told as BuildSaid)),
  );
  if ('failed' in message) throw new Error(message.failed);
  return message;
}

/** Reads so many octets as they come, in pieces that keep main awake. */
async function receive(child: ChildProcess, octets: number): Promise<SharedArrayBuffer> {
  const image = new SharedArrayBuffer(octets);
  const bytes = new Uint8Array(image);
  let at = 0;
  for await (const piece of child.stdio[IMAGE_FD] as Readable) {
    bytes.set(piece as Buffer, at);
    at += (piece as Buffer).length;
    if (at === octets) return image;
  }
  throw new Error(`the policy build sent ${at} octets of an image of ${octets}`);
}
