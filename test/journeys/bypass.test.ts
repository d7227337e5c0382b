// Ways round the resolver on a real server: what asks first is told to stay, servers are watched or blocked, all is counted.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adminSource } from '../../src/commands/admin-source.ts';
import { readExposition } from '../observe/metrics-world.ts';
import { decodeReply } from '../support/decode.ts';
import { TcpClient, UdpClient } from '../support/dns-client.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { DRIVERS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { encodeQuery } from '../support/world.ts';

const CANARY = 'use-application-dns.net';
const RELAY = 'mask-h2.icloud.com';
const DDR = '_dns.resolver.arpa';
const DOH = 'dns.google';
const OWN = 'dns.quad9.net';
const SVCB = 'UNKNOWN_64';

describe.each(DRIVERS)('%s driver', (driver) => {
  let upstream: HostileUpstream;
  let sluis: RunningSluis;

  const start = async (group: object) => {
    sluis = await startSluis(
      {
        workers: { driver, datagram: 2 },
        upstreams: [`${upstream.address.address}:${upstream.address.port}`],
        policies: [{ id: 'be-716', answer: 'null', owner: 'ban@example.be' }],
        lists: [{ id: 'own', file: 'own.txt', format: 'domains', match: 'exact' }],
        groups: [{ id: 'all', match: 'any', modes: { 'be-716': 'block' }, allow: ['own'], ...group }],
        log: { hits: { to: './hits.json', clients: 'plain' } },
      },
      { files: { 'own.txt': `${OWN}\n` } },
    );
  };
  const ask = async (name: string, type = 'A', transport: 'udp' | 'tcp' = 'udp') => {
    const client = await (transport === 'udp' ? UdpClient.open(sluis.udp) : TcpClient.open(sluis.tcp));
    const reply = await client.ask(encodeQuery({ name, type }));
    client.close();
    const decoded = decodeReply(reply!);
    const { udp, tcp } = upstream.count(name);
    return { rcode: decoded.rcode, answers: decoded.answers.length, asked: udp + tcp, bytes: reply! };
  };
  /** Series by `kind` of the one metric, by `policy decision` of the other, where they are not 0. */
  const counted = async () => {
    const families = readExposition(await adminSource(sluis.resolver, '0', '').metrics.expose());
    const of = (name: string, ...keys: string[]) =>
      Object.fromEntries(
        families
          .get(name)!
          .series.filter(({ value }) => value > 0)
          .map(({ labels, value }) => [keys.map((key) => labels[key]).join(' '), value]),
      );
    return {
      signals: of('sluis_bypass_signals_total', 'kind', 'group'),
      decisions: of('sluis_policy_decisions_total', 'policy', 'decision'),
    };
  };
  const logged = () =>
    readFileSync(join(sluis.folder, 'hits.json'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
      .map(({ event, rule, dns }) => [dns.question.name, event.action, rule.id, rule.author[0]]);

  beforeEach(async () => {
    upstream = await HostileUpstream.start();
  });
  afterEach(async () => {
    await sluis?.stop();
    await upstream?.stop();
  });

  test('unless told, a group that blocks stops what asks first, and watches servers', async () => {
    await start({});
    // Never an address, though the ban gives one: it would turn on what is to stay off.
    expect(await ask('www.tiktok.com')).toMatchObject({ rcode: 'NOERROR', answers: 1 });
    const stopped = { rcode: 'NXDOMAIN', answers: 0, asked: 0 };
    expect(await ask(CANARY)).toMatchObject(stopped);
    expect(await ask(CANARY, 'AAAA', 'tcp')).toMatchObject(stopped);
    const relay = await ask(RELAY);
    expect(relay).toMatchObject(stopped);
    expect(Buffer.from(relay.bytes).toString('latin1')).toContain('bypass-relay: ask ban@example.be');
    expect(await ask(DDR, SVCB)).toMatchObject({ rcode: 'NOERROR', answers: 0, asked: 0 });
    expect(await ask(DOH)).toMatchObject({ asked: 1 });
    expect(await ask('turbovpn.com')).toMatchObject({ asked: 1 });
    const { signals, decisions } = await counted();
    expect(signals).toEqual({ 'canary all': 2, 'relay all': 1, 'ddr all': 1, 'doh all': 1 });
    expect(decisions).toEqual({
      'be-716 blocked': 1,
      'bypass-canary blocked': 2,
      'bypass-relay blocked': 1,
      'bypass-ddr blocked': 1,
      'bypass-doh observed': 1,
    });
    await expect.poll(() => logged().length, { timeout: 10_000 }).toBe(6);
    const author = 'Configuration of group all';
    expect(logged()).toEqual(
      expect.arrayContaining([
        [CANARY, 'blocked', 'bypass-canary', author],
        [RELAY, 'blocked', 'bypass-relay', author],
        [DDR, 'blocked', 'bypass-ddr', author],
        [DOH, 'observed', 'bypass-doh', author],
      ]),
    );
  });

  test('told, it does as it says; what it allows is no way round, and discovery stays here', async () => {
    const bypass = { canary: 'off', relay: 'observe', ddr: 'observe', doh: 'block', vpn: 'block', owner: 'soc@x.be' };
    await start({ bypass });
    expect(await ask(CANARY)).toMatchObject({ asked: 1 });
    expect(await ask(RELAY)).toMatchObject({ asked: 1 });
    expect(await ask(DDR, SVCB)).toMatchObject({ rcode: 'NOERROR', answers: 0, asked: 0 });
    const blocked = await ask(DOH);
    expect(blocked).toMatchObject({ rcode: 'NXDOMAIN', asked: 0 });
    expect(Buffer.from(blocked.bytes).toString('latin1')).toContain('bypass-doh: ask soc@x.be');
    expect(await ask(OWN)).toMatchObject({ asked: 1 });
    expect(await ask('www.expressvpn.com')).toMatchObject({ rcode: 'NXDOMAIN', asked: 0 });
    const { signals } = await counted();
    expect(signals).toEqual({ 'relay all': 1, 'ddr all': 1, 'doh all': 1, 'vpn all': 1 });
  });

  test('a group that takes only what it approves has the signals all the same', async () => {
    await start({ modes: { 'be-716': 'off' }, default: { mode: 'block', policy: 'be-716' } });
    expect(await ask(DOH)).toMatchObject({ asked: 0 });
    expect(await ask(CANARY)).toMatchObject({ rcode: 'NXDOMAIN', asked: 0 });
    expect(await ask(DDR, SVCB)).toMatchObject({ rcode: 'NOERROR', answers: 0, asked: 0 });
    expect(await ask('www.example.com')).toMatchObject({ asked: 0 });
    const { signals, decisions } = await counted();
    expect(signals).toEqual({ 'doh all': 1, 'canary all': 1, 'ddr all': 1 });
    expect(decisions).toEqual({ 'be-716 blocked': 2, 'bypass-canary blocked': 1, 'bypass-ddr blocked': 1 });
  });

  test('a group that bans nothing is left alone, but for discovery, which never leaves', async () => {
    await start({ modes: { 'be-716': 'off' } });
    for (const name of [CANARY, RELAY, DOH]) expect(await ask(name)).toMatchObject({ asked: 1 });
    expect(await ask(DDR, SVCB)).toMatchObject({ rcode: 'NOERROR', answers: 0, asked: 0 });
    expect(await counted()).toEqual({ signals: {}, decisions: {} });
  });
});
