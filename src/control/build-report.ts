// What went into a policy: of each list and app what was taken, what was left out, and from which of its contents.

import { LEFT, type Left } from '../lists/left.ts';
import type { ReloadTotals } from '../observe/status.ts';
import type { Compiler } from '../policy/compile.ts';
import type { Rejection } from '../policy/compile-stats.ts';
import type { Settings } from '../settings/settings.ts';
import { sha256 } from './canonical.ts';
import type { ListUse } from './list-build.ts';

/** Lines of a list that are not honoured, or not wholly, for one reason. */
export interface LeftReport {
  kind: string;
  reason: string;
  /** Where they stand: of a list that is a folder, one of its files. */
  file: string;
  count: number;
  /** The first of them. */
  lines: number[];
}

/** One list or app as it was taken. */
export interface SourceReport {
  id: string;
  kind: 'app' | 'list';
  file: string;
  /** As the settings say, or as it was recognised; null where it could not be. */
  format: string | null;
  /** Of its content, in hexadecimal; null where there is none. */
  sha256: string | null;
  rules: number;
  duplicates: number;
  rejected: number;
  /** How many for which reason. */
  reasons: { reason: string; count: number }[];
  left: LeftReport[];
  /** Of a list that does not come with Sluis: which of its contents was taken. */
  use?: ListUse;
}

export interface BuildReport {
  generation: number;
  /** SHA-256 of all that decides, in hexadecimal: the same wherever the same policies, groups and lists are in force. */
  hash: string;
  sources: SourceReport[];
  rules: number;
  names: number;
  rejected: number;
  /** The first rejected lines of each source. */
  rejections: (Omit<Rejection, 'source'> & { file: string })[];
  /** Octets of the image. */
  octets: number;
  /** Reading, parsing and compiling, in milliseconds. */
  ms: number;
}

/** A source as the settings have it. */
export type SourceFile = Pick<SourceReport, 'id' | 'kind' | 'file' | 'format' | 'sha256'>;

/** What `compiler` made of `files`, in the order in which it was given them. */
export function reportOf(
  compiler: Compiler,
  files: readonly SourceFile[],
  uses: ReadonlyMap<string, ListUse>,
): Omit<BuildReport, 'generation' | 'hash' | 'ms'> {
  const { stats, rejections, leavings } = compiler;
  const { rules, names, rejected, octets } = stats;
  const leftOf = (at: number): LeftReport[] =>
    leavings
      .filter(({ source }) => source === at)
      .map(({ source: _, ...leaving }) => ({ ...leaving, reason: LEFT[leaving.kind as Left], file: files[at].file }));
  const sources = new Map<string, SourceReport>();
  for (const [at, file] of files.entries()) {
    const use = file.kind === 'list' ? uses.get(file.id) : undefined;
    const one = { ...file, sha256: use ? use.sha256 : file.sha256, ...stats.sources[at], left: leftOf(at) };
    const key = `${file.kind} ${file.id}`;
    const whole = sources.get(key);
    if (whole) addPart(whole, one);
    else sources.set(key, { ...one, ...(use && { use }) });
  }
  return {
    sources: [...sources.values()],
    rules,
    names,
    rejected,
    rejections: rejections.map(({ source, ...place }) => ({ ...place, file: files[source].file })),
    octets,
  };
}

/** A file of a list that is a folder counts as the list. */
function addPart(whole: SourceReport, { rules, duplicates, rejected, reasons, left }: SourceReport): void {
  whole.rules += rules;
  whole.duplicates += duplicates;
  whole.rejected += rejected;
  whole.left.push(...left);
  for (const { reason, count } of reasons) {
    const known = whole.reasons.find((one) => one.reason === reason);
    if (known) known.count += count;
    else whole.reasons.push({ reason, count });
  }
}

/** What all sources come to: told alike by log, API, metrics and commands. */
export function totalsOf({ sources, rules, rejected }: BuildReport): ReloadTotals {
  const taken = sources.flatMap(({ use }) => (use?.state === 'current' && use.change ? use.change : []));
  return {
    rules,
    added: taken.reduce((sum, { added }) => sum + added, 0),
    removed: taken.reduce((sum, { removed }) => sum + removed, 0),
    rejected,
    reasons: sumBy(sources.flatMap(({ reasons }) => reasons.map(({ reason, count }) => [reason, count]))),
    left: sumBy(sources.flatMap(({ left }) => left.map(({ kind, count }) => [kind, count]))),
    sources: Object.fromEntries(sources.map(({ kind, id, sha256: content }) => [`${kind} ${id}`, content])),
  };
}

function sumBy(counts: [string, number][]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [key, count] of counts) sums[key] = (sums[key] ?? 0) + count;
  return sums;
}

/** What settings and sources come to, wherever their files are. */
export function policyHash(settings: Settings, sources: readonly SourceReport[]): string {
  const { policies, groups, exceptions, devices, forward, searchDomains, structuredErrors } = settings;
  const { file: _, ...named } = devices;
  const contents = sources.map(({ kind, id, sha256: content }) => [kind, id, content]);
  const all = [policies, groups, exceptions, named, forward, searchDomains, structuredErrors, contents];
  return sha256(JSON.stringify(all));
}
