// The machinery for hostile input proves itself: a good server passes, a bad one is found out.
import dgram from 'node:dgram';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPacketCases, loadUpstreamCases } from '../packets/load.ts';
import { describeVerdict, runPackets, runUpstreams, type Verdict } from './hostile-run.ts';
import { HostileUpstream } from './hostile-upstream.ts';
import { findUnbound, startUnbound, type Unbound } from './unbound.ts';

const binary = findUnbound();
const title = binary === null ? 'real Unbound: SKIPPED, for want of the unbound binary' : 'real Unbound';

/**
 * What Unbound 1.17 does otherwise: 2 KB in one datagram (its own limit is 4096), crooked EDNS options and an A record
 * before the OPT. A newer one may differ in a few more.
 */
const KNOWN_TO_DIFFER = ['H205', 'H218', 'H220', 'H221', 'H229'];
const LEEWAY = 3;

function unacceptable(verdicts: Verdict[]): Verdict[] {
  return verdicts.filter((verdict) => !verdict.acceptable);
}

describe.skipIf(binary === null)(title, () => {
  let upstream: HostileUpstream;
  let unbound: Unbound;

  beforeAll(async () => {
    upstream = await HostileUpstream.start();
    unbound = await startUnbound(binary!, upstream.address);
  });
  afterAll(async () => {
    await unbound?.stop();
    await upstream?.stop();
  });

  test('does what the packet cases ask, but for a handful', async () => {
    const cases = loadPacketCases();
    const verdicts = await runPackets({ ...unbound, cases, upstream });
    const surprises = unacceptable(verdicts).filter(({ id }) => !KNOWN_TO_DIFFER.includes(id));
    expect(verdicts.map(({ id }) => id)).toEqual(cases.map(({ id }) => id));
    expect(surprises.length, surprises.map(describeVerdict).join('\n')).toBeLessThanOrEqual(LEEWAY);
    expect(verdicts.filter(({ breaches }) => breaches.includes('the server no longer answers'))).toEqual([]);
  });

  test('keeps every lie of an upstream from its clients', async () => {
    const cases = loadUpstreamCases();
    const verdicts = await runUpstreams({ server: unbound, upstream, cases, patienceMs: 3000 });
    const surprises = unacceptable(verdicts);
    expect(verdicts.map(({ id }) => id)).toEqual(cases.map(({ id }) => id));
    expect(surprises.length, surprises.map(describeVerdict).join('\n')).toBeLessThanOrEqual(LEEWAY);
  });
});

/** A server as bad as can be: whatever arrives goes back with the QR bit set and the rest as it was. */
describe('a server that echoes everything', () => {
  const udp = dgram.createSocket('udp4');
  const tcp = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (octets) => socket.write(octets));
  });
  let server: { udp: { address: string; port: number }; tcp: { address: string; port: number } };

  beforeAll(async () => {
    udp.on('message', (bytes, peer) => {
      if (bytes.length > 2) bytes[2]! |= 0x80;
      udp.send(bytes, peer.port, peer.address);
    });
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    const { port } = tcp.address() as net.AddressInfo;
    server = { udp: { address: '127.0.0.1', port: udp.address().port }, tcp: { address: '127.0.0.1', port } };
  });
  afterAll(() => {
    udp.close();
    tcp.close();
  });

  async function play(...ids: string[]): Promise<Verdict[]> {
    return runPackets({ ...server, cases: loadPacketCases().filter(({ id }) => ids.includes(id)) });
  }

  test('is caught answering what deserves silence', async () => {
    const verdicts = await play('H001', 'H007', 'H031', 'H037');
    expect(unacceptable(verdicts).map(({ id }) => id)).toEqual(['H001', 'H007', 'H031', 'H037']);
    expect(verdicts[2]!.breaches).toContain('reply to a reply');
  });

  test('is caught echoing what deserves an error', async () => {
    const verdicts = await play('H013', 'H193', 'H208', 'H224');
    expect(unacceptable(verdicts).map(({ id }) => id)).toEqual(['H013', 'H193', 'H208']);
    expect(verdicts[3]!.breaches).toContain('unknown option echoed');
    expect(verdicts[3]!.breaches).toContain('RA clear in an answer');
  });
});

test('a server that is not there has every answer missing, and is said to be dead', async () => {
  const closed = await HostileUpstream.start();
  const gone = closed.address;
  await closed.stop();
  const cases = loadPacketCases().filter(({ id }) => ['H001', 'H040', 'H329'].includes(id));
  const verdicts = await runPackets({ udp: gone, tcp: gone, cases, deadlineMs: 300 });
  expect(verdicts.map(({ acceptable }) => acceptable)).toEqual([true, false, false]);
  expect(verdicts.every(({ breaches }) => breaches.includes('the server no longer answers'))).toBe(true);
});
