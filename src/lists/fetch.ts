// Fetches a list from its server into the folder of copies: nothing is said to be there that is not whole and as it must be.

import type { ListSettings } from '../settings/settings.ts';
import { isRefused, SIGNATURE_OCTETS, vouched } from './choice.ts';
import type { Copies, FetchedCopy, KeptCopy } from './copies.ts';
import { type Asking, type Got, get, type Reach } from './http.ts';
import { refuseStrangerAt } from './library.ts';
import { ListError } from './list-error.ts';

export interface Fetching extends Reach {
  copies: Copies;
  /** How to say who asks. */
  userAgent: string;
  /** Unix milliseconds. */
  clock: () => number;
  signal: AbortSignal;
}

export type Fetched = 'changed' | 'unchanged';

/** Whether the server has another content than when it was last asked. Rejects with ListError, or what the disk does. */
export async function fetchList(list: ListSettings, fetching: Fetching): Promise<Fetched> {
  const { copies, clock } = fetching;
  const before = await copies.fetched(list.id, list.file);
  const known = before && (await isFit(list, before, copies)) ? before : undefined;
  const got = await get(asking(list.file, list.maxSize, fetching, known), fetching);
  const checked = clock();
  if (got.status === 304) {
    if (!known || (known.etag === null && known.lastModified === null)) {
      throw new ListError(
        'the server says that nothing changed, and was not asked whether it did',
        'look at the server',
      );
    }
    await copies.sayFetched(list.id, { ...known, checked });
    return 'unchanged';
  }
  const kept = await keptOf(list, got, fetching);
  const isSame = before?.sha256 === kept.sha256 && before.signature === kept.signature;
  await copies.sayFetched(list.id, { ...kept, at: isSame ? before.at : checked, checked, ...validators(got) });
  return isSame ? 'unchanged' : 'changed';
}

/** Whether what was fetched is what the list should be now: who vouches for it may have changed since. */
async function isFit(list: ListSettings, copy: FetchedCopy, copies: Copies): Promise<boolean> {
  return !isRefused(await vouched(list, { ...copy, path: copies.path(list.id, copy.sha256) }));
}

/** What is refused does not stay: a server may send another page each time. */
async function keptOf(list: ListSettings, { body }: Got, fetching: Fetching): Promise<KeptCopy> {
  const { copies } = fetching;
  const content = await copies.keep(list.id, body);
  try {
    const kept = { ...content, from: list.file, signature: await signatureOf(list, fetching) };
    await refuseUnfit(list, kept, fetching);
    return kept;
  } catch (error) {
    await copies.drop(list.id, content.sha256);
    throw error;
  }
}

/** A server is asked for what changed only where what it had is still there, and as it must be. */
function asking(url: string, most: number, { userAgent, signal }: Fetching, before?: FetchedCopy): Asking {
  const { etag = null, lastModified = null } = before ?? {};
  const headers = {
    'user-agent': userAgent,
    ...(etag !== null && { 'if-none-match': etag }),
    ...(lastModified !== null && { 'if-modified-since': lastModified }),
  };
  return { url, headers, most, signal };
}

function validators({ headers }: Got): Pick<FetchedCopy, 'etag' | 'lastModified'> {
  return { etag: headers.etag ?? null, lastModified: headers['last-modified'] ?? null };
}

/** As that of a file: one that is too long is cut off, and so is none. */
async function signatureOf({ signed, maxSize }: ListSettings, fetching: Fetching): Promise<string | null> {
  if (!signed) return null;
  const { body } = await get(asking(signed.at, Math.max(maxSize, SIGNATURE_OCTETS), fetching), fetching);
  let text = '';
  for await (const piece of body) {
    text += piece.toString('latin1');
    if (text.length > SIGNATURE_OCTETS) break;
  }
  return text.slice(0, SIGNATURE_OCTETS);
}

/** What a server sends in place of a list, a page or a message, is told at once; all else is told when it is read. */
async function refuseUnfit(list: ListSettings, kept: KeptCopy, { copies }: Fetching): Promise<void> {
  const path = copies.path(list.id, kept.sha256);
  await refuseStrangerAt(path, list.maxSize);
  const found = await vouched(list, { ...kept, path });
  if (isRefused(found)) throw new ListError(found.trouble, found.fix);
}
