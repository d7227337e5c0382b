// Entry of the process that fetches lists and ends: a server's answer never meets a thread that answers queries.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { Copies } from '../lists/copies.ts';
import { type Fetching, fetchList } from '../lists/fetch.ts';
import { ListError } from '../lists/list-error.ts';
import { lookupBy } from '../lists/resolve-host.ts';
import { reasonOf } from '../settings/files.ts';
import type { ListSettings } from '../settings/settings.ts';
import { AT_ONCE, type FetchOrder, type FetchOutcome } from './fetch-messages.ts';

/** Before a server is asked once more: about so long, then twice, then four times. */
const PAUSE_MS = 1000;

const say = (outcome: FetchOutcome) => new Promise<void>((resolve) => process.send!(outcome, () => resolve()));
const hear = () => new Promise<unknown>((resolve) => process.once('message', resolve));
const pause = (ms: number, signal: AbortSignal) => setTimeout(ms, undefined, { signal }).catch(() => {});

type Shared = Omit<Fetching, 'signal'>;

async function outcomeOf(list: ListSettings, shared: Shared, { updates, tries }: FetchOrder): Promise<FetchOutcome> {
  const { id } = list;
  const until = AbortSignal.timeout(updates.timeout * 1000);
  let error: unknown;
  for (let tried = 1; ; tried++) {
    try {
      return { id, result: await fetchList(list, { ...shared, signal: until }), reason: '', fix: '' };
    } catch (thrown) {
      // What went wrong before says more than that time is over.
      if (error === undefined || !until.aborted) error = thrown;
      if (tried < tries) {
        await pause(PAUSE_MS * 2 ** (tried - 1) * (0.5 + Math.random()), until);
        if (!until.aborted) continue;
      }
      if (error instanceof ListError) return { id, result: 'failed', reason: error.message, fix: error.fix };
      const reason = `it cannot be kept in ${shared.copies.folder}: ${reasonOf(error)}`;
      return { id, result: 'failed', reason, fix: 'make room there, or let this user write there' };
    }
  }
}

/** What is no certificate would be passed over in silence. */
function authoritiesIn(path: string): string {
  const pem = readFileSync(path, 'utf8');
  try {
    new X509Certificate(pem);
  } catch {
    throw new Error('it holds no certificate in PEM');
  }
  return pem;
}

async function fetchAll(order: FetchOrder): Promise<void> {
  const { folder, updates, env } = order;
  let ca: string | undefined;
  try {
    if (updates.ca !== null) ca = authoritiesIn(updates.ca);
  } catch (error) {
    const reason = `updates.ca cannot be read: ${reasonOf(error)}`;
    for (const { id } of order.lists) await say({ id, result: 'failed', reason, fix: 'mend the file, or its path' });
    return;
  }
  const lookup = lookupBy(updates.resolvers);
  const shared = { copies: new Copies(folder), userAgent: 'Sluis', clock: Date.now, ca, lookup, env };
  const waiting = [...order.lists];
  const take = async () => {
    for (let list = waiting.shift(); list; list = waiting.shift()) await say(await outcomeOf(list, shared, order));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));
}

process.title = 'sluis list fetch';
// What a terminal or a service manager tells every process at once is for main, which ends this one.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
// Nobody waits for it any more.
process.once('disconnect', () => process.exit());
const order = hear();
// Answering goes first.
setPriority(constants.priority.PRIORITY_LOW);
await fetchAll((await order) as FetchOrder);
process.disconnect();
