// From the options of lists to lists as the program uses them, those that come with Sluis among them.

import type { Endpoint } from './address.ts';
import { resolveFrom } from './files.ts';
import { type ListFormat, MOST_OCTETS } from './list-formats.ts';
import { ON_MISSING, type OnMissing } from './on-missing.ts';
import type { Options } from './options.ts';
import type { GroupSettings, GuardSettings, ListSettings, PolicySettings, UpdateSettings } from './settings.ts';
import { baselineFile } from './shipped.ts';

type ListOptions = Options['lists'][number];

/** A list that comes with Sluis. */
export function shippedList(id: string, title: string, file: string, format: ListFormat | 'bypass'): ListSettings {
  const source = { file, fetched: null, sha256: null, signed: null, shipped: true };
  return { id, title, ...source, onMissing: 'refuse-to-start', format, match: null, maxSize: MOST_OCTETS };
}

function signatureOf({ signed_by: by, signature }: ListOptions, list: string, here: (path: string) => string) {
  if (by === undefined) return null;
  const at = `${list}${by.startsWith('ssh-') || by.startsWith('ecdsa-') ? '.sig' : '.minisig'}`;
  return { by, at: signature === undefined ? at : URL.canParse(signature) ? signature : here(signature) };
}

function listOf(file: string, option: ListOptions, onMissing: OnMissing): ListSettings {
  const { id, title, url, refresh, sha256, format, match, max_size: maxSize } = option;
  const here = (path: string) => resolveFrom(file, path);
  const from = url ?? here(option.file!);
  return {
    id,
    title: title ?? id,
    file: from,
    fetched: url === undefined ? null : { refresh },
    sha256: sha256 ?? null,
    signed: signatureOf(option, from, url === undefined ? here : (path) => new URL(path, url).href),
    onMissing,
    shipped: false,
    format: format ?? null,
    match: match ?? null,
    maxSize,
  };
}

/** Whether the group does anything by the list. */
function needs(group: GroupSettings, list: string, policies: readonly PolicySettings[]): boolean {
  if (group.allow.includes(list)) return true;
  return policies.some(({ id, lists }) => lists.includes(list) && group.modes[id] !== 'off');
}

function onMissingOf(list: string, groups: readonly GroupSettings[], policies: readonly PolicySettings[]): OnMissing {
  const wanted = groups.filter((group) => needs(group, list, policies)).map(({ onMissing }) => onMissing);
  return ON_MISSING.find((one) => wanted.includes(one)) ?? 'serve-last-good';
}

/** Those of the configuration in `file`, then the packs that groups allow. */
export function listsOf(
  file: string,
  { lists }: Options,
  groups: readonly GroupSettings[],
  policies: readonly PolicySettings[],
): ListSettings[] {
  const own = lists.map((option) => listOf(file, option, onMissingOf(option.id, groups, policies)));
  const packs = [...new Set(groups.flatMap(({ allow }) => allow))].flatMap((id) => {
    const pack = baselineFile(id);
    return pack === undefined ? [] : [shippedList(id, id, pack, 'sluis')];
  });
  return [...own, ...packs];
}

export function updatesOf(file: string, { updates }: Options, upstreams: readonly Endpoint[]): UpdateSettings {
  const { folder, timeout, resolvers, ca } = updates;
  return {
    folder: folder === undefined ? null : resolveFrom(file, folder),
    timeout,
    resolvers: resolvers ?? [...upstreams],
    ca: ca === undefined ? null : resolveFrom(file, ca),
  };
}

/** What is configured, and what is the organisation's own all the same. */
export function guardOf({ guard, forward, search_domains: domains }: Options): GuardSettings {
  const { growth, shrink, protect, unprotect } = guard;
  const own = [...forward.flatMap(({ zones }) => zones), ...domains];
  return { growth, shrink, protect: [...new Set([...protect, ...own])], unprotect: [...new Set(unprotect)] };
}
