// Which rules of lists are left out for the sake of protected names, against a reading of texts.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../src/lists/guard.ts';
import { loadApp } from '../../src/lists/library.ts';
import { protectionOf, shippedNames } from '../../src/lists/protected-names.ts';
import { Protection } from '../../src/lists/protection.ts';
import { ACTION, FACET_NONE, MATCH } from '../../src/policy/rule.ts';
import { baselineFile, shippedProtected } from '../../src/settings/shipped.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText, wireFromText } from '../../src/wire/name-text.ts';
import { recordingSink } from './recording-sink.ts';

const SEED = 12345;

function read(text: string): Name {
  const name = new Name(SEED);
  expect(nameFromText(text, name)).toBe(true);
  return name;
}

const isWithin = (name: string, zone: string) => name === zone || name.endsWith(`.${zone}`);

/** The deepest name that speaks of `name` decides; a rule that reaches beneath also hurts what is there. */
function naive(name: string, match: number, names: string[], spared: string[]): boolean {
  const over = [...names, ...spared].filter((zone) => isWithin(name, zone)).sort((a, b) => b.length - a.length);
  if (over.length > 0 && !spared.includes(over[0])) return true;
  return match !== MATCH.EXACT && names.some((zone) => zone !== name && isWithin(zone, name));
}

test('as a reading of texts has it', () => {
  const label = fc.constantFrom('a', 'b', 'c');
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const match = fc.constantFrom(MATCH.SUFFIX, MATCH.EXACT, MATCH.BELOW);
  fc.assert(
    fc.property(name, match, fc.array(name), fc.array(name), (text, how, names, spared) => {
      const kept = names.filter((one) => !spared.includes(one));
      const protection = new Protection(SEED, kept, spared);
      expect(protection.hurts(read(text), how) !== undefined).toBe(naive(text, how, kept, spared));
    }),
  );
});

describe('on the way to a policy', () => {
  const sink = recordingSink();
  const before = new Protection(SEED, ['corp.example', 'www.shop.example'], ['ads.corp.example']).before(sink);
  const take = (name: string, match: number, action: number = ACTION.BLOCK) => {
    sink.rules.length = 0;
    sink.rejects.length = 0;
    before.rule(wireFromText(name)!, match, action, FACET_NONE, 3);
    return sink.rejects[0] ?? sink.rules[0];
  };

  test.each([
    ['corp.example', MATCH.SUFFIX, ACTION.BLOCK, 'corp.example'],
    ['a.b.corp.example', MATCH.EXACT, ACTION.BLOCK, 'corp.example'],
    ['shop.example', MATCH.SUFFIX, ACTION.BLOCK, 'www.shop.example'],
    ['shop.example', MATCH.BELOW, ACTION.BLOCK, 'www.shop.example'],
  ])('%s is left out', (name, match, action, protectedName) => {
    expect(take(name, match, action)).toMatch(/^3:1 protected, .*guard\.unprotect.* \| /);
    expect(new Protection(SEED, ['corp.example', 'www.shop.example'], []).hurts(read(name), match)).toBe(protectedName);
  });

  test.each([
    ['shop.example', MATCH.EXACT, ACTION.BLOCK, '3 exact shop.example'],
    ['ads.corp.example', MATCH.SUFFIX, ACTION.BLOCK, '3 suffix ads.corp.example'],
    ['x.ads.corp.example', MATCH.SUFFIX, ACTION.BLOCK, '3 suffix x.ads.corp.example'],
    ['corp.example', MATCH.SUFFIX, ACTION.ALLOW, '3 allow suffix corp.example'],
    ['corp.example.net', MATCH.SUFFIX, ACTION.BLOCK, '3 suffix corp.example.net'],
    ['mycorp.example', MATCH.SUFFIX, ACTION.BLOCK, '3 suffix mycorp.example'],
  ])('%s is taken', (name, match, action, taken) => {
    expect(take(name, match, action)).toBe(taken);
  });
});

describe('the names that come with Sluis', () => {
  const names = shippedNames();

  test('are each a canonical name, once, that could be blocked otherwise', () => {
    expect(names.length).toBeGreaterThan(50);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(read(name).length, name).toBeGreaterThan(1);
      expect(name).toBe(name.toLowerCase());
      expect(refusal(`www.${name}`, MATCH.SUFFIX), name).toBeUndefined();
    }
  });

  test('are all of the file', () => {
    const lines = readFileSync(shippedProtected, 'utf8').split('\n');
    expect(names).toHaveLength(lines.filter((line) => /^[a-z0-9]/.test(line)).length);
  });

  test('guard with those of the configuration, but for what it spares', () => {
    const guard = { growth: 1, shrink: 0.5, protect: ['corp.example'], unprotect: ['ads.belgium.be'] };
    const protection = protectionOf(SEED, guard);
    const hurt = (name: string) => protection.hurts(read(name), MATCH.SUFFIX);
    expect(hurt('ccb.belgium.be')).toBe('belgium.be');
    expect(hurt('x.corp.example')).toBe('corp.example');
    expect(hurt('ads.belgium.be')).toBeUndefined();
    expect(hurt('tiktok.com')).toBeUndefined();
  });

  test('are those of the baseline packs, where they are no names of a state', () => {
    const text = readFileSync(shippedProtected, 'utf8');
    const devices = shippedNames(text.slice(text.indexOf('# Probes for captive portals')));
    const packs = ['captive-portals', 'certificates', 'os-updates'].flatMap((id) => {
      return loadApp(baselineFile(`baseline:${id}`)!).app!.names.map(({ name }) => name);
    });
    expect(devices.length).toBeGreaterThan(30);
    expect(devices.filter((name) => !packs.some((one) => isWithin(name, one)))).toEqual([]);
  });
});
