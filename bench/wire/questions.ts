/** Makes the question files all servers are asked from: what an office asks twice, and what nobody asked before. */
import { type Random, seededRandom, unit, zipfSampler } from '../random.ts';

/** The names one run works with. Domains are registrable ones; a rule on one covers everything below it. */
export interface Names {
  readonly allowed: readonly string[];
  readonly blocked: readonly string[];
}

/** Lines in dnsperf's own format, `name TYPE`, and what a right server makes of them. */
export interface Questions {
  readonly lines: readonly string[];
  /** The share of lines whose name is blocked, 0 to 1. */
  readonly blockedShare: number;
}

export interface HitsShape {
  readonly lines: number;
  /** The share of questions for blocked names, 0 to 1. */
  readonly blockedShare: number;
  readonly seed: number;
}

const ENDINGS = ['com', 'net', 'org', 'be', 'nl', 'eu', 'fr', 'de'];
const HOSTS = ['www', 'api', 'cdn', 'img', 'static', 'login', 'm', 'a1.edge'];
const CONSONANTS = 'bcdfghjklmnprstvwz';
const VOWELS = 'aeiou';
const ZIPF_EXPONENT = 1;

/** Pronounceable, and unique because its index is spelled into it: 18 × 5 syllables are the digits of a number. */
function domain(index: number, random: Random): string {
  const syllables: string[] = [];
  for (let rest = index; syllables.length < 2 || rest > 0; rest = Math.floor(rest / 90)) {
    syllables.push(CONSONANTS[Math.floor((rest % 90) / 5)]! + VOWELS[rest % 5]!);
  }
  return `${syllables.join('')}${index % 3 === 0 ? 'x' : 'q'}.${ENDINGS[random() % ENDINGS.length]}`;
}

/** Distinct invented domains. They are asked on loopback only, so a real owner of one never hears of it. */
export function makeNames(counts: { allowed: number; blocked: number; seed: number }): Names {
  const random = seededRandom(counts.seed);
  const all: string[] = [];
  for (let index = 0; index < counts.allowed + counts.blocked; index++) all.push(domain(index, random));
  // Shuffled, so that neither popularity nor blocking follows the spelling.
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(unit(random) * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return { allowed: all.slice(0, counts.allowed), blocked: all.slice(counts.allowed) };
}

/** A, AAAA and HTTPS in about the proportion browsers ask for them. */
function questionType(random: Random): string {
  const share = unit(random);
  return share < 0.6 ? 'A' : share < 0.85 ? 'AAAA' : 'HTTPS';
}

/**
 * What an office asks: a few names often and many seldom, and a share for names that are blocked, always by a host
 * below the blocked domain, so that a suffix has to be matched.
 */
export function hitQuestions(names: Names, shape: HitsShape): Questions {
  const random = seededRandom(shape.seed);
  const allowedRank = zipfSampler(names.allowed.length, ZIPF_EXPONENT, random);
  const blockedRank = zipfSampler(names.blocked.length, ZIPF_EXPONENT, random);
  const lines: string[] = [];
  let blocked = 0;
  for (let i = 0; i < shape.lines; i++) {
    const isBlocked = unit(random) < shape.blockedShare;
    if (isBlocked) blocked++;
    const rank = isBlocked ? blockedRank() : allowedRank();
    const parent = isBlocked ? names.blocked[rank]! : names.allowed[rank]!;
    lines.push(`${HOSTS[rank % HOSTS.length]}.${parent} ${questionType(random)}`);
  }
  return { lines, blockedShare: blocked / shape.lines };
}

/**
 * Names nobody asked before, each once, below popular allowed domains. Two files with different marks share no name:
 * one warms the server up, the other is measured.
 */
export function missQuestions(names: Names, shape: { lines: number; mark: string; seed: number }): Questions {
  const random = seededRandom(shape.seed);
  const rank = zipfSampler(names.allowed.length, ZIPF_EXPONENT, random);
  const lines: string[] = [];
  for (let i = 0; i < shape.lines; i++) lines.push(`${shape.mark}${i.toString(36)}.${names.allowed[rank()]} A`);
  return { lines, blockedShare: 0 };
}

/** The address the stub upstream (stub.c) gives for a name: FNV-1a of the lower-cased name, a dot after each label. */
export function stubAddress(name: string): string {
  let hash = 0x811c9dc5;
  for (const octet of Buffer.from(`${name.toLowerCase()}.`, 'latin1')) hash = Math.imul(hash ^ octet, 0x01000193) >>> 0;
  return `198.18.${(hash >>> 8) & 0xff}.${hash & 0xff}`;
}
