// Run in a process of its own: counts the octets of heap that a million calls of each data-plane operation leave behind.

import process from 'node:process';
import { AnswerReader, CHAIN } from '../../src/wire/answer.ts';
import { EDE, RCODE, TYPE } from '../../src/wire/codes.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';
import { PARSE, parseQuery, Query } from '../../src/wire/query.ts';
import { endReply, finishRelayed, putSoa, startReply, writeEmpty } from '../../src/wire/reply.ts';
import { ENGINE_OPERATIONS } from './allocation-engine.ts';
import { buildQuery } from './query-builder.ts';
import { buildReply, questionEnd, type ReplySpec } from './reply-builder.ts';

const CALLS = 1_000_000;
/** The heap is looked at this often: a collection hides at most what one block left. */
const BLOCKS = 10;
const SEED = 0x5eed;
const out = new Uint8Array(65536);

/** One operation, prepared; false when it did not do what it should. */
type Operation = () => boolean;

function parsing(expected: number, message: Uint8Array): Operation {
  const query = new Query(SEED);
  return () => parseQuery(message, message.length, query) === expected;
}

function asked(message: Uint8Array): Query {
  const query = new Query(SEED);
  parseQuery(message, message.length, query);
  return query;
}

function blocking(query: Query): Operation {
  const text = new TextEncoder().encode('be-716: ask netsec@example.be');
  return () => {
    const at = putSoa(query, out, startReply(query, out, RCODE.NXDOMAIN), 2, 60, 1);
    return endReply(query, out, at, 1232, 0, EDE.BLOCKED, text, 0, text.length) > at;
  };
}

/** Reads the reply, and where `query` is given makes it that client's own. */
function reading(spec: ReplySpec, query?: Query): Operation {
  const [message, end] = [buildReply(spec), questionEnd(spec)];
  const name = new Name(SEED);
  nameFromText(spec.name, name);
  const reader = new AnswerReader(SEED);
  return () => {
    if (reader.read(message, message.length, end, name, spec.type, true, out) !== CHAIN.OK) return false;
    return !query || finishRelayed(query, out, reader.length, false, true) > reader.length;
  };
}

const name = 'www.tiktok.com';
const plain = buildQuery({ name });
const edns = buildQuery({ name, opt: { flags: 0x8000 } });
const soa = { owner: 'tiktok.com', type: TYPE.SOA, rdata: [{ name: 'a.net' }, { name: 'b.net' }, new Uint8Array(20)] };
const address: ReplySpec = { name, type: TYPE.A, answer: [{ owner: name, type: TYPE.A, rdata: [[1, 2, 3, 4]] }] };
const negative: ReplySpec = { name, type: TYPE.A, flags: 0x8183, authority: [soa] };
const alias: ReplySpec = {
  name,
  type: TYPE.A,
  answer: [
    { owner: name, type: TYPE.CNAME, rdata: [{ name: 'cdn.example.net' }] },
    { owner: 'cdn.example.net', type: TYPE.A, rdata: [[1, 2, 3, 4]] },
  ],
};
const refused = asked(edns);
let kept: unknown;

/** Every operation of the query path has a line here. */
const OPERATIONS: Record<string, Operation> = {
  'control: one small object a call': () => {
    kept = { refused };
    return kept !== undefined;
  },
  'parseQuery, plain': parsing(PARSE.OK, plain),
  'parseQuery, EDNS': parsing(PARSE.OK, edns),
  'parseQuery, malformed': parsing(PARSE.MALFORMED, edns.slice(0, edns.length - 1)),
  'writeEmpty, extended error': () => writeEmpty(refused, out, RCODE.REFUSED, EDE.PROHIBITED) > 0,
  'a blocked reply': blocking(asked(edns)),
  'AnswerReader.read, address': reading(address),
  'AnswerReader.read, alias': reading(alias),
  'AnswerReader.read, negative': reading(negative),
  'AnswerReader.read and finishRelayed': reading(address, asked(edns)),
  ...ENGINE_OPERATIONS,
};

function repeat(operation: Operation, calls: number): void {
  for (let left = calls; left > 0; left--) if (!operation()) throw new Error('the operation failed');
}

/** Octets that `CALLS` calls leave on the heap, garbage or not. */
function left(operation: Operation): number {
  repeat(operation, CALLS / 2);
  globalThis.gc?.();
  let octets = 0;
  for (let block = 0; block < BLOCKS; block++) {
    const before = process.memoryUsage().heapUsed;
    repeat(operation, CALLS / BLOCKS);
    octets += Math.max(0, process.memoryUsage().heapUsed - before);
  }
  return octets;
}

if (!globalThis.gc) throw new Error('run with --expose-gc');
console.log(JSON.stringify(Object.entries(OPERATIONS).map(([of, operation]) => [of, left(operation)])));
