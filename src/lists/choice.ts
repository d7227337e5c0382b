// Which octets a list is read from: those that its source has now, or those of its last good copy.

import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { reasonOf } from '../settings/files.ts';
import type { ListSettings } from '../settings/settings.ts';
import { type Content, type Copies, contentOf, type GoodCopy } from './copies.ts';
import { octetsOf, stateOf } from './folder.ts';
import { ListError } from './list-error.ts';

/** Octets that a list can be read from. */
export interface Readable extends Content {
  path: string;
  signature: string | null;
}

/** Why a source cannot be taken, in words. */
export interface Refused {
  trouble: string;
  fix: string;
}

export function isRefused(found: Readable | Refused): found is Refused {
  return 'trouble' in found;
}

export interface ChoiceOptions {
  /** Undefined where none are kept. */
  copies: Copies | undefined;
  /** Whether nothing may be written. */
  isLooking: boolean;
  /** Why lists are not there, by their ids. */
  unfetched: Readonly<Record<string, Refused>>;
  /** Told why a copy could not be kept. */
  onUnkept: (list: ListSettings, reason: string) => void;
}

/** Of a signature, at most. */
export const SIGNATURE_OCTETS = 1 << 16;

const RESTORE = 'restore the file, or take the list out of the configuration';

/** What the source of the list has now, if that is what it should be. */
export async function sourceOf(list: ListSettings, options: ChoiceOptions): Promise<Readable | Refused> {
  const found = list.fetched ? await fetchedOf(list, options) : await fileOf(list, options);
  return isRefused(found) ? found : vouched(list, found);
}

/** The last good copy of the list, if it is still what the list should be; undefined where there is none. */
export async function goodOf(list: ListSettings, copies: Copies): Promise<(GoodCopy & Readable) | undefined> {
  const good = await copies.good(list.id, list.file);
  if (!good) return undefined;
  const found = { ...good, path: copies.path(list.id, good.sha256) };
  return isRefused(await vouched(list, found)) ? undefined : found;
}

async function fetchedOf(list: ListSettings, { copies, unfetched }: ChoiceOptions): Promise<Readable | Refused> {
  if (!copies) {
    const fix = 'name one with updates.folder, or give the service a state directory (STATE_DIRECTORY)';
    return { trouble: 'there is no folder to keep what is fetched', fix };
  }
  const fetched = await copies.fetched(list.id, list.file);
  if (fetched) return { ...fetched, path: copies.path(list.id, fetched.sha256) };
  return (
    unfetched[list.id] ?? {
      trouble: 'it has not been fetched yet',
      fix: '"sluis serve" fetches it, and says in its log why it cannot',
    }
  );
}

async function fileOf(list: ListSettings, options: ChoiceOptions): Promise<Readable | Refused> {
  try {
    if ((list.sha256 !== null || list.signed) && statSync(list.file).isDirectory()) {
      return {
        trouble: 'it is a folder, which sha256 and signed_by say nothing of',
        fix: 'name a file, or remove them',
      };
    }
    const content = await contentOf(list.file);
    const signature = list.signed ? await signatureAt(list.signed.at) : null;
    return { ...(await kept(list, content, options)), signature };
  } catch (error) {
    if (error instanceof ListError) return { trouble: error.message, fix: error.fix };
    const { path } = error as NodeJS.ErrnoException;
    const of =
      path === undefined || path === list.file ? '' : `${path === list.signed?.at ? 'its signature ' : ''}${path}: `;
    return { trouble: `${of}${reasonOf(error)}`, fix: RESTORE };
  }
}

/** The text of a signature, an octet a character; one that is longer is cut off, and so is none. */
async function signatureAt(path: string): Promise<string> {
  stateOf(path);
  const handle = await open(path);
  try {
    const octets = Buffer.alloc(SIGNATURE_OCTETS);
    const { bytesRead } = await handle.read(octets, 0, SIGNATURE_OCTETS, 0);
    return octets.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** A copy of the file, from which it is read from now on; the file itself where none can be kept. */
async function kept(list: ListSettings, content: Content, { copies, isLooking, onUnkept }: ChoiceOptions) {
  const file = { ...content, path: list.file };
  // A list that is too long is told of as such, and not kept.
  if (!copies || content.size > list.maxSize) return file;
  const path = copies.path(list.id, content.sha256);
  const there = await contentOf(path).catch(() => undefined);
  if (there?.sha256 === content.sha256) return { ...content, path };
  if (isLooking) return file;
  try {
    const copy = await copies.keep(list.id, octetsOf(list.file));
    return { ...copy, path: copies.path(list.id, copy.sha256) };
  } catch (error) {
    onUnkept(list, reasonOf(error));
    return file;
  }
}

/** The content, if it is what `sha256` and `signed_by` of the list say. */
export async function vouched(list: ListSettings, found: Readable): Promise<Readable | Refused> {
  if (list.sha256 !== null && list.sha256 !== found.sha256) {
    const trouble = `it is not what sha256 says: its SHA-256 is ${found.sha256}`;
    return { trouble, fix: 'look at what changed; if it is right, write that hash' };
  }
  if (!list.signed) return found;
  const { signatureTrouble } = await import('./signature.ts');
  const trouble = await signatureTrouble(found.path, list.signed.by, found.signature ?? '');
  return trouble === undefined ? found : { trouble, fix: 'fetch list and signature anew, or mend signed_by' };
}
