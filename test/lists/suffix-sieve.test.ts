// The sieve before the guard lets no name past that the guard would refuse, and most of the others.

import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refusal, refusalSieve } from '../../src/lists/guard.ts';
import { MATCH } from '../../src/policy/rule.ts';
import { Name } from '../../src/wire/name.ts';
import { nameFromText } from '../../src/wire/name-text.ts';

interface Graph {
  labelText: string;
  edgeLength: Uint8Array;
  edgeChild: Uint16Array;
  edgeStart: Uint16Array;
  rulesRoot: number;
}

/** Every name that tldts's own graph spells, ASCII alone, a wildcard as some label or other. */
function spelled(): string[] {
  const graph = createRequire(import.meta.url)('tldts/dist/cjs/src/data/trie.js') as Graph;
  const starts = [0];
  for (const [edge, length] of graph.edgeLength.entries()) starts.push(starts[edge] + length);
  const names: string[] = [];
  const walk = (node: number, beneath: string): void => {
    for (let edge = graph.edgeStart[node]; edge < graph.edgeStart[node + 1]; edge++) {
      const label = graph.labelText.slice(starts[edge], starts[edge + 1]).replace('*', 'anything');
      const name = beneath ? `${label}.${beneath}` : label;
      names.push(name);
      walk(graph.edgeChild[edge], name);
    }
  };
  walk(graph.rulesRoot, '');
  return names.filter((name) => /^[a-z0-9.-]+$/.test(name));
}

function passes(seed: number, text: string): boolean {
  const name = new Name(seed);
  expect(nameFromText(text, name)).toBe(true);
  return refusalSieve(seed).passes(name);
}

const SHARED = ['akamai.net', 'cloudfront.net', 'onelink.me', 'fastly.net'];

test.each([0, 12345, -1])('what the guard refuses comes through, under seed %d', (seed) => {
  const refused = [...spelled(), ...SHARED].filter((name) => refusal(name, MATCH.SUFFIX) !== undefined);
  expect(refused.length).toBeGreaterThan(5000);
  expect(refused.filter((name) => !passes(seed, name))).toEqual([]);
});

test('names beneath a suffix, whatever they are, come through where the guard refuses them', () => {
  const suffixes = spelled();
  const label = fc.stringMatching(/^[a-z0-9]{1,12}$/);
  fc.assert(
    fc.property(fc.constantFrom(...suffixes), fc.array(label, { maxLength: 2 }), (suffix, labels) => {
      const name = [...labels, suffix].join('.');
      if (refusal(name, MATCH.SUFFIX) !== undefined) expect(passes(7, name)).toBe(true);
    }),
  );
});

test('of names that are none, few come through', () => {
  const names = Array.from({ length: 10_000 }, (_, at) => `name${at}.com`);
  expect(names.filter((name) => passes(7, name)).length).toBeLessThan(500);
});
