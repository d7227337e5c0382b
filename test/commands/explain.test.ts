// sluis explain: the trace a person reads and the object a program reads, both in agreement with the engine.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { explain } from '../../src/commands/explain.ts';
import { type ExplainResult, explainDecision, isExplainProblem } from '../../src/control/explain.ts';
import { buildPolicy } from '../../src/control/policy-build.ts';
import { PacketCache } from '../../src/engine/cache.ts';
import { Client, PENDING } from '../../src/engine/client.ts';
import { Counters } from '../../src/engine/counters.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Moment } from '../../src/engine/moment.ts';
import { Image } from '../../src/policy/image.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { LONGEST_TTL } from '../../src/wire/answer.ts';
import { typeFromText } from '../../src/wire/codes.ts';
import { readMessage } from '../../src/wire/message-text.ts';
import { wireFromText } from '../../src/wire/name-text.ts';
import { MAX_QUESTION, writeQuery } from '../../src/wire/write-query.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const CONFIGURATION = `
listen: { dns: ["127.0.0.1:1053"] }
upstreams: ["192.0.2.53"]
forward:
  - { zones: [intern.example], upstreams: ["192.0.2.2", "192.0.2.3:5353"] }
search_domains: [corp.example]
presets: [be-716]
lists:
  - { id: house, file: house.txt, format: domains }
  - { id: free, file: free.txt, format: domains }
policies:
  - { id: be-716, owner: netsec@example.be }
  - { id: rules, title: House rules, authority: Board, owner: board@example.be, effective: 2026-02-01, lists: [house] }
groups:
  - { id: service, match: { subnets: [10.10.0.0/16, "2001:db8:10::/48"] }, modes: { be-716: block, rules: block } }
  - { id: desk, match: { subnets: [10.10.4.0/24] }, modes: { be-716: block }, allow: [free] }
  - { id: personal, match: { subnets: [10.20.0.0/16] }, modes: { be-716: observe } }
`;

const folder = folderOf({
  'sluis.yaml': CONFIGURATION,
  'house.txt': 'games.example\n',
  'free.txt': 'vm.tiktok.com\n',
  'broken.yaml': 'groups: nobody\n',
});
afterAll(() => folder.remove());

const file = folder.at('sluis.yaml');
const AT = Date.UTC(2026, 5, 1) / 1000;
let image: Image;
let settings: NonNullable<ReturnType<typeof loadSettings>['settings']>;

beforeAll(async () => {
  const loaded = loadSettings(file, {});
  expect(loaded.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  settings = loaded.settings!;
  image = new Image((await buildPolicy({ settings, seed: 7, generation: 3 })).image!);
});

async function print(...args: string[]): Promise<string> {
  const around = surroundings();
  expect(await explain.run([...args, '--config', file, '--at', '2026-06-01'], around)).toBe(0);
  return around.printed;
}

/** The object for a request that is sound. */
function explained(name: string, client?: string, type?: string, at = AT): ExplainResult {
  const result = explainDecision({ image, settings, name, client, type, at });
  if (isExplainProblem(result)) throw new Error(result.problem);
  return result;
}

describe('what a person reads', () => {
  const cases: [title: string, args: string[], lines: RegExp[]][] = [
    [
      'a blocked name',
      ['www.tiktok.com', '--client', '10.10.9.9'],
      [
        /^group +service, by 10\.10\.0\.0\/16$/m,
        /^rules +block tiktok\.com and all beneath {2}web {2}app tiktok {2}\S*blocklists\/tiktok\.yaml:\d+$/m,
        /^policies +be-716, mode block: blocks, covers web of tiktok$/m,
        /^verdict +BLOCKED by be-716, \S*tiktok\.yaml:\d+$/m,
        /^reply +NXDOMAIN, SOA tiktok\.com, TTL 60 s, EDE 15 Blocked: be-716: ask netsec@example\.be$/m,
      ],
    ],
    [
      'a pixel, which the policy leaves out',
      ['analytics.tiktok.com', '--client', '10.10.9.9'],
      [/not heard: a closer rule/, /be-716, mode block: facet not covered/, /^verdict +answered/m],
    ],
    ['an observed name', ['tiktok.com', '--client', '10.20.0.1'], [/^verdict +answered, observed by be-716/m]],
    [
      'a name in the allow list of a longer prefix',
      ['vm.tiktok.com', '--client', '10.10.4.7'],
      [
        /^group +desk, by 10\.10\.4\.0\/24$/m,
        /^rules +allow vm\.tiktok\.com and all beneath +list free /m,
        /^ +block tiktok\.com and all beneath .* not heard: the group's allow list goes first$/m,
        /^verdict +allowed by the group's allow list, \S*free\.txt:1$/m,
        /^ +nothing that the answer leads to is judged: the name decides for it$/m,
      ],
    ],
    ['an IPv6 client', ['tiktok.com', '--client', '2001:db8:10::1'], [/service, by 2001:db8:10::\/48/, /BLOCKED/]],
    ['an IPv4 client in IPv6 form', ['tiktok.com', '--client', '::ffff:10.10.9.9'], [/service, by 10\.10\.0\.0\/16/]],
    ['a stranger', ['tiktok.com', '--client', '8.8.8.8'], [/^group +none/m, /^reply +REFUSED, EDE 18 Prohibited$/m]],
    [
      'a special-use name',
      ['printer.localhost', '--client', '10.20.0.1', '--type', 'aaaa'],
      [/^special +localhost is special \(RFC 6761\)/m, /^reply +NOERROR, AAAA ::1, TTL 3600 s$/m],
    ],
    [
      'a forward zone',
      ['wiki.intern.example', '--client', '10.20.0.1'],
      [/else from 192\.0\.2\.2:53, 192\.0\.2\.3:5353 \(zone intern\.example\)/, /alias, service target and address/],
    ],
    [
      'a blocked name with a search domain behind it',
      ['www.tiktok.com.corp.example', '--client', '10.10.9.9'],
      [
        /^search +www\.tiktok\.com with the search domain corp\.example behind it$/m,
        /^verdict +BLOCKED by be-716/m,
        /^reply +NXDOMAIN, SOA tiktok\.com\.corp\.example, /m,
      ],
    ],
    ['a transfer', ['example.com', '--client', '10.20.0.1', '--type', 'AXFR'], [/^reply +REFUSED$/m]],
    [
      'every group',
      ['tiktok.com'],
      [/^ +service +BLOCKED by be-716/m, /^ +personal +answered, observed by be-716/m, /--client ADDRESS/],
    ],
  ];
  for (const [title, args, lines] of cases) {
    it(`shows ${title}`, async () => {
      const printed = await print(...args);
      for (const line of lines) expect(printed).toMatch(line);
    });
  }

  it('has titles in the language of the reader', async () => {
    const around = surroundings({ LC_ALL: 'nl_BE.UTF-8' });
    expect(await explain.run(['tiktok.com', '--client', '10.10.9.9', '--config', file], around)).toBe(0);
    expect(around.printed).toMatch(/^ +Tijdelijk verbod op het gebruik van TikTok, by National Security Council/m);
  });

  it('escapes a hostile name', async () => {
    const printed = await print('\\027[2jevil.tiktok.com', '--client', '10.10.9.9');
    expect(printed).toContain('\\027[2jevil.tiktok.com A');
    expect(printed).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

describe('a date', () => {
  it('takes a policy into force to the second', () => {
    const effective = Date.UTC(2026, 1, 1) / 1000;
    const outcome = (at: number) =>
      explained('games.example', '10.10.9.9', 'A', at).groups[0].policies.find(({ id }) => id === 'rules')?.outcome;
    expect(outcome(effective - 1)).toBe('not yet effective');
    expect(outcome(effective)).toBe('blocks');
  });
});

describe('what a program reads', () => {
  it('is one JSON object that keeps its shape', async () => {
    const printed = await print('www.tiktok.com', '--client', '10.10.9.9', '--json');
    const result: ExplainResult = JSON.parse(printed);
    expect(Object.keys(result)).toEqual(['name', 'type', 'client', 'device', 'at', 'generation', 'groups']);
    expect(Object.keys(result.groups[0])).toEqual([
      ...['group', 'by', 'exceptions', 'special', 'forward', 'search', 'rules', 'policies', 'fallback'],
      ...['decision', 'policy', 'rule', 'exception', 'answer', 'reply'],
    ]);
    expect(result).toMatchObject({ client: '10.10.9.9', at: '2026-06-01T00:00:00.000Z' });
    expect(result.groups[0]).toMatchObject({
      decision: 'block',
      policy: 'be-716',
      rule: 0,
      reply: {
        from: 'here',
        cause: 'policy',
        status: 'NXDOMAIN',
        ede: { code: 15, name: 'Blocked', text: 'be-716: ask netsec@example.be' },
        answers: [],
        soa: 'tiktok.com',
        ttl: 60,
      },
    });
  });

  it('survives JSON unchanged', () => {
    const result = explained('vm.tiktok.com');
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });
});

describe('a request that cannot be understood', () => {
  const cases: [string, Parameters<typeof explained>, RegExp][] = [
    ['an empty label', ['www..tiktok.com'], /is no domain name/],
    ['a name beyond ASCII', ['tïktok.com'], /is no domain name/],
    ['a name that writes to the terminal', ['\u001b[2J\u202e'], /^"·\[2J·" is no domain name$/],
    ['a client that is no address', ['tiktok.com', '10.10.0.0/16'], /is no address/],
    ['a type that does not exist', ['tiktok.com', '10.10.9.9', 'AAAAA'], /is no record type/],
    ['a moment before 1970', ['tiktok.com', '10.10.9.9', 'A', -1], /is no moment/],
    ['no moment at all', ['tiktok.com', '10.10.9.9', 'A', Number.NaN], /is no moment/],
  ];
  for (const [title, [name, client, type, at], problem] of cases) {
    it(`names ${title}, and the way to mend it`, () => {
      const result = explainDecision({ image, settings, name, client, type, at });
      expect(result).toMatchObject({ problem: expect.stringMatching(problem), fix: expect.stringMatching(/^write /) });
    });
  }

  it('is a wrong command line', async () => {
    for (const args of [[], ['a.example', 'b.example'], ['a.example', '--client', 'x'], ['a.example', '--at', 'x']]) {
      await expect(explain.run([...args, '--config', file], surroundings())).rejects.toThrow(UsageError);
    }
  });

  it('tells what is wrong with the configuration', async () => {
    const around = surroundings();
    expect(await explain.run(['tiktok.com', '--config', folder.at('broken.yaml')], around)).toBe(2);
    expect(around.complained).toContain('broken.yaml:1:');
  });
});

describe('agreement with the engine', () => {
  const names = ['tiktok.com', 'www.tiktok.com', 'analytics.tiktok.com', 'vm.tiktok.com', 'a.vm.tiktok.com'].concat(
    ['www.tiktok.com.corp.example', 'a.vm.tiktok.com.corp.example', 'games.example.corp.example', 'corp.example'],
    ['games.example', 'x.games.example', 'wiki.intern.example', 'localhost', 'a.onion', 'example.com', 'com', '.'],
    ['p16-sg-default.akamaized.net', 'x.p16-sg-default.akamaized.net', 'mask.icloud.com', '1.10.in-addr.arpa'],
  );
  const clients = ['10.10.9.9', '10.10.4.7', '10.20.0.1', '8.8.8.8'];
  const types = ['A', 'AAAA', 'HTTPS', 'MX', 'ANY', 'AXFR', 'NXNAME', 'OPT', 'TYPE0', 'TYPE200', 'TYPE65280'];

  function engineOf(): Engine {
    const seed = image.seed;
    const times = { longest: LONGEST_TTL, wallClock: () => 0 };
    const options = { seed, random: () => 1, pending: 8, upstreams: 8, queriesPerSecond: 0, ...times };
    const counters = new Counters(Counters.allocate(1), 0);
    const engine = new Engine(options, new PacketCache(PacketCache.allocate(1 << 20), 0), counters);
    const routes = [0, 1].map((tag) => ({ upstreams: Int32Array.of(tag), tag }));
    engine.adopt({ image: image.buffer, routes, hitSlots: new Int32Array(2) });
    return engine;
  }

  /** The engine's reply at a moment, or 'upstream'. */
  function ask(name: string, client: string, type: string, at: number) {
    const message = new Uint8Array(MAX_QUESTION);
    const length = writeQuery(message, 1, wireFromText(name)!, typeFromText(type), false);
    const asking = new Client();
    asking.setAddress4(client.split('.').reduce((word, octet) => word * 256 + Number(octet), 0));
    asking.setDatagram(5353, 0, 0);
    const out = new Uint8Array(4096);
    const moment = new Moment();
    moment.ms = at * 1000;
    const written = engineOf().handleQuery(message, length, asking, out, moment);
    return written === PENDING ? 'upstream' : readMessage(out.subarray(0, written))!;
  }

  it('holds for every name, client, type and moment', () => {
    const moments = fc.constantFrom(Date.UTC(2023, 2, 9) / 1000, Date.UTC(2025, 0, 1) / 1000, AT);
    const question = [fc.constantFrom(...names), fc.constantFrom(...clients), fc.constantFrom(...types)] as const;
    fc.assert(
      fc.property(...question, moments, (name, client, type, at) => {
        const { reply } = explained(name, client, type, at).groups[0];
        const sent = ask(name, client, type, at);
        if (sent === 'upstream' || reply.from === 'upstream') {
          expect(reply.from).toBe(sent);
          return;
        }
        const ede = sent.edns?.options[0]?.data;
        expect(reply.ede?.code).toBe(ede && (ede[0] << 8) | ede[1]);
        expect(reply.answers).toHaveLength(sent.answers.length);
        expect(reply.soa).toBe(sent.authority[0]?.name ?? null);
        expect(reply.ttl).toBe((sent.authority[0] ?? sent.answers[0])?.ttl ?? null);
      }),
      { numRuns: 300 },
    );
  });
});
