// Nothing odd that a client or an upstream sends gets through, on either driver: every case of the hostile sets.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPacketCases, loadUpstreamCases } from '../packets/load.ts';
import { BANNED_ADDRESS } from '../support/honest-zone.ts';
import { describeVerdict, runPackets, runUpstreams, type Verdict } from '../support/hostile-run.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { DRIVERS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { addressesOf, leastTtl } from '../support/upstream-judge.ts';

const DEVICES = `id,address,mac,purchase,subscription,use,work_apps
laptop,,00:00:5e:00:53:11,none,none,none,no
`;

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
    const settings = {
      workers: { driver, datagram: 2 },
      upstreams: [`${upstream.address.address}:${upstream.address.port}`],
      // Whatever is said of devices is looked at.
      devices: { file: 'devices.csv', mac_from: ['127.0.0.1'], id_from: ['127.0.0.1'] },
      groups: [{ id: 'all', match: { subnets: ['127.0.0.0/8'] }, modes: { 'be-716': 'block' } }],
    };
    sluis = await startSluis(settings, { files: { 'devices.csv': DEVICES } });
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
