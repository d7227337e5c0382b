// The records that tests of replies use again and again.

import { TYPE } from '../../src/wire/codes.ts';
import { long, type RecordSpec, text, word } from './reply-builder.ts';

/** A name in RDATA. */
export const name = (of: string) => ({ name: of });

/** The address 192.0.2.`last`. */
export function a(owner: string, last = 1, ttl = 300): RecordSpec {
  return { owner, type: TYPE.A, ttl, rdata: [[192, 0, 2, last]] };
}

export function cname(owner: string, target: string, ttl = 300): RecordSpec {
  return { owner, type: TYPE.CNAME, ttl, rdata: [name(target)] };
}

export function dname(owner: string, target: string): RecordSpec {
  return { owner, type: TYPE.DNAME, rdata: [name(target)] };
}

export function soa(owner: string, ttl = 900, minimum = 600): RecordSpec {
  const numbers = [2026, 7200, 900, 86400, minimum].flatMap(long);
  return { owner, type: TYPE.SOA, ttl, rdata: [name(`ns.${owner}`), name(`root.${owner}`), numbers] };
}

export function nsec(owner: string): RecordSpec {
  return { owner, type: TYPE.NSEC, rdata: [[1, 122, 0, 0, 1, 0x40]] };
}

export function rrsig(owner: string, covered: number, signer: string): RecordSpec {
  const head = [...word(covered), 13, 3, ...long(300), ...long(1), ...long(2), ...word(7)];
  const signerWire = [...signer.split('.').flatMap((label) => text(label)), 0];
  return { owner, type: TYPE.RRSIG, rdata: [head, signerWire, new Uint8Array(64).fill(9)] };
}
