/** Run in a process of its own: what reading a query, writing a reply and rebuilding an answer cost, next to dns2 and dns-packet. */
import dnsPacket from 'dns-packet';
import { Packet } from 'dns2';
import { AnswerReader } from '../../src/wire/answer.ts';
import { EDE, RCODE, TYPE } from '../../src/wire/codes.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';
import { parseQuery, Query } from '../../src/wire/query.ts';
import { endReply, finishRelayed, putSoa, startReply } from '../../src/wire/reply.ts';
import { buildQuery } from '../../test/support/query-builder.ts';
import { buildReply, questionEnd, type ReplySpec } from '../../test/support/reply-builder.ts';
import { answer, given } from '../apart.ts';
import type { CodecContest, CodecInput } from './result.ts';

const SEED = 0x5eed;
/** So many different names take turns, so that no branch is learnt by heart. */
const NAMES = 256;
/** Of each round, in milliseconds. */
const ROUND = 40;
const { rounds } = given<CodecInput>();

/** Nanoseconds a call by round; the contestants take turns round by round, and the first round is there to be compiled. */
function contest(title: string, octets: number, calls: Record<string, (turn: number) => void>): CodecContest {
  const contestants: Record<string, number[]> = Object.fromEntries(Object.keys(calls).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, call] of Object.entries(calls)) {
      const took = roundOf(call);
      if (round > 0) contestants[name]!.push(took);
    }
  }
  return { title, octets, contestants };
}

/** Of this thread's own CPU time: what others take from it meanwhile does not count. */
function roundOf(call: (turn: number) => void): number {
  const start = cpuNanoseconds();
  let calls = 0;
  let passed = 0;
  while (passed < ROUND * 1e6) {
    for (let repeat = 0; repeat < 8; repeat++) for (let turn = 0; turn < NAMES; turn++) call(turn);
    calls += 8 * NAMES;
    passed = cpuNanoseconds() - start;
  }
  return passed / calls;
}

function cpuNanoseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) * 1e3;
}

const letters = (turn: number) => String.fromCharCode(97 + (turn & 15), 97 + (turn >> 4));
const host = (turn: number) => `www.exam${letters(turn)}e.com`;
const names = Array.from({ length: NAMES }, (_, turn) => host(turn));
const out = new Uint8Array(65536);

function queries(opt: boolean): CodecContest {
  const messages = names.map((name) => Buffer.from(buildQuery(opt ? { name, opt: { flags: 0x8000 } } : { name })));
  const query = new Query(SEED);
  return contest(opt ? 'read a query with EDNS' : 'read a plain query', messages[0].length, {
    sluis: (turn) => parseQuery(messages[turn], messages[turn].length, query),
    'dns-packet': (turn) => dnsPacket.decode(messages[turn]),
    dns2: (turn) => Packet.parse(messages[turn]),
  });
}

function blocked(): CodecContest {
  const asked = names.map((name) => {
    const query = new Query(SEED);
    const message = buildQuery({ name, opt: {} });
    parseQuery(message, message.length, query);
    return query;
  });
  const text = new TextEncoder().encode('be-716: ask netsec@example.be');
  let length = 0;
  const write = (turn: number) => {
    const at = putSoa(asked[turn], out, startReply(asked[turn], out, RCODE.NXDOMAIN), 2, 60, 1);
    length = endReply(asked[turn], out, at, 1232, 0, EDE.BLOCKED, text, 0, text.length);
  };
  write(0);
  const reply = dnsPacket.decode(Buffer.from(out.subarray(0, length)));
  const packet = Packet.parse(Buffer.from(out.subarray(0, length)));
  return contest('write a blocked reply', length, {
    sluis: write,
    'dns-packet': () => dnsPacket.encode(reply as dnsPacket.OraclePacket),
    dns2: () => packet.toBuffer(),
  });
}

function answers(title: string, spec: (name: string) => ReplySpec): CodecContest {
  const specs = names.map(spec);
  const messages = specs.map((of) => Buffer.from(buildReply(of)));
  const questions = specs.map((of) => {
    const name = new Name(SEED);
    nameFromText(of.name, name);
    return name;
  });
  const end = questionEnd(specs[0]);
  const reader = new AnswerReader(SEED);
  const query = new Query(SEED);
  const asking = buildQuery({ name: names[0], opt: {} });
  parseQuery(asking, asking.length, query);
  const read = (turn: number) =>
    reader.read(messages[turn], messages[turn].length, end, questions[turn], specs[turn].type, false, out);
  return contest(title, messages[0].length, {
    sluis: read,
    'sluis, made the client’s own': (turn) => {
      read(turn);
      finishRelayed(query, out, reader.length, false);
    },
    'dns-packet, reading alone': (turn) => dnsPacket.decode(messages[turn]),
    'dns2, reading alone': (turn) => Packet.parse(messages[turn]),
  });
}

const a = (owner: string) => ({ owner, type: TYPE.A, rdata: [[192, 0, 2, 1]] });
const cname = (owner: string, target: string) => ({ owner, type: TYPE.CNAME, rdata: [{ name: target }] });
const opt = { owner: '.', type: TYPE.OPT, class: 1232, ttl: 0, rdata: [] };
answer([
  queries(false),
  queries(true),
  blocked(),
  answers('rebuild an A answer', (name) => ({ name, type: TYPE.A, answer: [a(name)], additional: [opt] })),
  answers('rebuild two aliases and two addresses', (name) => ({
    name,
    type: TYPE.A,
    answer: [
      cname(name, `${name}.cdn.example.net`),
      cname(`${name}.cdn.example.net`, 'a.b.net'),
      a('a.b.net'),
      a('a.b.net'),
    ],
    additional: [opt],
  })),
]);
