// Prefixes as ranges of addresses: which lies in which, what several of them cover together, and what they leave open.

import { addressText } from '../wire/address-text.ts';
import type { Prefix } from './address.ts';

/** First and last address, as numbers. */
export interface Range {
  start: bigint;
  end: bigint;
}

const WIDTH = { 4: 32, 6: 128 } as const;

export function isHost(prefix: Prefix): boolean {
  return prefix.length === WIDTH[prefix.family];
}

/** What is for single clients takes in no more than a small office: 256 IPv4 addresses, or the networks of one site. */
const WIDEST = { 4: 24, 6: 56 } as const;

export function isWide({ family, length }: Prefix): boolean {
  return length < WIDEST[family];
}

export function rangeOf({ family, octets, length }: Prefix): Range {
  let start = 0n;
  for (const octet of octets) start = (start << 8n) | BigInt(octet);
  return { start, end: start + (1n << BigInt(WIDTH[family] - length)) - 1n };
}

/** Whether every address of `inner` is one of `outer`. */
export function isWithin(inner: Prefix, outer: Prefix): boolean {
  if (inner.family !== outer.family || inner.length < outer.length) return false;
  const whole = outer.length >> 3;
  for (let at = 0; at < whole; at++) if (inner.octets[at] !== outer.octets[at]) return false;
  const mask = (0xff00 >> (outer.length & 7)) & 0xff;
  return ((inner.octets[whole] ?? 0) & mask) === ((outer.octets[whole] ?? 0) & mask);
}

/** The same addresses in ranges that neither overlap nor touch, in order. */
export function merged(ranges: readonly Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const joined: Range[] = [];
  for (const range of sorted) {
    const last = joined.at(-1);
    if (last && range.start <= last.end + 1n) {
      if (range.end > last.end) last.end = range.end;
    } else joined.push({ ...range });
  }
  return joined;
}

/** What of `within` none of `taken` has; `taken` as `merged` gives them. */
export function gaps(within: Range, taken: readonly Range[]): Range[] {
  const open: Range[] = [];
  let next = within.start;
  for (const { start, end } of taken) {
    if (end < next || start > within.end) continue;
    if (start > next) open.push({ start: next, end: start - 1n });
    next = end + 1n;
  }
  if (next <= within.end) open.push({ start: next, end: within.end });
  return open;
}

function octetsOf(family: 4 | 6, value: bigint): Uint8Array {
  const octets = new Uint8Array(WIDTH[family] / 8);
  let rest = value;
  for (let at = octets.length - 1; at >= 0; at--) {
    octets[at] = Number(rest & 255n);
    rest >>= 8n;
  }
  return octets;
}

/** `10.11.0.0 to 10.19.255.255`. */
export function rangeText(family: 4 | 6, { start, end }: Range): string {
  const [first, last] = [start, end].map((value) => addressText(family, octetsOf(family, value)));
  return first === last ? first : `${first} to ${last}`;
}

interface Entry<T> extends Range {
  prefix: Prefix;
  value: T;
}

/** Prefixes with something attached to each, to be asked what lies around or within another. */
export class PrefixTable<T> {
  readonly #entries: Record<4 | 6, Entry<T>[]> = { 4: [], 6: [] };
  readonly #byKey = new Map<string, Entry<T>[]>();
  readonly #lengths = new Set<number>();
  #isSorted = true;

  add(prefix: Prefix, value: T): void {
    const entry = { ...rangeOf(prefix), prefix, value };
    this.#entries[prefix.family].push(entry);
    this.#isSorted = false;
    this.#lengths.add(prefix.length);
    const key = `${prefix.family} ${prefix.length} ${entry.start}`;
    const same = this.#byKey.get(key);
    if (same) same.push(entry);
    else this.#byKey.set(key, [entry]);
  }

  /** Every entry that holds `prefix` or is the same, the longest first. */
  holding(prefix: Prefix): Entry<T>[] {
    const { start } = rangeOf(prefix);
    const lengths = [...this.#lengths].filter((length) => length <= prefix.length).sort((a, b) => b - a);
    return lengths.flatMap((length) => {
      const free = BigInt(WIDTH[prefix.family] - length);
      return this.#byKey.get(`${prefix.family} ${length} ${(start >> free) << free}`) ?? [];
    });
  }

  /** Every entry that lies in `prefix` and is longer, in order of addresses. */
  inside(prefix: Prefix): Entry<T>[] {
    this.#sort();
    const entries = this.#entries[prefix.family];
    const { start, end } = rangeOf(prefix);
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entries[middle].start < start) low = middle + 1;
      else high = middle;
    }
    const found: Entry<T>[] = [];
    for (let at = low; at < entries.length && entries[at].start <= end; at++) {
      if (entries[at].prefix.length > prefix.length) found.push(entries[at]);
    }
    return found;
  }

  #sort(): void {
    if (this.#isSorted) return;
    const order = (a: Range, b: Range) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0);
    this.#entries[4].sort(order);
    this.#entries[6].sort(order);
    this.#isSorted = true;
  }
}
