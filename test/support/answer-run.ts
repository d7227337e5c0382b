// Runs AnswerReader over a built reply and checks what must hold of everything it lets through.

import { AnswerReader, CHAIN } from '../../src/wire/answer.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';
import { buildReply, questionEnd, type ReplySpec } from './reply-builder.ts';
import { type OracleMessage, type OracleRecord, oracleMessage, oracleName, oracleText } from './wire-oracle.ts';

export const SEED = 0x5eed;
const MARKED = new Map([
  [5, 0],
  [39, 0],
  [64, 2],
  [65, 2],
]);

/** What was found, as a word of CHAIN, and the rebuilt message where it is OK. */
export interface Run {
  verdict: keyof typeof CHAIN;
  reader: AnswerReader;
  out: Uint8Array;
  rebuilt: OracleMessage;
  /** The names at the reader's target marks. */
  targets: string[];
}

/** One line per record, for comparing: section, owner, type, TTL, RDATA. */
export function lines(records: readonly OracleRecord[]): string[] {
  return records.map(({ section, owner, type, ttl, rdata }) => `${section} ${owner} ${type} ${ttl} ${rdata}`);
}

export function nameOf(text: string): Name {
  const name = new Name(SEED);
  if (!nameFromText(text, name)) throw new Error(`not a name: ${text}`);
  return name;
}

/** Why the rebuilt message is not what it must be, or undefined. */
export function fault(reader: AnswerReader, out: Uint8Array): string | undefined {
  if (reader.length > 65535) return `length ${reader.length}`;
  const rebuilt = oracleMessage(out, reader.length);
  if (!rebuilt || rebuilt.end !== reader.length) return 'not a whole message';
  if (rebuilt.records.some(({ section, class: classCode }) => section === 'additional' || classCode !== 1))
    return 'a record that is not to be relayed';
  const marks = [...reader.ttlOffset.subarray(0, reader.ttlCount)];
  if (marks.join() !== rebuilt.records.map(({ ttlAt }) => ttlAt).join()) return 'TTL marks';
  if (rebuilt.records.some(({ ttl }) => ttl > 604_800 || ttl < reader.ttl)) return 'TTL';
  const expected = rebuilt.records.flatMap(({ type, rdataAt }) => {
    const before = MARKED.get(type);
    if (before === undefined) return [];
    const at = rdataAt + before;
    return before > 0 && out[at] === 0 ? [] : [at];
  });
  if ([...reader.targetOffset.subarray(0, reader.targetCount)].join() !== expected.join()) return 'target marks';
  if (expected.some((at) => !oracleName(out, at, reader.length))) return 'a target that cannot be read';
  return undefined;
}

/** Reads octets that answer the question (`name`, `type`), which ends at `end`. */
export function runOctets(message: Uint8Array, name: string, type: number, end: number, dnssecOk = false): Run {
  const out = new Uint8Array(65536).fill(0xff);
  const reader = new AnswerReader(SEED);
  const verdict = reader.read(message, message.length, end, nameOf(name), type, dnssecOk, out);
  if (verdict === CHAIN.OK) {
    const wrong = fault(reader, out);
    if (wrong) throw new Error(`${wrong}: ${Buffer.from(out.subarray(0, reader.length)).toString('hex')}`);
  }
  const marks = [...reader.targetOffset.subarray(0, reader.targetCount)];
  return {
    verdict: (Object.keys(CHAIN) as (keyof typeof CHAIN)[])[verdict],
    reader,
    out,
    rebuilt: oracleMessage(out, verdict === CHAIN.OK ? reader.length : 0) as OracleMessage,
    targets: verdict === CHAIN.OK ? marks.map((at) => oracleText(oracleName(out, at, reader.length)!.labels)) : [],
  };
}

export function run(spec: ReplySpec, { compress = true, dnssecOk = false } = {}): Run {
  return runOctets(buildReply(spec, compress), spec.name, spec.type, questionEnd(spec), dnssecOk);
}
