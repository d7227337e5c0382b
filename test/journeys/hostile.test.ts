// Nothing odd that a client or an upstream sends gets through, on either driver: every case of the hostile sets.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPacketCases, loadUpstreamCases } from '../packets/load.ts';
import { BANNED_ADDRESS } from '../support/honest-zone.ts';
import { describeVerdict, runPackets, runUpstreams, type Verdict } from '../support/hostile-run.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { DRIVERS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { addressesOf, leastTtl } from '../support/upstream-judge.ts';

function wrong(verdicts: Verdict[]): string[] {
  return verdicts
    .filter(({ acceptable, breaches }) => !acceptable || breaches.length > 0)
    .map((verdict) => describeVerdict(verdict));
}

describe.each(DRIVERS)('%s driver', (driver) => {
  let upstream: HostileUpstream;
  let sluis: RunningSluis;

  beforeAll(async () => {
    upstream = await HostileUpstream.start();
    sluis = await startSluis({
      workers: { driver, datagram: 2 },
      upstreams: [`${upstream.address.address}:${upstream.address.port}`],
      groups: [{ id: 'all', match: { subnets: ['127.0.0.0/8'] }, modes: { 'be-716': 'block' } }],
    });
  });

  afterAll(async () => {
    await sluis?.stop();
    await upstream?.stop();
  });

  test('queries', async () => {
    const verdicts = await runPackets({ udp: sluis.udp, tcp: sluis.tcp, cases: loadPacketCases(), upstream });
    expect(wrong(verdicts)).toEqual([]);
    expect(verdicts.flatMap(({ replies }) => replies.flatMap(addressesOf))).not.toContain(BANNED_ADDRESS);
  });

  test('upstreams', async () => {
    const verdicts = await runUpstreams({ server: sluis, upstream, cases: loadUpstreamCases() });
    expect(wrong(verdicts)).toEqual([]);
    const topBit = verdicts.find(({ id }) => id === 'E43')!;
    expect(leastTtl(topBit.replies[0])).toBe(0);
  });

  test('no worker died of it', () => {
    expect(sluis.events).toEqual([]);
    expect(sluis.resolver.supervisor.restarts()).toEqual({ datagram: 0, stream: 0 });
  });
});
