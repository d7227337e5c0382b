// List servers go wrong in every way while queries run: none is lost, nothing banned let through, nothing innocent
// blocked, and what is wrong is told.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminSource } from '../../src/commands/admin-source.ts';
import type { ListState } from '../../src/observe/metrics-source.ts';
import { Authority } from '../support/certificates.ts';
import { decodeReply } from '../support/decode.ts';
import { UdpClient } from '../support/dns-client.ts';
import { HostileUpstream } from '../support/hostile-upstream.ts';
import { FAULTS, MOST, redirect, STANDSTILLS, status, whole } from '../support/list-behaviours.ts';
import { type Behaviour, ListServer } from '../support/list-server.ts';
import { type LoadResult, runLoad } from '../support/load.ts';
import { type RunningSluis, startSluis } from '../support/sluis.ts';
import { encodeQuery } from '../support/world.ts';

/** Every name beneath it has an address: a gate that opens is seen. */
const ANSWERED = 'wild.example.com';
const namesOf = (word: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${word}-${at}.${ANSWERED}\n`).join('');
const RULES = 300;
/** What the list of that id bans, and no other does. */
const goodOf = (id: string) => namesOf(id, RULES);
const bannedOf = (id: string) => [`${id}-0.${ANSWERED}`, `x.${id}-${RULES - 1}.${ANSWERED}`];
/** Long enough that what is wrong at its end is not seen at its beginning. */
const longOf = (id: string) => `${goodOf(id)}${namesOf('other', 20_000)}`;
/** Not at its beginning. */
const damaged = (packed: Buffer) => packed.fill(0xff, packed.length - 2000, packed.length - 1000);

interface Content {
  content: (id: string) => string | Buffer;
  state: ListState;
  why: RegExp;
}

/** What is fetched, as nothing is wrong with its beginning, and then not taken, or not as it is. */
const CONTENTS: Content[] = [
  { content: () => gzipSync(Buffer.alloc(MOST * 16, 'a.example\n')), state: 'stale', why: /max_size/ },
  { content: (id) => damaged(gzipSync(longOf(id))), state: 'stale', why: /cannot be unpacked/ },
  { content: (id) => gzipSync(longOf(id)).subarray(0, -1000), state: 'stale', why: /it is cut off/ },
  { content: () => '# down for maintenance\n', state: 'stale', why: /./ },
  { content: () => '<<< nothing of this is a name >>>\n'.repeat(50), state: 'stale', why: /./ },
  { content: () => 'something.else.example\n', state: 'held', why: /guard\.shrink/ },
  { content: longOf, state: 'held', why: /guard\.growth/ },
  { content: (id) => `${goodOf(id)}com\n*\n.\n`, state: 'current', why: /^$/ },
];

const ours = new Authority('Ours');
const ALLOWED = Array.from({ length: 200 }, (_, index) => `h${index}.${ANSWERED}`);
let upstream: HostileUpstream;
let server: ListServer;
let copies: string;
let sluis: RunningSluis | undefined;

const settings = (ids: readonly string[], timeout = '30s') => ({
  presets: ['be-716'],
  workers: { driver: 'batched', datagram: 2 },
  upstreams: [`${upstream.address.address}:${upstream.address.port}`],
  lists: ids.map((id) => ({ id, url: server.url(`/${id}`), max_size: `${MOST}B` })),
  updates: { folder: copies, timeout, ca: 'ca.pem' },
  policies: [{ id: 'house', title: { en: 'House rules' }, authority: 'Board', lists: ids }],
  groups: [{ id: 'all', match: 'any', modes: { 'be-716': 'block', house: 'block' } }],
});

const start = async (ids: readonly string[]) => {
  sluis = await startSluis(settings(ids), { files: { 'ca.pem': ours.pem } });
  return sluis;
};

/** The metrics of lists by their labels. */
async function metrics(): Promise<Record<string, number>> {
  const text = await adminSource(sluis!.resolver, '0', '').metrics.expose();
  const found = text.matchAll(/^sluis_list(?:s|_fetches_total)\{(?:state|result)="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...found].map(([, label, value]) => [label, Number(value)]));
}

async function rcodeOf(name: string): Promise<string> {
  const client = await UdpClient.open(sluis!.udp);
  const reply = await client.ask(encodeQuery({ name }));
  client.close();
  return decodeReply(reply!).rcode;
}

/** Questions until it is told to end. */
function load(banned: string[]): { end: () => Promise<LoadResult[]> } {
  let isOver = false;
  const run = async () => {
    const results: LoadResult[] = [];
    while (!isOver) {
      results.push(await runLoad({ ...sluis!.udp, banned, allowed: ALLOWED, questions: 40_000, rate: 20_000 }));
    }
    return results;
  };
  const running = run();
  return {
    end: () => {
      isOver = true;
      return running;
    },
  };
}

const useOf = (id: string) => sluis!.resolver.lists.lists.find(({ list }) => list.id === id)!.use;

beforeEach(async () => {
  copies = mkdtempSync(join(tmpdir(), 'sluis-copies-'));
  upstream = await HostileUpstream.start();
  server = await ListServer.start(ours.vouch(['127.0.0.1']));
});

afterEach(async () => {
  await sluis?.stop();
  await server.stop();
  await upstream.stop();
  rmSync(copies, { recursive: true });
});

test('whatever list servers do, under load', async () => {
  const certificates: [ListServer, RegExp][] = [
    [await ListServer.start(ours.vouch(['127.0.0.1'], -1000)), /expired/],
    [await ListServer.start(new Authority('Theirs').vouch(['127.0.0.1'])), /unable to verify/],
    [await ListServer.start(ours.vouch(['other.example'])), /does not match certificate/],
  ];
  const failing: [behave: Behaviour, says: RegExp][] = [
    ...Object.values(FAULTS).map(({ behave, says }): [Behaviour, RegExp] => [behave, says]),
    ...certificates.map(([elsewhere, says]): [Behaviour, RegExp] => [redirect(elsewhere.url('/')), says]),
  ];
  const stuck = Object.values(STANDSTILLS);
  const bad = failing.map((_, at) => `bad-${at}`);
  const odd = CONTENTS.map((_, at) => `odd-${at}`);
  const slow = stuck.map((_, at) => `slow-${at}`);
  const ids = ['same', ...bad, ...odd, ...slow];
  let running: ReturnType<typeof load> | undefined;
  try {
    for (const id of ids) server.at(`/${id}`, whole(goodOf(id)));
    await start(ids);
    expect(await metrics()).toMatchObject({ current: ids.length, changed: ids.length, failed: 0 });
    // Banned by no list yet.
    expect(await rcodeOf(`new-same.${ANSWERED}`)).toBe('NOERROR');
    running = load(['www.tiktok.com', ...ids.flatMap(bannedOf)]);

    // All of these at once.
    server.at('/same', status(304));
    for (const [at, [behave]] of failing.entries()) server.at(`/${bad[at]}`, behave);
    for (const [at, { content }] of CONTENTS.entries()) server.at(`/${odd[at]}`, whole(content(odd[at])));
    const outcomes = new Map((await sluis!.resolver.lists.refresh()).map((outcome) => [outcome.id, outcome]));
    for (const [at, [, says]] of failing.entries()) {
      expect(outcomes.get(bad[at])).toMatchObject({ result: 'failed', reason: expect.stringMatching(says) });
      expect(useOf(bad[at]).state).toBe('current');
    }
    for (const [at, { state, why }] of CONTENTS.entries()) {
      expect(outcomes.get(odd[at])).toMatchObject({ result: 'changed' });
      expect(useOf(odd[at])).toMatchObject({ state, why: expect.stringMatching(why) });
    }
    const count = (state: ListState) => CONTENTS.filter((one) => one.state === state).length;
    const [stale, held] = [count('stale'), count('held')];
    const failed = failing.length;
    const asBefore = { current: ids.length - stale - held, stale, held, missing: 0 };
    const changed = ids.length + odd.length;
    expect(await metrics()).toEqual({ ...asBefore, changed, unchanged: 1 + slow.length, failed });

    // These one after the other, with little time.
    sluis!.configure(settings(ids, '1s'));
    expect((await sluis!.resolver.reload('a shorter time')).result).toBe('ok');
    for (const [at, behave] of stuck.entries()) {
      server.at(`/${slow[at]}`, behave);
      const outcome = await sluis!.resolver.lists.refresh(slow[at]);
      expect(outcome).toMatchObject([{ result: 'failed', reason: expect.stringMatching(/in time/) }]);
    }
    expect(await metrics()).toMatchObject({ ...asBefore, failed: failed + slow.length });

    // And all is well again.
    sluis!.configure(settings(ids));
    expect((await sluis!.resolver.reload('a longer time')).result).toBe('ok');
    for (const id of ids) server.at(`/${id}`, whole(`${goodOf(id)}new-${id}.${ANSWERED}\n`));
    expect((await sluis!.resolver.lists.refresh()).map(({ result }) => result)).toEqual(ids.map(() => 'changed'));
    expect(await metrics()).toMatchObject({ current: ids.length, stale: 0, held: 0 });
    for (const id of ids) expect([id, await rcodeOf(`new-${id}.${ANSWERED}`)]).toEqual([id, 'NXDOMAIN']);
    for (const result of await running.end()) {
      expect(result).toMatchObject({ lost: 0, letThrough: 0, wronglyBlocked: 0, otherRcodes: {} });
      expect(result.answered).toBe(result.asked);
    }
    expect(sluis!.resolver.supervisor.restarts()).toEqual({ datagram: 0, stream: 0 });
  } finally {
    await running?.end();
    for (const [elsewhere] of certificates) await elsewhere.stop();
  }
});
