// What an answer leads to, judged after the asked name: whose word holds for the whole chain, and whose does not.

import { describe, expect, it, test } from 'vitest';
import { EVENT, HIT } from '../../src/engine/counters.ts';
import { Compiler } from '../../src/policy/compile.ts';
import { ACTION, ALL_FACETS, ANSWER, FACETS, type Facet, MATCH, MODE } from '../../src/policy/rule.ts';
import { wireFromText } from '../../src/wire/name-text.ts';
import { prefix } from '../support/policy-image.ts';
import { SEED, World } from '../support/world.ts';

type Rule = [name: string, facet: Facet, action?: 'allow'];

/** An app, whose pixels and shared names no policy covers, and a list of another authority's; a group allows a third. */
interface Plan {
  app?: Rule[];
  list?: Rule[];
  approved?: Rule[];
  appMode?: number;
  listMode?: number;
  generation?: number;
}

const COVERED = (1 << FACETS.indexOf('app')) | (1 << FACETS.indexOf('cdn'));

function imageOf(plan: Plan): SharedArrayBuffer {
  const compiler = new Compiler(SEED);
  const source = (id: 'app' | 'list', rules: Rule[] = []) => {
    const number = compiler.source({ id, kind: id, title: id, file: id });
    const sink = compiler.sink(number);
    rules.forEach(([name, facet, action], index) => {
      const does = action === 'allow' ? ACTION.ALLOW : ACTION.BLOCK;
      sink.rule(wireFromText(name)!, MATCH.SUFFIX, does, FACETS.indexOf(facet), index + 1);
    });
    return number;
  };
  const sources = [source('app', plan.app), source('list', plan.list), source('list', plan.approved)];
  [COVERED, ALL_FACETS].forEach((facets, index) => {
    compiler.policy({
      id: `policy-${index}`,
      title: {},
      authority: '',
      contact: '',
      effective: null,
      expires: null,
      onExpiry: MODE.BLOCK,
      selections: [{ source: sources[index], facets }],
      answer: { kind: ANSWER.NXDOMAIN, ttl: 60, ede: 15, text: '' },
    });
  });
  const modes = [plan.appMode ?? MODE.BLOCK, plan.listMode ?? MODE.BLOCK];
  compiler.group({ id: 'all', any: false, prefixes: [prefix('10.0.0.0/8')], modes, allow: [sources[2]] });
  return compiler.finish(plan.generation ?? 1);
}

function worldWith(plan: Plan): World {
  const world = new World(null);
  adopt(world, plan);
  return world;
}

function adopt(world: World, plan: Plan): void {
  const routes = [{ upstreams: Int32Array.of(0), tag: 0 }];
  world.engine.adopt({ image: imageOf(plan), routes, hitSlots: Int32Array.of(0, 1) });
}

/** Asks for the first name; the upstream answers with a chain through the others. How many records the client gets. */
function chain(world: World, names: string[]): number {
  world.ask({ name: names[0] });
  const aliases = names.slice(1).map((data, index) => ({ type: 'CNAME', name: names[index], ttl: 100, data }));
  world.respond({ answers: [...aliases, { type: 'A', name: names.at(-1)!, ttl: 100, data: '192.0.2.1' }] });
  return world.takeSent().decoded.answers.length;
}

const APP: Rule[] = [
  ['tok.example', 'app'],
  ['pixel.tok.example', 'pixel'],
  ['tokcdn.example', 'cdn'],
];

describe.each<[string, Plan, string[], number]>([
  ['a stranger led to a banned name', { app: APP }, ['shop.example', 'a.tokcdn.example'], 0],
  ['a facet that no policy covers, led to one that is', { app: APP }, ['pixel.tok.example', 'a.tokcdn.example'], 2],
  ['the same, by way of a stranger', { app: APP }, ['pixel.tok.example', 'edge.example', 'a.tokcdn.example'], 3],
  [
    'such a facet, led to two that are covered',
    { app: APP },
    ['pixel.tok.example', 'a.tokcdn.example', 'b.tokcdn.example'],
    3,
  ],
  ['a stranger led through such a facet', { app: APP }, ['shop.example', 'pixel.tok.example', 'a.tokcdn.example'], 0],
  [
    'such a facet, led to a name that another authority bans',
    { app: APP, list: [['edge.example', 'none']] },
    ['pixel.tok.example', 'edge.example'],
    0,
  ],
  [
    'such a facet, led to a ban of its own and one of another authority',
    { app: APP, list: [['edge.example', 'none']] },
    ['pixel.tok.example', 'a.tokcdn.example', 'edge.example'],
    0,
  ],
  [
    'a name that its own list allows, led to what that list bans',
    {
      list: [
        ['shop.example', 'none', 'allow'],
        ['edge.example', 'none'],
      ],
    },
    ['shop.example', 'edge.example'],
    2,
  ],
  [
    'a name that one list allows, led to what another authority bans',
    { app: APP, list: [['shop.example', 'none', 'allow']] },
    ['shop.example', 'a.tokcdn.example'],
    0,
  ],
  [
    'a name that the group approves, led to what any authority bans',
    { app: APP, approved: [['shop.example', 'none']] },
    ['shop.example', 'a.tokcdn.example'],
    2,
  ],
  [
    'a name that is watched and approved, led to what is banned',
    {
      app: APP,
      list: [['www.shop.example', 'none']],
      listMode: MODE.OBSERVE,
      approved: [['shop.example', 'none']],
    },
    ['www.shop.example', 'a.tokcdn.example'],
    2,
  ],
])('%s', (_, plan, names, records) => {
  test('from upstream, and from the cache', () => {
    const world = worldWith(plan);
    expect(chain(world, names)).toBe(records);
    expect(world.answer({ name: names[0] }).answers).toHaveLength(records);
    expect(world.counters.readEvent(EVENT.BLOCKED_ALIAS)).toBe(records === 0 ? 2 : 0);
  });

  test('cached before the policy came', () => {
    const world = worldWith({});
    expect(chain(world, names)).toBe(names.length);
    adopt(world, { ...plan, generation: 2 });
    expect(world.answer({ name: names[0] }).answers).toHaveLength(records);
  });
});

it('is not let through by the word of a name that was asked before', () => {
  const world = worldWith({ app: APP });
  expect(chain(world, ['shop.example', 'a.tokcdn.example'])).toBe(0);
  world.ask({ name: 'pixel.tok.example' });
  expect(world.answer({ name: 'shop.example' }).answers).toEqual([]);
  adopt(world, { app: APP, approved: [['good.example', 'none']], generation: 2 });
  world.ask({ name: 'good.example' });
  expect(world.answer({ name: 'shop.example' }).answers).toEqual([]);
});

it('is denied by an SOA of the asked name, not of as many labels as the rule has', () => {
  const world = worldWith({ app: APP });
  expect(chain(world, ['www.shop.example', 'a.tokcdn.example'])).toBe(0);
  const reply = world.answer({ name: 'www.shop.example' });
  expect(reply).toMatchObject({ rcode: 'NOERROR', authorities: [{ type: 'SOA', name: 'www.shop.example' }] });
});

it('counts a chain of a facet that is not covered for nobody', () => {
  const world = worldWith({ app: APP, appMode: MODE.OBSERVE });
  expect(chain(world, ['pixel.tok.example', 'a.tokcdn.example'])).toBe(2);
  world.answer({ name: 'pixel.tok.example' });
  expect(world.counters.readHit(0, HIT.OBSERVED)).toBe(0);
  expect(chain(world, ['shop.example', 'a.tokcdn.example', 'edge.example'])).toBe(3);
  expect(world.counters.readHit(0, HIT.OBSERVED)).toBe(1);
});
