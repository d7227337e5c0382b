// One pack of git objects and its index (gitformat-pack): finds an object and undoes its deltas, reading only what it needs.

import { inflateSync } from 'node:zlib';
import { PartialFile } from './git-files.ts';

export interface PackedObject {
  /** `commit`, `tree`, `blob` or `tag`. */
  kind: string;
  octets: Buffer;
}

const KINDS: Record<number, string> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const DELTA_AT_OFFSET = 6;
const DELTA_OF_ID = 7;

const INDEX_MAGIC = 0xff744f63;
const INDEX_VERSION = 2;
const FANOUT_AT = 8;
const NAMES_AT = FANOUT_AT + 256 * 4;
const CRC_OCTETS = 4;
/** An offset with this bit is a number into the table of large ones. */
const LARGE = 0x80000000;

/** Longest head of an object: its kind and size, and an offset or id behind it. */
const HEAD_OCTETS = 64;
const MOST_OCTETS = 1 << 26;
/** Git makes chains of 50, and of 4,095 at most. */
const LONGEST_CHAIN = 4096;

interface Head {
  kind: number;
  size: number;
  /** Where the deflated octets begin. */
  body: number;
  /** Of a delta: where its base is, or its id. */
  baseAt: number;
  baseId: string;
}

export class GitPack {
  readonly #index: PartialFile;
  readonly #pack: PartialFile;
  readonly #idOctets: number;
  readonly #count: number;

  /** `path` is that of the pack and of its index, without `.pack` and `.idx`. Throws where they cannot be read. */
  constructor(path: string, idOctets: number) {
    this.#idOctets = idOctets;
    this.#index = new PartialFile(`${path}.idx`);
    this.#pack = new PartialFile(`${path}.pack`);
    const head = this.#index.read(0, NAMES_AT);
    if (head.readUInt32BE(0) !== INDEX_MAGIC || head.readUInt32BE(4) !== INDEX_VERSION) {
      throw new Error(`${path}.idx is of no version that is known`);
    }
    this.#count = head.readUInt32BE(NAMES_AT - 4);
  }

  /** Where the object is in the pack; undefined where it is not. */
  find(id: Buffer): number | undefined {
    const fanout = this.#index.read(FANOUT_AT, 256 * 4);
    let low = id[0] === 0 ? 0 : fanout.readUInt32BE((id[0] - 1) * 4);
    let high = fanout.readUInt32BE(id[0] * 4);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#index.read(NAMES_AT + middle * this.#idOctets, this.#idOctets).compare(id);
      if (order === 0) return this.#offset(middle);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  #offset(number: number): number {
    const offsets = NAMES_AT + this.#count * (this.#idOctets + CRC_OCTETS);
    const offset = this.#index.read(offsets + number * 4, 4).readUInt32BE(0);
    if (offset < LARGE) return offset;
    return Number(this.#index.read(offsets + this.#count * 4 + (offset - LARGE) * 8, 8).readBigUInt64BE(0));
  }

  /** The object at an offset, whole. `outside` gives the base of a delta by its id. Throws where it is broken. */
  read(at: number, outside: (id: string) => PackedObject | undefined): PackedObject {
    const deltas: Buffer[] = [];
    let head = this.#head(at);
    let base: PackedObject | undefined;
    for (let from = at; ; ) {
      const octets = this.#inflate(head);
      if (head.kind in KINDS) base = { kind: KINDS[head.kind], octets };
      else deltas.push(octets);
      if (base || deltas.length > LONGEST_CHAIN) break;
      if (head.kind === DELTA_OF_ID) base = outside(head.baseId);
      if (base || head.kind === DELTA_OF_ID) break;
      if (head.baseAt <= 0 || head.baseAt >= from) throw new Error('a delta without a base');
      from = head.baseAt;
      head = this.#head(from);
    }
    if (!base) throw new Error('a delta without a base');
    return { kind: base.kind, octets: deltas.reduceRight(undelta, base.octets) };
  }

  close(): void {
    this.#index.close();
    this.#pack.close();
  }

  #head(at: number): Head {
    const octets = this.#pack.read(at, HEAD_OCTETS);
    let place = 0;
    let octet = octets[place++];
    const kind = (octet >> 4) & 7;
    let size = octet & 15;
    for (let scale = 16; octet & 0x80; scale *= 128) {
      octet = octets[place++];
      size += (octet & 0x7f) * scale;
    }
    const head = { kind, size, baseAt: 0, baseId: '' };
    if (kind === DELTA_OF_ID) {
      head.baseId = octets.toString('hex', place, place + this.#idOctets);
      place += this.#idOctets;
    } else if (kind === DELTA_AT_OFFSET) {
      octet = octets[place++];
      let back = octet & 0x7f;
      while (octet & 0x80) {
        octet = octets[place++];
        back = (back + 1) * 128 + (octet & 0x7f);
      }
      head.baseAt = at - back;
    } else if (!(kind in KINDS)) throw new Error(`an object of kind ${kind}`);
    return { ...head, body: at + place };
  }

  #inflate({ size, body }: Head): Buffer {
    if (size > MOST_OCTETS) throw new Error(`an object of ${size} octets`);
    // Deflating adds five octets a block at most, and a few around all.
    const deflated = this.#pack.read(body, size + (size >> 8) + 64);
    const octets = inflateSync(deflated, { maxOutputLength: Math.max(1, size) });
    if (octets.length !== size) throw new Error('an object that is shorter than it says');
    return octets;
  }
}

/** What `delta` makes of `base`: pieces of it, and octets of its own. */
function undelta(base: Buffer, delta: Buffer): Buffer {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const octet = delta[at++];
      value += (octet & 0x7f) * scale;
      if (!(octet & 0x80)) return value;
    }
  };
  if (number() !== base.length) throw new Error('a delta of another base');
  const size = number();
  let made = 0;
  const pieces: Buffer[] = [];
  const part = (mask: number, octets: number) => {
    let value = 0;
    for (let place = 0; place < octets; place++) if (mask & (1 << place)) value += delta[at++] * 256 ** place;
    return value;
  };
  while (at < delta.length && made <= size) {
    const order = delta[at++];
    let piece: Buffer;
    if (order & 0x80) {
      const from = part(order, 4);
      piece = base.subarray(from, from + (part(order >> 4, 3) || 0x10000));
    } else {
      piece = delta.subarray(at, at + order);
      at += order;
    }
    pieces.push(piece);
    made += piece.length;
  }
  if (made !== size || size > MOST_OCTETS) throw new Error('a delta that leads elsewhere');
  return Buffer.concat(pieces);
}
