// A log of changes proves itself: whatever is changed in it, left out or put between is found, and at which line.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyState } from '../../src/control/audit-diff.ts';
import { canonical, sha256 } from '../../src/control/canonical.ts';
import { chainOf, logOf, stateWith } from './audit-world.ts';

const ADDED = stateWith('be-716').policies;
const LOG = logOf(
  { policy: sha256(canonical(stateWith('be-716'))), changes: { policies: { added: ADDED } } },
  { policy: sha256(canonical(stateWith('be-716'))), result: 'refused', reason: 'the configuration has 1 error' },
  { policy: sha256(canonical(emptyState())), changes: { policies: { removed: ADDED } } },
  {},
);

describe('canonical JSON (RFC 8785)', () => {
  it.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    // Its order is that of UTF-16 units: the emoji's surrogates come before U+FB33.
    [{ '\ufb33': 1, '\u{1f600}': 2, '€': 3, '\r': 4, '1': 5 }, '{"\\r":4,"1":5,"€":3,"\u{1f600}":2,"\ufb33":1}'],
    [[1e21, 0.000001, -0, 4.5], '[1e+21,0.000001,0,4.5]'],
    ['\u000f\n"\\', '"\\u000f\\n\\"\\\\"'],
    [{ a: undefined, b: {} }, '{"b":{}}'],
  ])('of %j', (value, text) => expect(canonical(value)).toBe(text));

  it('is the same however often it is read and written', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => canonical(JSON.parse(canonical(value))) === canonical(value)));
  });
});

describe('a whole log', () => {
  it('is proved, and holds what is in force', () => {
    const chain = chainOf(LOG.slice(0, 2));
    expect(chain).toMatchObject({ count: 2, sequence: 2, broken: undefined, begins: undefined });
    expect(chain.head).toBe(JSON.parse(LOG[1]).hash);
    expect(canonical(chain.state)).toBe(canonical(stateWith('be-716')));
  });

  it('goes on from another where its first line says all', () => {
    const [first] = logOf({ sequence: 7, previous: 'ab'.repeat(32), whole: true });
    expect(chainOf([first])).toMatchObject({ broken: undefined, begins: { sequence: 7, previous: 'ab'.repeat(32) } });
    expect(chainOf(logOf({ sequence: 7 })).broken).toMatchObject({ line: 1 });
  });

  it('of no line is one', () =>
    expect(chainOf([])).toMatchObject({ count: 0, head: '0'.repeat(64), broken: undefined }));
});

describe('a log that was changed', () => {
  const resealed = logOf({ generation: 9 }, {});
  const cases: [string, string[], number, RegExp][] = [
    ['by a line left out', [LOG[0], LOG[2], LOG[3]], 2, /missing or doubled/],
    ['by its first line left out', LOG.slice(1), 1, /goes on from another/],
    ['by a line doubled', [LOG[0], LOG[0], LOG[1]], 2, /missing or doubled/],
    ['by lines in another order', [LOG[0], LOG[2], LOG[1]], 2, /missing or doubled/],
    ['by a line with a hash of its own', [resealed[0], LOG[1]], 2, /the line before is another/],
    ['by a line of another log', [LOG[0], resealed[1]], 2, /the line before is another/],
    ['by an empty line', [LOG[0], '', LOG[1]], 2, /no line of an audit log/],
    ['by blanks', [LOG[0].replace(',', ', ')], 1, /no line of an audit log/],
    ['by a key twice', [LOG[0].replace('{', '{"cause":"nobody",')], 1, /no line of an audit log/],
    [
      'by changes that lead elsewhere',
      logOf({ changes: { policies: { added: ADDED } } }),
      1,
      /do not lead to its policy/,
    ],
    ['by changes of what is not there', logOf({ changes: { policies: { changed: { p: {} } } } }), 1, /do not fit/],
    ['by JSON of another shape', ['[]'], 1, /no line of an audit log/],
    ['by a line without an author', logOf({ who: null } as never), 1, /no line of an audit log/],
  ];
  it.each(cases)('%s is broken at that line', (_, texts, line, reason) => {
    expect(chainOf(texts).broken).toMatchObject({ line, reason: expect.stringMatching(reason) });
  });

  it('in any one character is found, at its line or the next', () => {
    const character = fc.string({ minLength: 1, maxLength: 1 });
    const line = fc.nat({ max: LOG.length - 1 });
    fc.assert(
      fc.property(line, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), character, (at, where, put) => {
        const place = Math.floor(where * LOG[at].length);
        const changed = LOG[at].slice(0, place) + put + LOG[at].slice(place + 1);
        fc.pre(changed !== LOG[at]);
        expect(chainOf(LOG.with(at, changed)).broken?.line).toBe(at + 1);
      }),
      { numRuns: 500 },
    );
  });
});
