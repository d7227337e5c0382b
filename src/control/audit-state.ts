// What of the settings is audited, as plain data that people can read: dates as dates, addresses as addresses.

import type { Settings } from '../settings/settings.ts';
import { addressText } from '../wire/address-text.ts';
import { type AuditState, emptyState, type Fields, type Json } from './audit-diff.ts';
import type { SourceReport } from './build-report.ts';

/** Moments, in Unix seconds, wherever they stand. */
const MOMENTS = new Set(['decided', 'effective', 'blocks', 'deadline', 'review', 'expires', 'starts']);

/** A prefix or a socket: what was written stands in `text`. */
function isWritten(value: object): value is { text: string } {
  return 'text' in value && 'octets' in value && typeof value.text === 'string';
}

function plain(value: unknown, key: string): Json {
  if (typeof value === 'number' && MOMENTS.has(key)) return new Date(value * 1000).toISOString();
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json;
  if (value instanceof Uint8Array) return addressText(value.length === 4 ? 4 : 6, value);
  if (Array.isArray(value)) return plainList(value);
  if (isWritten(value)) return value.text;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member, name)]));
}

/** A list of words or prefixes stands for a set: sorted, so that its order is no change. */
function plainList(values: readonly unknown[]): Json {
  const list = values.map((value) => plain(value, ''));
  return list.every((one) => typeof one === 'string') ? [...new Set(list)].sort() : list;
}

function byId(things: readonly { id: string }[]): Record<string, Fields> {
  const object: Record<string, Fields> = Object.create(null);
  for (const { id, ...fields } of things) object[id] = plain(fields, '') as Fields;
  return object;
}

/** Where a list or app comes from, and what of it is in force. */
function sourcesOf(
  kind: SourceReport['kind'],
  things: readonly { id: string; file: string }[],
  sources: readonly SourceReport[],
  files: Readonly<Record<string, string | null>>,
): Record<string, Fields> {
  return byId(
    things.map((thing) => {
      const source = sources.find((one) => one.kind === kind && one.id === thing.id);
      return {
        ...thing,
        sha256: source?.sha256 ?? files[thing.file] ?? null,
        rules: source?.rules ?? 0,
        rejected: source?.rejected ?? 0,
      };
    }),
  );
}

/** What is in force under these settings. Of a sealed exception nothing is told but that it counts. */
export function auditState(
  settings: Settings,
  sources: readonly SourceReport[],
  files: Readonly<Record<string, string | null>>,
): AuditState {
  const { exceptions } = settings;
  const open = exceptions.filter(({ sealed }) => !sealed);
  return {
    ...emptyState(),
    policies: byId(settings.policies),
    groups: byId(settings.groups),
    exceptions: byId(open.map(({ sealed: _, ...exception }) => exception)),
    lists: sourcesOf('list', settings.lists, sources, files),
    apps: sourcesOf('app', settings.apps, sources, files),
    sealed: exceptions.length - open.length,
  };
}
