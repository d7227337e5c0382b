// What went into a policy: of each list and app what was taken, what was left out, and from which of its contents.

import { LEFT, type Left } from '../lists/left.ts';
import type { Compiler } from '../policy/compile.ts';
import type { Rejection } from '../policy/compile-stats.ts';
import type { Settings } from '../settings/settings.ts';
import { sha256 } from './canonical.ts';
import type { ListUse } from './list-build.ts';

/** Lines of a list that are not honoured, or not wholly, for one reason. */
export interface LeftReport {
  kind: string;
  reason: string;
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
      .map(({ source: _, ...leaving }) => ({ ...leaving, reason: LEFT[leaving.kind as Left] }));
  const sources = files.map((file, at) => {
    const use = file.kind === 'list' ? uses.get(file.id) : undefined;
    const sha256 = use ? use.sha256 : file.sha256;
    return { ...file, sha256, ...stats.sources[at], left: leftOf(at), ...(use && { use }) };
  });
  return {
    sources,
    rules,
    names,
    rejected,
    rejections: rejections.map(({ source, ...place }) => ({ ...place, file: files[source].file })),
    octets,
  };
}

/** What settings and sources come to, wherever their files are. */
export function policyHash(settings: Settings, sources: readonly SourceReport[]): string {
  const { policies, groups, exceptions, devices, forward, searchDomains, structuredErrors } = settings;
  const { file: _, ...named } = devices;
  const contents = sources.map(({ kind, id, sha256: content }) => [kind, id, content]);
  const all = [policies, groups, exceptions, named, forward, searchDomains, structuredErrors, contents];
  return sha256(JSON.stringify(all));
}
