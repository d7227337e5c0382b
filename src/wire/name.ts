// Domain names as the wire has them: read with compression, folded to canonical case, hashed, compared, spelled out.

import { HEADER, MAX_NAME } from './codes.ts';

const FNV_PRIME = 0x01000193;
const NAME_PRIME = 0x9e3779b1 | 0;
/** Pointers followed within one name: a name has at most 127 labels, and no writer gains by more than one for each. */
const MAX_POINTERS = 127;

/**
 * One canonical name: wire labels with ASCII letters in lower case (RFC 4343), the root's octet included.
 * Reused, never allocated per query. `seed` keeps hashes unguessable from outside; names that are compared by
 * hash must have been read with one seed.
 */
export class Name {
  readonly bytes = new Uint8Array(MAX_NAME + 1);
  /** Octets used, the root's included: 1 for the root itself, 0 before anything was read. */
  length = 0;
  /** Labels, the root not counted. */
  labelCount = 0;
  /** Where each label's length octet stands in `bytes`, leftmost label first. */
  readonly labelOffset = new Uint8Array(128);
  /** Hash of each label, its length octet included, leftmost label first. */
  readonly labelHash = new Int32Array(128);
  /** Hash of the whole name. */
  hash = 0;
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed | 0;
  }
}

/** The hash of one canonical label whose length octet stands at `offset`: what `readName` puts in `labelHash`. */
export function hashLabel(bytes: Uint8Array, offset: number, seed: number): number {
  const end = offset + 1 + bytes[offset];
  let hash = seed | 0;
  for (let at = offset; at < end; at++) hash = Math.imul(hash ^ bytes[at], FNV_PRIME);
  return hash;
}

/** The hash of a name with one more label: from left to right for a whole name, from the root down for the policy's trie. */
export function foldHash(nameHash: number, labelHash: number): number {
  const mixed = Math.imul(nameHash ^ labelHash, NAME_PRIME);
  return mixed ^ (mixed >>> 15);
}

/**
 * Reads the name at `offset` of `message[0, limit)` into `name`, following compression pointers.
 * Pointers go backwards only, each further than the last (RFC 1035 §4.1.4 "prior occurrence"), never into the header,
 * and are bounded in number, so that no name loops or costs more than its length allows. Returns the offset after the
 * name, or -1 when it cannot be read.
 */
export function readName(message: Uint8Array, offset: number, limit: number, name: Name): number {
  const bytes = name.bytes;
  let at = offset;
  let end = -1;
  let lowest = offset;
  let pointers = 0;
  let length = 0;
  let labels = 0;
  let nameHash = name.seed;
  for (;;) {
    if (at >= limit) return -1;
    const size = message[at];
    if (size === 0) break;
    if (size >= 0xc0) {
      if (at + 1 >= limit) return -1;
      const target = ((size & 0x3f) << 8) | message[at + 1];
      if (target >= lowest || target < HEADER || ++pointers > MAX_POINTERS) return -1;
      if (end < 0) end = at + 2;
      lowest = target;
      at = target;
      continue;
    }
    // 0x40 and 0x80 label types are obsolete (RFC 6891 §5); the root's octet must still fit.
    if (size > 63 || at + size >= limit || length + size + 2 > MAX_NAME) return -1;
    name.labelOffset[labels] = length;
    bytes[length++] = size;
    let hash = Math.imul(name.seed ^ size, FNV_PRIME);
    for (const stop = at + size; at < stop; ) {
      let octet = message[++at];
      if (octet >= 0x41 && octet <= 0x5a) octet |= 0x20;
      bytes[length++] = octet;
      hash = Math.imul(hash ^ octet, FNV_PRIME);
    }
    at++;
    name.labelHash[labels++] = hash;
    nameHash = foldHash(nameHash, hash);
  }
  bytes[length++] = 0;
  name.length = length;
  name.labelCount = labels;
  name.hash = nameHash;
  return end < 0 ? at + 1 : end;
}

/** Steps over the name at `offset` without reading it; -1 when it runs past `limit` or points forwards. */
export function skipName(message: Uint8Array, offset: number, limit: number): number {
  let at = offset;
  while (at < limit) {
    const size = message[at];
    if (size === 0) return at + 1;
    if (size >= 0xc0) {
      if (at + 1 >= limit) return -1;
      const target = ((size & 0x3f) << 8) | message[at + 1];
      return target < offset && target >= HEADER ? at + 2 : -1;
    }
    if (size > 63) return -1;
    at += size + 1;
  }
  return -1;
}

/** Whether two canonical names are the same, octet for octet. */
export function sameName(a: Name, b: Name): boolean {
  if (a.hash !== b.hash || a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a.bytes[at] !== b.bytes[at]) return false;
  return true;
}

/**
 * Whether `ancestor` is `name` or lies above it; a label boundary is proved, so `evil-tiktok.com` is not under
 * `tiktok.com`.
 */
export function isUnder(name: Name, ancestor: Name): boolean {
  const skipped = name.labelCount - ancestor.labelCount;
  if (skipped < 0) return false;
  const start = skipped === name.labelCount ? name.length - 1 : name.labelOffset[skipped];
  if (name.length - start !== ancestor.length) return false;
  for (let at = 0; at < ancestor.length; at++) if (name.bytes[start + at] !== ancestor.bytes[at]) return false;
  return true;
}

/**
 * Whether a DNAME from `owner` to `target` turns `name` into `alias` (RFC 6672 §2.2): the labels of `name` below `owner`
 * stay, what is above becomes `target`.
 */
export function isSynthesised(name: Name, owner: Name, target: Name, alias: Name): boolean {
  const kept = name.labelCount - owner.labelCount;
  if (kept < 1 || !isUnder(name, owner) || !isUnder(alias, target)) return false;
  const octets = name.length - owner.length;
  if (alias.length !== octets + target.length) return false;
  for (let at = 0; at < octets; at++) if (alias.bytes[at] !== name.bytes[at]) return false;
  return true;
}
