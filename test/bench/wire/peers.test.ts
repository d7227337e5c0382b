/** Every server gets the same blocked names, the same upstream, and a configuration that it takes and answers by. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../bench/port.ts';
import { type Running, startPinned, stop } from '../../../bench/processes.ts';
import { buildProgram, findProgram } from '../../../bench/programs.ts';
import { LOAD_CORE, SERVER_CORE } from '../../../bench/wire/load.ts';
import { PEERS } from '../../../bench/wire/peers.ts';
import type { Peer, Program } from '../../../bench/wire/place.ts';
import { waitUntilReady, wrongAnswers } from '../../../bench/wire/sense.ts';
import { WORKLOADS } from '../../../bench/wire/workloads.ts';

const RULES = ['banned.com', 'ads.tracker.net', 'shop.co.uk', 'long-name-here.be', 'kolune.org', 'site.info'];
/** Parents, siblings, one letter off, the same end without a dot, and nothing alike. */
const ALLOWED = ['tracker.net', 'www.tracker.net', 'bannad.com', 'mybanned.com', 'banned.com.be', 'www.example.de'];

const directory = mkdtempSync(join(tmpdir(), 'bench-peers-'));
const rulesFile = join(directory, 'rules.txt');
writeFileSync(rulesFile, `${RULES.join('\n')}\n`);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const tools = ['cc', 'taskset', 'setpriv'].filter((tool) => findProgram(tool) === null);
const found = await Promise.all(PEERS.map(async (peer) => ({ peer, program: await peer.find() })));

/** Starts a peer before a stub of its own, and hands both to `use`. */
async function withServer(peer: Peer, program: Program, use: (port: number, server: Running) => Promise<void>) {
  const own = mkdtempSync(join(directory, 'own-'));
  const [port, adminPort, stubPort] = [await freePort(), await freePort(), await freePort()];
  const stub = startPinned('stub', LOAD_CORE, [await buildProgram('stub'), String(stubPort), '300', '60'], own);
  const place = { directory: own, port, adminPort, stubPort, rulesFile, freshNames: 0, lifetimeSeconds: 60 };
  const server = startPinned(peer.name, SERVER_CORE, peer.prepare(program, place), own);
  try {
    await use(port, server);
  } finally {
    await stop(server);
    await stop(stub);
  }
}

describe.runIf(process.platform === 'linux' && tools.length === 0)('a peer that is installed', () => {
  for (const { peer, program } of found) {
    const missing = typeof program === 'string' ? ` (skipped: ${program})` : '';
    it.skipIf(missing !== '')(`${peer.name} starts and answers rightly${missing}`, { timeout: 60_000 }, async () => {
      await withServer(peer, program as Program, async (port, server) => {
        expect(await waitUntilReady(port, 'ready.example.org', peer.resolves ? RULES : [], server.isAlive)).toBeNull();
        if (!peer.resolves) return;
        for (const transport of ['udp', 'tcp'] as const) {
          const samples = { allowed: ALLOWED.map((name) => `${transport}.${name}`), rules: RULES };
          expect(await wrongAnswers({ port, transport, observed: peer.observed }, samples)).toEqual([]);
        }
      });
    });
  }

  it('would be found out if it blocked what it should not, or did not block what it should', async () => {
    const sluis = found.find(({ peer }) => peer.name === 'sluis')!;
    await withServer(sluis.peer, sluis.program as Program, async (port, server) => {
      expect(await waitUntilReady(port, 'ready.example.org', RULES, server.isAlive)).toBeNull();
      const samples = { allowed: ['www.banned.com'], rules: ['example.net'] };
      const wrong = await wrongAnswers({ port, transport: 'udp', observed: null }, samples);
      expect(wrong.map(({ name, got }) => [name, got === 'NXDOMAIN'])).toEqual([
        ['www.banned.com', true],
        ['www.banned.com', true],
        ['example.net', false],
        ['www.example.net', false],
        ['a.b.example.net', false],
      ]);
    });
  });
});

it('says why a server that ends is not ready, without waiting', async () => {
  expect(await waitUntilReady(1, 'example.org', [], () => false)).toBe('ended before it answered a query');
});

describe('who takes part', () => {
  const names = PEERS.map(({ name }) => name);

  it.each(WORKLOADS.map(({ name, peers }) => [name, peers] as const))('%s knows its peers', (_, peers) => {
    expect(peers.filter((peer) => !names.includes(peer))).toEqual([]);
    expect(new Set(peers).size).toBe(peers.length);
  });

  it('an echo takes no part where something is forwarded', () => {
    const echoes = PEERS.filter(({ resolves }) => !resolves).map(({ name }) => name);
    const forwarding = WORKLOADS.filter(({ freshShare }) => freshShare > 0);
    for (const { peers } of forwarding) expect(peers.filter((peer) => echoes.includes(peer))).toEqual([]);
    expect(forwarding.length).toBeGreaterThan(1);
  });

  it('every peer that is no variant has a place in hits', () => {
    const hits = WORKLOADS.find(({ name }) => name === 'hits')!.peers;
    expect(PEERS.filter(({ variantOf }) => variantOf === null).map(({ name }) => name)).toEqual([...hits]);
  });
});
