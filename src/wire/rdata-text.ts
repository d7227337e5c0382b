// RDATA as zone files write it; what is broken or unknown comes in the generic form of RFC 3597.

import { addressText } from './address-text.ts';
import { TYPE } from './codes.ts';
import { Name, readName } from './name.ts';
import { textFromName } from './name-text.ts';
import { base64, hexadecimal, numberAt, quoted } from './octets-text.ts';
import { svcbText } from './svcb-text.ts';

type Writer = (message: Uint8Array, from: number, end: number) => string | undefined;

const target = new Name(0);
const CAA = 257;

const WRITERS = new Map<number, Writer>([
  [TYPE.A, (message, from, end) => (end - from === 4 ? addressText(4, message.subarray(from, end)) : undefined)],
  [TYPE.AAAA, (message, from, end) => (end - from === 16 ? addressText(6, message.subarray(from, end)) : undefined)],
  ...[TYPE.NS, TYPE.CNAME, TYPE.PTR, TYPE.DNAME].map((type): [number, Writer] => [type, numbersAndNames('', 1, '')]),
  [TYPE.RP, numbersAndNames('', 2, '')],
  [TYPE.MX, numbersAndNames('2', 1, '')],
  [TYPE.SRV, numbersAndNames('222', 1, '')],
  [TYPE.SOA, numbersAndNames('', 2, '44444')],
  [TYPE.TXT, strings],
  [TYPE.HINFO, strings],
  [TYPE.DS, numbersAndRest('211', 'hex')],
  [TYPE.DNSKEY, numbersAndRest('211', 'base64')],
  [CAA, caa],
  [TYPE.SVCB, svcbText],
  [TYPE.HTTPS, svcbText],
]);

/** The text of RDATA of `type` in `message[from, end)`, which may point into the message before it. */
export function rdataText(type: number, message: Uint8Array, from: number, end: number): string {
  return WRITERS.get(type)?.(message, from, end) ?? genericText(message, from, end);
}

/** RFC 3597 §5. */
function genericText(message: Uint8Array, from: number, end: number): string {
  const octets = message.subarray(from, end);
  return `\\# ${octets.length}${octets.length > 0 ? ` ${hexadecimal(octets)}` : ''}`;
}

/** Numbers of so many octets each, then names, then numbers: `222` is three of two octets. */
function numbersAndNames(before: string, names: number, after: string): Writer {
  return (message, from, end) => {
    const parts: (string | number)[] = [];
    let at = from;
    const numbers = (sizes: string) => {
      for (const size of sizes) {
        parts.push(numberAt(message, at, Number(size)));
        at += Number(size);
      }
    };
    numbers(before);
    for (let left = names; left > 0; left--) {
      at = at < end ? readName(message, at, end, target) : -1;
      if (at < 0) return undefined;
      parts.push(textFromName(target));
    }
    numbers(after);
    return at === end ? parts.join(' ') : undefined;
  };
}

function numbersAndRest(before: string, encoding: 'hex' | 'base64'): Writer {
  return (message, from, end) => {
    const parts: (string | number)[] = [];
    let at = from;
    for (const size of before) {
      parts.push(numberAt(message, at, Number(size)));
      at += Number(size);
    }
    if (at > end) return undefined;
    const rest = message.subarray(at, end);
    return [...parts, encoding === 'hex' ? hexadecimal(rest) : base64(rest)].join(' ');
  };
}

function strings(message: Uint8Array, from: number, end: number): string | undefined {
  const parts: string[] = [];
  for (let at = from; at < end; ) {
    const next = at + 1 + message[at];
    if (next > end) return undefined;
    parts.push(quoted(message.subarray(at + 1, next)));
    at = next;
  }
  return parts.length > 0 ? parts.join(' ') : undefined;
}

/** RFC 8659 §4.1. */
function caa(message: Uint8Array, from: number, end: number): string | undefined {
  const value = from + 2 + message[from + 1];
  if (from + 2 > end || value > end) return undefined;
  const tag = String.fromCharCode(...message.subarray(from + 2, value));
  return /^[A-Za-z0-9]+$/.test(tag) ? `${message[from]} ${tag} ${quoted(message.subarray(value, end))}` : undefined;
}
