/** Loads the hostile cases beside it: odd queries for a server, and odd behaviours of an upstream. */

import { readFileSync } from 'node:fs';

export type Transport = 'udp' | 'tcp';

export interface PacketCase {
  id: string;
  category: string;
  transport: Transport;
  /** What to write, in order: one datagram over UDP; over TCP the writes, length prefixes included. */
  writes: Uint8Array[];
  /** Over TCP: close our sending side after the last write. */
  finish: boolean;
  expect: string;
  rule: string;
  note: string;
}

export interface UpstreamCase {
  id: string;
  expect: string;
  rule: string;
  note: string;
}

const PACKET_COLUMNS = ['id', 'category', 'transport', 'hex', 'expect', 'rule', 'note'];
const UPSTREAM_COLUMNS = ['id', 'expect', 'rule', 'note'];

/** The queries of hostile-packets.tsv. Throws, naming file and line, where the file is not as it should be. */
export function loadPacketCases(): PacketCase[] {
  return rowsOf('hostile-packets.tsv', PACKET_COLUMNS).map((row) => packetCase(row));
}

/** The behaviours of hostile-upstream.tsv. Throws, naming file and line, where the file is not as it should be. */
export function loadUpstreamCases(): UpstreamCase[] {
  return rowsOf('hostile-upstream.tsv', UPSTREAM_COLUMNS).map(([id, expect, rule, note]) => {
    return { id: id!, expect: expect!, rule: rule!, note: note! };
  });
}

/** The octets of the `hex` column: "/" parts two writes, (HH*N) repeats an octet, "!" ends our sending, "-" is nothing. */
export function parseWrites(text: string): { writes: Uint8Array[]; finish: boolean } {
  const finish = text.endsWith('!');
  const body = finish ? text.slice(0, -1) : text;
  const writes = body.split('/').map((part) => {
    const hex = part.replace(/^-$/, '').replace(/\(([0-9a-f]{2})\*(\d+)\)/g, (_, octet, n) => octet.repeat(Number(n)));
    if (!/^([0-9a-f]{2})*$/.test(hex)) throw new SyntaxError(`not octets in hex: "${part.slice(0, 40)}"`);
    return Uint8Array.from(hex.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
  });
  return { writes, finish };
}

function packetCase([id, category, transport, hex, expect, rule, note]: string[]): PacketCase {
  if (transport !== 'udp' && transport !== 'tcp') throw new SyntaxError(`${id}: transport "${transport}"`);
  const { writes, finish } = parseWrites(hex!);
  if (transport === 'udp' && (finish || writes.length !== 1)) throw new SyntaxError(`${id}: one datagram expected`);
  return { id: id!, category: category!, transport, writes, finish, expect: expect!, rule: rule!, note: note! };
}

function rowsOf(file: string, columns: string[]): string[][] {
  const lines = readFileSync(new URL(file, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  const body = lines.filter((line) => !line.startsWith('#')).map((line) => line.split('\t'));
  const [header, ...rows] = body;
  if (header?.join() !== columns.join()) throw new SyntaxError(`${file}: columns are ${header?.join()}`);
  const bad = rows.find((row) => row.length !== columns.length);
  if (bad !== undefined) throw new SyntaxError(`${file}: row ${bad[0]} has ${bad.length} columns`);
  return rows;
}
