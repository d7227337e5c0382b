/**
 * Plays the hostile cases against any server that is already up, and judges what comes back.
 *
 * Silence cannot be seen, only inferred, and waiting for it is slow. So every hostile packet is followed by a sentinel: a
 * good query for a name nobody asked before, which therefore takes the longest way through the server. When the sentinel
 * has been answered and GRACE_MS later the packet has not, it was dropped. Where silence is not acceptable the wait goes
 * on until the deadline, so a slow machine cannot turn an answer into a failure. The sentinel also proves that the server
 * survived the packet.
 */

import { type Judgement, judgePacket, type Observation, sentMessages } from '../packets/judge.ts';
import type { PacketCase, UpstreamCase } from '../packets/load.ts';
import { type Address, TcpClient, UdpClient } from './dns-client.ts';
import { TEST_ZONE } from './honest-zone.ts';
import { victimOf } from './hostile-behaviours.ts';
import type { HostileUpstream } from './hostile-upstream.ts';
import { type Exchange, forwardedBreaches, judgeUpstream, type UpstreamObservation } from './upstream-judge.ts';
import { opt, type RrSpec, writeMessage } from './write-message.ts';

export interface Server {
  udp: Address;
  tcp: Address;
}

export interface Verdict extends Judgement {
  id: string;
  note: string;
  expect: string;
  /** What came back from the server, for further assertions. */
  replies: Uint8Array[];
}

export interface PacketRun extends Server {
  cases: PacketCase[];
  /** Where given, what it received meanwhile is checked for the clients' own octets. */
  upstream?: HostileUpstream;
  /** How long to wait for a reply that must come; 5 s unless given. */
  deadlineMs?: number;
}

export interface UpstreamRun {
  server: Server;
  upstream: HostileUpstream;
  cases: UpstreamCase[];
  /** How long a client waits for one reply; a resolver that gives up later counts as silent. */
  patienceMs?: number;
}

const GRACE_MS = 80;
const SENTINEL_SENDS = 3;
/** No more at once than a server's socket buffer holds with ease. */
const AT_ONCE = 24;
const BURST_QUERIES = 10;
const SENTINEL_ID = 0xfeed;
const FLAG_RD = 0x0100;
const FLAG_AD = 0x0020;
/** A server may allow few connections in all, or to one client; each case takes two. */
const TCP_AT_ONCE = 3;
/**
 * These make the upstream look dead, or break a connection to it that other queries share: both may reach other names, so
 * they go last.
 */
const DISTURBING = 'E02 E05 E07 E08 E10 E11 E13 E14 E16 E17 E19 E20 E40 E41 E50'.split(' ');

let runs = 0;

/** A label no test of this process has used: nothing about it is cached. */
function freshLabel(of: string): string {
  runs++;
  return `n${process.pid}x${runs}-${of.toLowerCase()}`;
}

/**
 * Sends every packet from a socket of its own and judges the outcome. One verdict a case, in order; and a last one with the
 * id `upstream` where the upstream received what no resolver should send.
 */
export async function runPackets({ udp, tcp, cases, upstream, deadlineMs = 5000 }: PacketRun): Promise<Verdict[]> {
  const before = upstream?.seen.length ?? 0;
  const play = async (one: PacketCase): Promise<Verdict> => {
    const played = one.transport === 'udp' ? playUdp(udp, one, deadlineMs) : playTcp(tcp, one, deadlineMs);
    const { observation, alive } = await played;
    const judgement = judgePacket(one, observation);
    if (!alive) judgement.breaches.push('the server no longer answers');
    return { id: one.id, note: one.note, expect: one.expect, replies: observation.replies, ...judgement };
  };
  const [datagrams, streams] = await Promise.all([
    inParallel(
      cases.filter(({ transport }) => transport === 'udp'),
      AT_ONCE,
      play,
    ),
    inParallel(
      cases.filter(({ transport }) => transport === 'tcp'),
      TCP_AT_ONCE,
      play,
    ),
  ]);
  const verdicts = inOrderOf(cases, [...datagrams, ...streams]);
  const forwarded = upstream?.seen.slice(before).flatMap((query) => forwardedBreaches(query.bytes)) ?? [];
  if (forwarded.length > 0) verdicts.push(forwardedVerdict(forwarded));
  return verdicts;
}

/** Asks for every case's name behind the upstream and judges the outcome; one verdict a case, in order. */
export async function runUpstreams({ server, upstream, cases, patienceMs = 6000 }: UpstreamRun): Promise<Verdict[]> {
  const play = async (one: UpstreamCase): Promise<Verdict> => {
    const observation = await playUpstream(server, upstream, one, patienceMs);
    const replies = observation.first.reply === null ? [] : [observation.first.reply];
    return { id: one.id, note: one.note, expect: one.expect, replies, ...judgeUpstream(one, observation) };
  };
  const verdicts: Verdict[] = [];
  for (const disturbing of [false, true]) {
    const now = cases.filter(({ id }) => DISTURBING.includes(id) === disturbing);
    verdicts.push(...(await inParallel(now, AT_ONCE, play)));
  }
  return inOrderOf(cases, verdicts);
}

/** A verdict for people: `H205 NOERROR/9, expected TC (note); breaches`. */
export function describeVerdict({ id, outcome, expect, note, breaches }: Verdict): string {
  return `${id} ${outcome}, expected ${expect} (${note})${breaches.map((breach) => `; ${breach}`).join('')}`;
}

interface Played {
  observation: Observation;
  alive: boolean;
}

async function playUdp(server: Address, one: PacketCase, deadlineMs: number): Promise<Played> {
  const client = await UdpClient.open(server);
  try {
    const sentinel = sentinelFor(one);
    const answers = () => client.received.filter((reply) => !isSentinel(reply));
    const observe = (): Observation => ({ replies: answers(), closed: false });
    client.send(one.writes[0]!);
    const alive = await answered(client, sentinel, deadlineMs);
    const settled = () => answers().length > 0 || judgePacket(one, observe()).acceptable;
    await client.arrivals.until(settled, alive ? deadlineMs : 0);
    await client.arrivals.until(() => answers().length > 0, GRACE_MS);
    return { observation: observe(), alive };
  } finally {
    client.close();
  }
}

/** UDP may lose the sentinel on a full buffer: it is sent again before the server is called dead. */
async function answered(client: UdpClient, sentinel: Uint8Array, deadlineMs: number): Promise<boolean> {
  for (let sent = 0; sent < SENTINEL_SENDS; sent++) {
    client.send(sentinel);
    if (await client.arrivals.until(() => client.received.some(isSentinel), deadlineMs / SENTINEL_SENDS)) return true;
  }
  return false;
}

/** Over TCP a half-sent message would swallow a sentinel behind it: the sentinel has a connection of its own. */
async function playTcp(server: Address, one: PacketCase, deadlineMs: number): Promise<Played> {
  const client = await TcpClient.open(server);
  try {
    const observe = (): Observation => ({ replies: [...client.received], closed: client.closed });
    await client.write(one.writes, one.finish);
    const alive = await answeredOverTcp(server, sentinelFor(one), deadlineMs);
    await client.arrivals.until(() => judgePacket(one, observe()).acceptable, alive ? deadlineMs : 0);
    await client.arrivals.until(() => client.closed || client.received.length > sentMessages(one).length, GRACE_MS);
    return { observation: observe(), alive };
  } finally {
    client.close();
  }
}

/** A server short of connections may close an idle one at any time (RFC 7766 §6.2.3): one more attempt is fair. */
async function answeredOverTcp(server: Address, sentinel: Uint8Array, deadlineMs: number): Promise<boolean> {
  const once = async () => (await throughTcp(server, sentinel, deadlineMs)).reply !== null;
  return (await once()) || (await once());
}

function sentinelFor(one: PacketCase): Uint8Array {
  return ask(`${freshLabel(one.id)}.${TEST_ZONE}`, SENTINEL_ID);
}

function isSentinel(reply: Uint8Array): boolean {
  return reply[0] === SENTINEL_ID >> 8 && reply[1] === (SENTINEL_ID & 255);
}

function ask(name: string, id: number, flags = FLAG_RD, additional: RrSpec[] = []): Uint8Array {
  return writeMessage({ id, flags, question: { name, type: 1 }, additional });
}

async function playUpstream(
  server: Server,
  upstream: HostileUpstream,
  one: UpstreamCase,
  patienceMs: number,
): Promise<UpstreamObservation> {
  const label = freshLabel(one.id);
  const name = `${label}.${one.id.toLowerCase()}.${TEST_ZONE}`;
  const victim = victimOf(name.split('.'));
  const burst = one.expect.includes('burst') ? BURST_QUERIES : 1;
  // With EDNS and AD, so that a server which merely relays the client's wishes shows; asked again, without.
  const query = (i: number) => ask(name, 0x5000 + i, FLAG_RD | FLAG_AD, [opt()]);
  const asked = Array.from({ length: burst }, (_, i) => overUdp(server, query(i), patienceMs));
  const [first, ...others] = await Promise.all(asked);
  const sends = upstream.count(name);
  // Silence once is silence again, and costs the whole patience: only what was answered is worth asking again.
  const silent = first!.reply === null;
  const again = silent ? first! : await overUdp(server, ask(name, 0x6000), patienceMs);
  const overTcp = silent ? first! : await throughTcp(server.tcp, ask(name, 0x6001), patienceMs);
  return {
    first: first!,
    again,
    overTcp,
    victim: await overUdp(server, ask(victim, 0x6002), patienceMs),
    others,
    sends,
  };
}

async function overUdp(server: Server, query: Uint8Array, patienceMs: number): Promise<Exchange> {
  const client = await UdpClient.open(server.udp);
  const reply = await client.ask(query, patienceMs);
  client.close();
  return { query, reply };
}

async function throughTcp(server: Address, query: Uint8Array, patienceMs: number): Promise<Exchange> {
  const client = await TcpClient.open(server);
  const reply = await client.ask(query, patienceMs);
  client.close();
  return { query, reply };
}

function forwardedVerdict(breaches: string[]): Verdict {
  return {
    id: 'upstream',
    note: 'what the upstream received',
    expect: 'freshly written queries only',
    outcome: 'forwarded octets',
    acceptable: false,
    breaches: [...new Set(breaches)],
    replies: [],
  };
}

function inOrderOf(cases: { id: string }[], verdicts: Verdict[]): Verdict[] {
  return cases.map(({ id }) => verdicts.find((verdict) => verdict.id === id)!);
}

/** Maps with a bound on how many run at once; results in order. */
async function inParallel<T, R>(items: T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
