/** Makes the lines all servers are asked from: what an office asks twice, and what nobody asked before. */
import { type Random, seededRandom, unit, zipfSampler } from '../random.ts';
import { host } from './names.ts';

/** Lines in dnsperf's own format, `name TYPE`, and what a right server makes of them. */
export interface Questions {
  readonly lines: readonly string[];
  /** The share of lines whose name is blocked, 0 to 1. */
  readonly blockedShare: number;
}

/** Full names, the most popular first. */
export interface Asked {
  readonly allowed: readonly string[];
  readonly blocked: readonly string[];
}

export interface Mix {
  readonly lines: number;
  /** The share of questions for blocked names, 0 to 1. */
  readonly blockedShare: number;
  /** The share of questions for names nobody asked before, 0 to 1; the rest is for popular allowed ones. */
  readonly freshShare: number;
  /** Two files with different marks have no fresh name in common: one warms a server up, the other is measured. */
  readonly mark: string;
  readonly seed: number;
}

const ZIPF_EXPONENT = 1;

/** A, AAAA and HTTPS in about the proportion browsers ask for them. */
function questionType(random: Random): string {
  const share = unit(random);
  return share < 0.6 ? 'A' : share < 0.85 ? 'AAAA' : 'HTTPS';
}

/** A name that comes once: a label no other has, below a popular name. */
function fresh(mark: string, index: number, parent: string, random: Random): string {
  const label = `${mark}${index.toString(36)}`;
  return random() % 4 === 0 ? `${label}.${host(random)}.${parent}` : `${label}.${parent}`;
}

/** What an office asks: a few names often and many seldom (Zipf's law), by the shares of `mix`. */
export function makeQuestions(asked: Asked, freshBelow: readonly string[], mix: Mix): Questions {
  const random = seededRandom(mix.seed);
  const sampler = (names: readonly string[]) => zipfSampler(Math.max(names.length, 1), ZIPF_EXPONENT, random);
  const [allowedRank, blockedRank, belowRank] = [asked.allowed, asked.blocked, freshBelow].map(sampler) as [
    () => number,
    () => number,
    () => number,
  ];
  const lines: string[] = [];
  let blocked = 0;
  for (let index = 0; index < mix.lines; index++) {
    const share = unit(random);
    if (share < mix.freshShare) {
      lines.push(`${fresh(mix.mark, index, freshBelow[belowRank()]!, random)} A`);
    } else if (share < mix.freshShare + mix.blockedShare) {
      blocked++;
      lines.push(`${asked.blocked[blockedRank()]} ${questionType(random)}`);
    } else lines.push(`${asked.allowed[allowedRank()]} ${questionType(random)}`);
  }
  return { lines, blockedShare: blocked / mix.lines };
}

/** The address the stub upstream (stub.c) gives for a name: FNV-1a of the lower-cased name, a dot after each label. */
export function stubAddress(name: string): string {
  let hash = 0x811c9dc5;
  for (const octet of Buffer.from(`${name.toLowerCase()}.`, 'latin1')) hash = Math.imul(hash ^ octet, 0x01000193) >>> 0;
  return `198.18.${(hash >>> 8) & 0xff}.${hash & 0xff}`;
}
