// One line of the audit log: its fields, the one way to write them down, and the hash that ties it to the line before.

import type { Changes } from './audit-diff.ts';
import { canonical, sha256 } from './canonical.ts';
import type { Origin } from './git-origin.ts';

/** What a first line has for the hash of the line before. */
export const NO_LINE = '0'.repeat(64);

/** What happened to the log itself between the line before and this one. */
export interface Interruption {
  /** A line that a crash had cut off: its octets, and the file in which they are kept. */
  torn?: { octets: number; kept: string };
  /** Lines that could not be written, since when, and why the last of them could not. */
  lost?: { lines: number; since: string; reason: string };
  /** The chain before this line does not hold: from which line on, and why. */
  broken?: { line: number; reason: string };
  /** The file was there no more, or another, when this line was to be written. */
  moved?: true;
}

export interface AuditBody {
  /** From 1, without a gap. */
  sequence: number;
  /** RFC 3339, UTC. */
  time: string;
  event: 'start' | 'reload';
  /** SHA-256 of the line before, in hexadecimal; NO_LINE in the first. */
  previous: string;
  /** What asked for it, in words. */
  cause: string;
  result: 'taken' | 'refused';
  /** Why it was refused, in words; empty where it was taken. */
  reason: string;
  /** Of a refusal: `file:line:column: message`, the first of them. */
  problems?: string[];
  /** In force afterwards, in the process that wrote the line. */
  generation: number;
  who: Origin;
  /** SHA-256 of the canonical JSON of the state in force afterwards. */
  policy: string;
  /** Every file that has a part in what was read, and its SHA-256; null where it could not be read. */
  files: Record<string, string | null>;
  /** Where true, `changes` begins from nothing: the state before could not be told. */
  whole?: true;
  /** Missing where nothing changed. */
  changes?: Changes;
  after?: Interruption;
}

export interface AuditLine extends AuditBody {
  /** SHA-256, in hexadecimal, of the canonical JSON of all else in the line. */
  hash: string;
}

/** The line as it stands in the file, without its end, and its hash. */
export function sealed(body: AuditBody): { text: string; hash: string } {
  const hash = sha256(canonical(body));
  return { text: canonical({ ...body, hash }), hash };
}

/** What a line says its hash is, and what it must be. */
export function hashes(line: AuditLine): { stated: string; computed: string } {
  const { hash, ...body } = line;
  return { stated: hash, computed: sha256(canonical(body)) };
}
