// Networks that are barred: whatever name leads into them, for each group, by dates and exceptions, over reloads.

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EVENT, OUTCOME } from '../../src/engine/counters.ts';
import { decodeReply } from '../support/decode.ts';
import { TcpClient, UdpClient } from '../support/dns-client.ts';
import { GOOD_ADDRESS, VICTIM_ADDRESS } from '../support/honest-zone.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { ADDRESS, Network } from '../support/network.ts';
import { DRIVERS, RELOAD_MS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { encodeQuery } from '../support/world.ts';

const YAML = `
upstreams: [192.0.2.53]
presets: []
lists:
  - { id: barred, file: barred.txt, format: addresses }
  - { id: partners, file: partners.txt, format: domains }
policies:
  - id: hosting
    title: Networks of a barred operator
    authority: Board
    owner: netsec@example.be
    effective: 2026-03-01
    grace: P14D
    expires: 2026-12-31
    on_expiry: "off"
    lists: [barred]
groups:
  - { id: service, match: { subnets: [10.10.0.0/16] }, modes: { hosting: block }, allow: [partners] }
  - { id: guests, match: { subnets: [10.20.0.0/16] }, modes: { hosting: observe } }
  - { id: lab, match: { subnets: [10.30.0.0/16] }, modes: { hosting: off } }
exceptions:
  - { id: x-1, ground: investigation, policy: hosting, clients: [10.10.4.17], owner: a@example.be, approver: b@example.be,
      reason: Case support, ticket: REQ-1, starts: 2026-04-01, expires: 2026-07-01 }
`;
const files = (barred: string) => ({ 'barred.txt': barred, 'partners.txt': 'partner.example\n' });
const SERVICE = '10.10.9.9';
const EXCEPTED = '10.10.4.17';
const GUEST = '10.20.0.1';

describe('a policy on networks', () => {
  test('acts for each group and on each day as its dates say, over UDP and TCP, as explain tells', async () => {
    const network = await Network.of(YAML, files('192.0.2.0/24\n'));
    const fates = (day: string) =>
      network.at(day) && [SERVICE, GUEST, '10.30.0.1'].map((client) => network.gets(client, 'www.shop.example'));
    expect(fates('2026-02-28')).toEqual(['answered', 'answered', 'answered']);
    expect(fates('2026-03-01')).toEqual(['observed by hosting', 'observed by hosting', 'answered']);
    expect(fates('2026-03-15')).toEqual(['blocked by hosting', 'observed by hosting', 'answered']);
    expect(fates('2026-12-30')).toEqual(['blocked by hosting', 'observed by hosting', 'answered']);
    expect(fates('2026-12-31')).toEqual(['answered', 'answered', 'answered']);
    expect(network.count('hosting', 'service', 'BLOCKED')).toBe(4);
  });

  test('no reply outlives the next of its dates, fresh or cached', async () => {
    const network = (await Network.of(YAML, files('192.0.2.0/24\n'))).at('2026-02-28T23:59:00Z');
    expect([network.keeps(SERVICE, 'a.example'), network.keeps(SERVICE, 'a.example')]).toEqual([60, 60]);
    network.at('2026-03-14T23:59:50Z');
    expect([network.keeps(SERVICE, 'b.example'), network.keeps(SERVICE, 'b.example')]).toEqual([10, 10]);
  });

  test('lets through who has an exception, and what the group approves by its name', async () => {
    const network = (await Network.of(YAML, files('192.0.2.0/24\n'))).at('2026-05-01');
    expect(network.gets(EXCEPTED, 'www.shop.example')).toBe('let through hosting by x-1');
    expect(network.gets(SERVICE, 'www.partner.example')).toBe('answered');
    expect(network.gets(SERVICE, 'partner.example.org')).toBe('blocked by hosting');
    network.at('2026-07-01');
    expect(network.gets(EXCEPTED, 'www.shop.example')).toBe('blocked by hosting');
  });

  test('says nothing of other networks, and blocks single addresses', async () => {
    expect((await Network.of(YAML, files('198.51.100.0/24\n'))).at('2026-05-01').gets(SERVICE, 'a.example')).toBe(
      'answered',
    );
    expect((await Network.of(YAML, files(`${ADDRESS}\n`))).at('2026-05-01').gets(SERVICE, 'a.example')).toBe(
      'blocked by hosting',
    );
  });
});

const LISTS = [
  { id: 'own', file: 'own.txt', format: 'domains' },
  { id: 'nets', file: 'nets.txt', format: 'addresses' },
];
const HOUSE = {
  id: 'house',
  title: { en: 'House rules' },
  authority: 'Board',
  owner: 'a@b.example',
  lists: ['own', 'nets'],
};
const PATIENCE = { timeout: 120_000 };
const OBSERVER = '127.0.0.2';
const LET_PAST = '127.0.0.3';
const NAME = 'www.test-up.example';
/** In the list of names as well; one client has an exception. */
const LISTED = 'listed.test-up.example';
const VICTIM = 'victim.test-up.example';

interface Line {
  event: { action: string };
  dns: { question: { name: string; type: string }; answers?: { data: string }[]; resolved_ip?: string[] };
  sluis: { group: string; list?: string; match?: string; exception?: string };
  rule: { id: string; name: string; reference: string };
}

describe.each(DRIVERS)('%s driver', (driver) => {
  let upstream: HostileUpstream;
  let sluis: RunningSluis;

  beforeEach(async () => {
    upstream = await HostileUpstream.start();
    const day = 86_400_000;
    const [starts, expires] = [Date.now() - day, Date.now() + 30 * day].map((ms) => new Date(ms).toISOString());
    const settings = {
      workers: { driver, datagram: 2 },
      upstreams: [`${upstream.address.address}:${upstream.address.port}`],
      presets: [],
      lists: LISTS,
      policies: [HOUSE],
      groups: [
        { id: 'all', match: 'any', modes: { house: 'block' } },
        { id: 'watched', match: { subnets: [`${OBSERVER}/32`] }, modes: { house: 'observe' } },
      ],
      exceptions: [
        {
          ...{ id: 'x-1', ground: 'inspection', policy: 'house', clients: [LET_PAST], owner: 'a@b.example' },
          ...{ approver: 'c@b.example', reason: 'Case support', ticket: 'REQ-1', starts, expires },
        },
      ],
      log: { hits: { to: './hits.json', clients: 'plain' } },
    };
    // A list must hold a rule, and so far no name leads there.
    sluis = await startSluis(settings, { files: { 'own.txt': `${LISTED}\n`, 'nets.txt': '203.0.113.0/24\n' } });
  });

  afterEach(async () => {
    await sluis?.stop();
    await upstream?.stop();
  });

  const ask = async (name: string, { type = 'A', from = '127.0.0.1', tcp = false } = {}) => {
    const client = await (tcp ? TcpClient.open(sluis.tcp, from) : UdpClient.open(sluis.udp, from));
    const reply = await client.ask(encodeQuery({ name, type }));
    client.close();
    return decodeReply(reply!);
  };
  const lines = (): Line[] => {
    const file = join(sluis.folder, 'hits.json');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };

  test('a rule that comes while the answer is cached holds at once, for each group', PATIENCE, async () => {
    const HTTPS = { type: 'UNKNOWN_65' };
    const hinted = 'hinted.test-up.example';
    for (const name of [NAME, VICTIM]) expect((await ask(name)).answers).toHaveLength(1);
    expect((await ask(hinted, HTTPS)).answers).toHaveLength(1);
    const forwarded = () => sluis.total((counters) => counters.readOutcome(OUTCOME.FORWARDED));
    // A worker may count after it has answered.
    await expect.poll(forwarded, { timeout: 10_000 }).toBe(3);
    appendFileSync(join(sluis.folder, 'nets.txt'), `${GOOD_ADDRESS}\n`);
    expect(await sluis.arrivals.until(() => sluis.reloads.length >= 2, RELOAD_MS)).toBe(true);
    expect(sluis.reloads[1]).toMatchObject({ result: 'ok', generation: 2 });

    // Blocked whole, with the policy's reason: a name that leads there, one that hints at it, and over TCP.
    const blocked = { rcode: 'NOERROR', answers: [], errors: [{ code: 15, text: 'house: ask a@b.example' }] };
    for (const way of [{}, { tcp: true }]) {
      expect(await ask(NAME, way)).toMatchObject({ ...blocked, authorities: [{ type: 'SOA', name: NAME }] });
      expect(await ask(hinted, { ...HTTPS, ...way })).toMatchObject(blocked);
    }
    // Others are as they were: who is only observed, who has an exception, and what lies beside that address.
    expect((await ask(NAME, { from: OBSERVER })).answers).toMatchObject([{ data: GOOD_ADDRESS }]);
    expect((await ask(NAME, { from: LET_PAST })).answers).toMatchObject([{ data: GOOD_ADDRESS }]);
    expect((await ask(VICTIM)).answers).toMatchObject([{ data: VICTIM_ADDRESS }]);
    expect(forwarded()).toBe(3);

    // Each is in the log, with the address and the prefix that it lies in.
    await expect.poll(() => lines().length, { timeout: 10_000 }).toBe(6);
    const lead = { answers: [{ data: GOOD_ADDRESS }], resolved_ip: [GOOD_ADDRESS] };
    const rule = { id: 'house', name: `${GOOD_ADDRESS}/32`, reference: `${join(sluis.folder, 'nets.txt')}:2` };
    for (const line of lines())
      expect(line).toMatchObject({ dns: lead, rule, sluis: { list: 'nets', match: 'prefix' } });
    const told = lines().map(({ event, dns, sluis: { group } }) => `${event.action} ${dns.question.type} ${group}`);
    expect(told.sort()).toEqual(
      [
        ...new Array(2).fill(['blocked A all', 'blocked HTTPS all']).flat(),
        'excepted A all',
        'observed A watched',
      ].sort(),
    );
    expect(sluis.total((counters) => counters.readEvent(EVENT.BLOCKED_ADDRESS))).toBe(4);
  });

  test('an exception on the asked name holds for the addresses that it leads to', PATIENCE, async () => {
    appendFileSync(join(sluis.folder, 'nets.txt'), `${GOOD_ADDRESS}/32\n`);
    expect(await sluis.arrivals.until(() => sluis.reloads.length >= 2, RELOAD_MS)).toBe(true);
    expect((await ask(LISTED)).rcode).toBe('NXDOMAIN');
    for (let turn = 0; turn < 2; turn++) expect((await ask(LISTED, { from: LET_PAST })).answers).toHaveLength(1);
    await expect.poll(() => lines().length, { timeout: 10_000 }).toBe(3);
    const told = lines().map(({ event, sluis: { list, exception }, dns }) => [
      event.action,
      list,
      exception,
      dns.answers,
    ]);
    // Two workers have a ring each.
    expect(told.sort()).toEqual([
      ['blocked', 'own', undefined, undefined],
      ['excepted', 'own', 'x-1', undefined],
      ['excepted', 'own', 'x-1', undefined],
    ]);
  });
});
