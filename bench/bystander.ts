/** Starts a server beside the bench without an upstream or a sense check of its own, and says when it was ready. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './port.ts';
import { type Running, startPinned, stop } from './processes.ts';
import { ask } from './wire/ask.ts';
import type { Peer, Place, Program } from './wire/place.ts';

const READY_MILLISECONDS = 60_000;
/** Between two questions whether it is ready: what a start can be told apart by. */
const LOOK_MILLISECONDS = 5;
const LIFETIME_SECONDS = 600;

export interface Started {
  readonly running: Running;
  readonly place: Place;
  /** From before its process was made until it was ready, in seconds. */
  readonly readySeconds: number;
}

/** Where a server goes that loads `rulesFile` and asks `stubPort`: a directory of its own below `parent`. */
export async function placeIn(parent: string, rulesFile: string, stubPort: number): Promise<Place> {
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'server-'));
  const [port, adminPort] = [await freePort(), await freePort()];
  return { directory, port, adminPort, stubPort, rulesFile, freshNames: 0, lifetimeSeconds: LIFETIME_SECONDS };
}

export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Whether the name is blocked over UDP now. */
export async function isBlocked(port: number, name: string): Promise<boolean> {
  const asking = { port, transport: 'udp', from: '127.0.0.1', patienceMilliseconds: 300 } as const;
  return (await ask(name, asking).catch(() => '')) === 'NXDOMAIN';
}

/**
 * Starts `peer` on `cores` and waits until `blocked` is blocked.
 * @throws Error (rejects) where it ends, or does not block within a minute; then it is stopped.
 */
export async function startReady(
  peer: Pick<Peer, 'name' | 'prepare'>,
  program: Program,
  cores: readonly number[],
  place: Place,
  blocked: string,
): Promise<Started> {
  const command = peer.prepare(program, place);
  // Not by its first line, which would take whatever Node the machine has.
  const isSluis = peer.name === 'sluis';
  const began = performance.now();
  const running = startPinned(peer.name, cores, isSluis ? [process.execPath, ...command] : command, place.directory);
  while (!(await isBlocked(place.port, blocked))) {
    const late = performance.now() - began > READY_MILLISECONDS;
    if (late || !running.isAlive()) {
      await stop(running);
      const why = late ? 'is not ready after a minute' : 'ended before it was ready';
      throw new Error(`${peer.name} ${why}: ${running.output().slice(-400).trim()}`);
    }
    await pause(LOOK_MILLISECONDS);
  }
  return { running, place, readySeconds: (performance.now() - began) / 1000 };
}

/** Ends it and removes what it wrote. */
export async function end({ running, place }: Started): Promise<void> {
  await stop(running);
  rmSync(place.directory, { recursive: true, force: true });
}
