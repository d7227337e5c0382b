// Reads DNS messages the slow and obvious way, sharing nothing with src/wire: what the tests compare it with.

export interface OracleName {
  /** Octets of each label as they stand in the message, leftmost first. */
  labels: Uint8Array[];
  /** The offset after the name. */
  end: number;
}

export interface OracleRecord {
  section: 'answer' | 'authority' | 'additional';
  owner: string;
  type: number;
  class: number;
  /** Where the TTL stands. */
  ttlAt: number;
  ttl: number;
  rdataAt: number;
  /** Hexadecimal, its names decompressed and in lower case. */
  rdata: string;
}

export interface OracleMessage {
  id: number;
  flags: number;
  question: string;
  type: number;
  class: number;
  records: OracleRecord[];
  end: number;
}

/** RFC 1035 §4.1.4, pointers strictly backwards and at most 127 of them; undefined when the name cannot be read. */
export function oracleName(message: Uint8Array, offset: number, limit: number): OracleName | undefined {
  const labels: Uint8Array[] = [];
  const targets: number[] = [];
  let at = offset;
  let end: number | undefined;
  for (;;) {
    if (at >= limit) return undefined;
    const size = message[at];
    if (size === 0) break;
    if (size <= 63) {
      if (at + 1 + size > limit) return undefined;
      labels.push(message.slice(at + 1, at + 1 + size));
      at += 1 + size;
    } else if (size >= 192) {
      if (at + 2 > limit) return undefined;
      const target = (size - 192) * 256 + message[at + 1];
      if (target < 12 || [offset, ...targets].some((earlier) => target >= earlier)) return undefined;
      targets.push(target);
      if (targets.length > 127) return undefined;
      end ??= at + 2;
      at = target;
    } else return undefined;
  }
  const length = labels.reduce((sum, label) => sum + 1 + label.length, 1);
  return length > 255 ? undefined : { labels, end: end ?? at + 1 };
}

/** One text per name, whatever its case: `\DDD` for all but letters, digits, hyphen and underscore; dots between. */
export function oracleText(labels: readonly Uint8Array[]): string {
  const spell = (octet: number) => {
    const character = String.fromCharCode(octet);
    return /[A-Za-z0-9_-]/.test(character) ? character.toLowerCase() : `\\${String(octet).padStart(3, '0')}`;
  };
  return labels.map((label) => [...label].map(spell).join('')).join('.') || '.';
}

/** The uncompressed lower-case wire form of labels. */
export function oracleWire(labels: readonly Uint8Array[]): number[] {
  const fold = (octet: number) => (octet >= 65 && octet <= 90 ? octet + 32 : octet);
  return [...labels.flatMap((label) => [label.length, ...[...label].map(fold)]), 0];
}

/** Octets before the first name, names, for every type whose RDATA holds names that may be compressed. */
const NAMES_IN_RDATA: Record<number, [number, number]> = {
  2: [0, 1],
  5: [0, 1],
  6: [0, 2],
  12: [0, 1],
  14: [0, 2],
  15: [2, 1],
  17: [0, 2],
  18: [2, 1],
  33: [6, 1],
  39: [0, 1],
};

function word(message: Uint8Array, at: number): number {
  return message[at] * 256 + message[at + 1];
}

function hex(octets: readonly number[] | Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

/** The whole message `[0, length)`, or undefined where any count, name or length lies. */
export function oracleMessage(message: Uint8Array, length = message.length): OracleMessage | undefined {
  if (length < 12 || word(message, 4) !== 1) return undefined;
  const name = oracleName(message, 12, length);
  if (!name || name.end + 4 > length) return undefined;
  const records: OracleRecord[] = [];
  let at = name.end + 4;
  for (const [index, section] of (['answer', 'authority', 'additional'] as const).entries()) {
    for (let left = word(message, 6 + 2 * index); left > 0; left--) {
      const record = oracleRecord(message, at, length, section);
      if (!record) return undefined;
      records.push(record);
      at = record.rdataAt + word(message, record.rdataAt - 2);
    }
  }
  return {
    id: word(message, 0),
    flags: word(message, 2),
    question: oracleText(name.labels),
    type: word(message, name.end),
    class: word(message, name.end + 2),
    records,
    end: at,
  };
}

function oracleRecord(
  message: Uint8Array,
  at: number,
  length: number,
  section: OracleRecord['section'],
): OracleRecord | undefined {
  const owner = oracleName(message, at, length);
  if (!owner || owner.end + 10 > length) return undefined;
  const type = word(message, owner.end);
  const rdataAt = owner.end + 10;
  const rdataEnd = rdataAt + word(message, owner.end + 8);
  if (rdataEnd > length) return undefined;
  const rdata = oracleRdata(message, type, rdataAt, rdataEnd, length);
  if (rdata === undefined) return undefined;
  return {
    section,
    owner: oracleText(owner.labels),
    type,
    class: word(message, owner.end + 2),
    ttlAt: owner.end + 4,
    ttl: word(message, owner.end + 4) * 65536 + word(message, owner.end + 6),
    rdataAt,
    rdata,
  };
}

function oracleRdata(message: Uint8Array, type: number, from: number, end: number, length: number): string | undefined {
  const [before, names] = NAMES_IN_RDATA[type] ?? [0, 0];
  if (from + before > end) return undefined;
  const octets = [...message.slice(from, from + before)];
  let at = from + before;
  for (let left = names; left > 0; left--) {
    const name = oracleName(message, at, length);
    if (!name || name.end > end) return undefined;
    octets.push(...oracleWire(name.labels));
    at = name.end;
  }
  return hex([...octets, ...message.slice(at, end)]);
}
