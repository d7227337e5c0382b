// Lists in the syntax of ad blockers: what each line becomes, and which rules give way to others.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readList } from './read-list.ts';

describe('a line', () => {
  test.each([
    ['||a.example^', 'suffix a.example'],
    ['||A.example^\r', 'suffix a.example'],
    ['  ||a.example^ ', 'suffix a.example'],
    ['||a.example', 'suffix a.example'],
    ['||a.example^|', 'suffix a.example'],
    ['||bücher.example^', 'suffix xn--bcher-kva.example'],
    ['||*.a.example^', 'below a.example'],
    ['*.a.example', 'below a.example'],
    ['.a.example^', 'below a.example'],
    ['|a.example^', 'exact a.example'],
    ['a.example', 'exact a.example'],
    ['@@||a.example^', 'allow suffix a.example'],
    ['@@|a.example^|', 'allow exact a.example'],
    ['||a.example^$important', 'suffix a.example'],
    ['||a.example^$all', 'suffix a.example'],
    ['@@||a.example^$important', 'allow suffix a.example'],
  ])('%j gives a rule', (line, rule) => {
    expect(readList('adblock', line)).toMatchObject({ rules: [`1 ${rule}`], rejects: [], left: [] });
  });

  test.each([
    ['||192.0.2.1^', 'address'],
    ['||a.example^$client=192.0.2.1', 'client'],
    ['||a.example^$ctag=device_pc', 'client'],
    ['||a.example^$dnstype=AAAA', 'type'],
    ['||a.example^$important,dnstype=~A', 'type'],
    ['||a.example^$dnsrewrite=192.0.2.1', 'rewrite'],
    ['||a.example^$dnsrewrite=NOERROR;A;192.0.2.1', 'rewrite'],
    ['||a.example^$third-party', 'modifier'],
    ['||a.example^$script,domain=b.example|c.example', 'modifier'],
    ['@@||a.example^$denyallow=b.a.example', 'denyallow'],
    ['||a.example^$denyallow=b.a.example,important', 'denyallow'],
    ['/^a[0-9]\\.example$/', 'regex'],
    ['@@/a|b/$important', 'regex'],
    ['||a.*.example^', 'pattern'],
    ['||ads.', 'pattern'],
    ['a.example^', 'pattern'],
    ['|a.example', 'pattern'],
    ['-ads-', 'pattern'],
    ['||a.example/path', 'url'],
    ['|https://a.example^', 'url'],
    ['||a.example:8080^', 'url'],
    ['/banner/*/ad.', 'url'],
    ['a.example##.ad', 'cosmetic'],
    ['##.ad', 'cosmetic'],
    ['a.example#@#.ad', 'cosmetic'],
    ['a.example#?#.ad:has(b)', 'cosmetic'],
    ['a.example#%#window.b = 1', 'cosmetic'],
    ['a.example$$script[c="d"]', 'cosmetic'],
  ])('%j is not honoured', (line, kind) => {
    expect(readList('adblock', line)).toMatchObject({ rules: [], rejects: [], left: [`1 ${kind}`] });
  });

  test.each([
    '',
    '! ||a.example^',
    '[Adblock Plus 2.0]',
    '# a.example',
    '#a',
    '## a heading',
    '||a.example^$badfilter',
  ])('%j says nothing of names by itself', (line) => {
    expect(readList('adblock', `${line}\n`).count).toEqual({ lines: 1, rules: 0, rejects: 0, left: 0, passed: 1 });
  });

  test.each([
    ['||com^', '1:3 a top-level domain: it speaks of every name beneath it | com'],
    ['@@||com^', '1:5 a top-level domain: it speaks of every name beneath it | com'],
    ['||a..b^', '1:5 an empty label: two dots together, or one where the name begins | a..b'],
    ['||a.example^ ||b.example^', '1:13 more than a rule on the line | ||a.example^ ||b.example^'],
    ['0.0.0.0 a.example', '1:8 more than a rule on the line | 0.0.0.0 a.example'],
    ['||a.example^$', '1:14 no modifier that can be read | ||a.example^$'],
    ['||a.example^$important,,all', '1:24 no modifier that can be read | ||a.example^$important,,all'],
    ['||a.example^$denyallow=', '1:14 no name behind denyallow | ||a.example^$denyallow='],
    ['||a.example^$denyallow=b..c', '1:1 no name behind denyallow | ||a.example^$denyallow=b..c'],
    ['@@', '1:3 a rule without a name | @@'],
  ])('%j is rejected with its place', (line, reject) => {
    expect(readList('adblock', line)).toMatchObject({ rules: [], left: [], rejects: [reject] });
  });
});

describe('a rule gives way', () => {
  test.each([
    [
      'to $badfilter, wherever that stands',
      '||a.example^$badfilter\n||a.example^\n|a.example^',
      ['3 exact a.example'],
      ['2 taken-back'],
    ],
    [
      'to $badfilter only where all else of it is the same',
      '||a.example^$important\n||a.example^\n||a.example^$badfilter,important',
      ['2 suffix a.example'],
      ['1 taken-back'],
    ],
    ['to an exception above it', '||b.a.example^\n@@||a.example^', ['2 allow suffix a.example'], ['1 overruled']],
    [
      'but not to one beneath it',
      '||a.example^\n@@||b.a.example^',
      ['1 suffix a.example', '2 allow suffix b.a.example'],
      [],
    ],
    [
      'as an exception, to $important',
      '||a.example^$important\n@@||b.a.example^',
      ['1 suffix a.example'],
      ['2 overruled'],
    ],
    [
      'as $important, to an exception that is it too',
      '||a.example^$important\n@@||a.example^$important',
      ['2 allow suffix a.example'],
      ['1 overruled'],
    ],
    [
      'not to what was taken back',
      '||a.example^\n@@||a.example^\n@@||a.example^$badfilter',
      ['1 suffix a.example'],
      ['2 taken-back'],
    ],
    ['in part', '@@||a.example^\n||*.a.example^$important', ['1 allow exact a.example', '2 below a.example'], []],
  ])('%s', (_, text, rules, left) => {
    expect(readList('adblock', text)).toMatchObject({ rules, left, rejects: [] });
  });

  test.each([
    [
      'is allowed beneath it',
      '||a.example^$denyallow=b.a.example|c.a.example|other.example',
      ['1 suffix a.example', '1 allow suffix b.a.example', '1 allow suffix c.a.example'],
    ],
    [
      'is not, where another rule blocks it',
      '||a.example^$denyallow=c.b.a.example\n||b.a.example^',
      ['1 suffix a.example', '2 suffix b.a.example'],
    ],
    [
      'is, where the other leaves it out too',
      '||a.example^$denyallow=b.a.example\n||a.example^$all,denyallow=b.a.example',
      ['1 suffix a.example', '2 suffix a.example', '1 allow suffix b.a.example'],
    ],
    [
      'is all of it, where that is all the rule speaks of',
      '||b.a.example^$denyallow=a.example\n||*.a.example^$denyallow=a.example',
      [],
    ],
    [
      'is not, where its rule is overruled itself',
      '||a.example^$denyallow=b.a.example\n@@||a.example^',
      ['2 allow suffix a.example'],
    ],
  ])('what $denyallow leaves out %s', (_, text, rules) => {
    expect(readList('adblock', text)).toMatchObject({ rules, rejects: [] });
  });
});

test('of more exceptions than can be remembered, the list is refused', () => {
  const many = Array.from({ length: 100_001 }, (_, at) => `@@||a${at}.example^`).join('\n');
  expect(() => readList('adblock', many)).toThrow('more than 100000 rules with @@ or a modifier');
});

interface Rule {
  pattern: '||' | '|' | '||*.';
  name: string;
  isAllow: boolean;
  isImportant: boolean;
  holes: string[];
  isBadfilter: boolean;
}

const NAMES = ['a.example', 'b.a.example', 'c.b.a.example', 'd.c.b.a.example', 'e.a.example', 'b.example'];
const isWithin = (name: string, parent: string) => name === parent || name.endsWith(`.${parent}`);

function lineOf({ pattern, name, isAllow, isImportant, holes, isBadfilter }: Rule): string {
  const modifiers = [
    ...(isImportant ? ['important'] : []),
    ...(holes.length > 0 ? [`denyallow=${holes.join('|')}`] : []),
    ...(isBadfilter ? ['badfilter'] : []),
  ];
  return `${isAllow ? '@@' : ''}${pattern}${name}^${modifiers.length > 0 ? `$${modifiers.join(',')}` : ''}`;
}

/** Whether a blocker with these rules blocks the name: the strongest rule that matches it decides. */
function isBlockedBy(rules: Rule[], name: string): boolean {
  const same = (a: Rule, b: Rule) => lineOf({ ...a, isBadfilter: false }) === lineOf({ ...b, isBadfilter: false });
  const standing = rules.filter((rule) => !rule.isBadfilter && !rules.some((r) => r.isBadfilter && same(r, rule)));
  const matching = standing.filter((rule) => {
    if (rule.holes.some((hole) => isWithin(name, hole))) return false;
    if (rule.pattern === '|') return name === rule.name;
    return isWithin(name, rule.name) && !(rule.pattern === '||*.' && name === rule.name);
  });
  const strength = ({ isAllow, isImportant }: Rule) => (isImportant ? 2 : 0) + (isAllow ? 1 : 0);
  const strongest = matching.sort((a, b) => strength(b) - strength(a))[0];
  return strongest !== undefined && !strongest.isAllow;
}

/** Whether a policy over these rules blocks the name: the deepest decides, the name's own first, allow before block. */
function isBlocked(rules: string[], name: string): boolean {
  const labels = name.split('.');
  for (let at = 0; at < labels.length; at++) {
    const node = labels.slice(at).join('.');
    for (const matches of at === 0 ? [['exact'], ['suffix']] : [['suffix', 'below']]) {
      const spoken = rules.map((rule) => rule.split(' ').slice(1)).filter((rule) => rule.at(-1) === node);
      const heard = spoken.filter((rule) => matches.includes(rule.at(-2)!));
      if (heard.some(([action]) => action === 'allow')) return false;
      if (heard.length > 0) return true;
    }
  }
  return false;
}

test('a policy blocks what a blocker with the same list would', () => {
  const rule = fc.record({
    pattern: fc.constantFrom('||' as const, '||' as const, '|' as const, '||*.' as const),
    name: fc.constantFrom(...NAMES),
    isAllow: fc.boolean(),
    isImportant: fc.boolean(),
    holes: fc.oneof(
      { weight: 3, arbitrary: fc.constant<string[]>([]) },
      fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 }),
    ),
    isBadfilter: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
  });
  const rules = fc.array(
    rule.map((one) => ({ ...one, holes: one.isAllow || one.isImportant ? [] : one.holes })),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(rules, (given) => {
      const read = readList('adblock', given.map(lineOf).join('\n'));
      expect(read.rejects).toEqual([]);
      const probes = [...NAMES, ...NAMES.map((name) => `x.${name}`)];
      const blocked = probes.filter((name) => isBlocked(read.rules, name));
      expect(blocked).toEqual(probes.filter((name) => isBlockedBy(given, name)));
    }),
    { numRuns: 3000 },
  );
});
