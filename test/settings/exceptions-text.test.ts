// Edits of a file of exceptions: what is added or changed, and that nothing else is.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { appendException, changedLines, endException } from '../../src/settings/exceptions-text.ts';

const ADDED = {
  id: 'x-2',
  ground: 'investigation',
  policy: 'be-716',
  clients: ['10.10.4.17', '2001:db8::/64'],
  owner: 'a@example.be',
  approver: 'b@example.be',
  reason: 'Case: support # of 12',
  ticket: 'REQ-1201',
  starts: '2026-10-01',
  expires: '2027-03-31',
};

const LINES = `  - id: x-2
    ground: investigation
    policy: be-716
    clients: [10.10.4.17, 2001:db8::/64]
    owner: a@example.be
    approver: b@example.be
    reason: "Case: support # of 12"
    ticket: REQ-1201
    starts: 2026-10-01
    expires: 2027-03-31
`;

const OLD = `# Who is let through.
exceptions:
  # The first.
  - id: x-1
    ground: inspection   # as agreed
    expires: "2027-01-01"  # soon

  - { id: x-0,
      expires: 2026-12-31 } # two lines
`;

describe('an exception more', () => {
  test.each([
    ['an empty file', '', `exceptions:\n${LINES}`],
    ['a file of comments', '# Ours.\n', `# Ours.\nexceptions:\n${LINES}`],
    ['an empty list', '# Ours.\nexceptions: []\n', `# Ours.\nexceptions:\n${LINES}`],
    ['a list without an item', 'exceptions:\n  # add here\n', `exceptions:\n  # add here\n${LINES}`],
    ['a list of some', OLD, `${OLD}${LINES}`],
    ['a last line without its end', OLD.trimEnd(), `${OLD}${LINES}`],
    ['a comment at the end', `${OLD}# The end.\n`, `${OLD}${LINES}# The end.\n`],
    [
      'a list that is not indented',
      'exceptions:\n- id: x-1\n  reason: |\n    a\n    b\n',
      `exceptions:\n- id: x-1\n  reason: |\n    a\n    b\n${LINES.replaceAll(/^ {2}/gm, '')}`,
    ],
    ['Windows lines', OLD.replaceAll('\n', '\r\n'), `${OLD}${LINES}`.replaceAll('\n', '\r\n')],
  ])('in %s', (_, before, after) => {
    expect(appendException(before, ADDED)).toBe(after);
  });

  test('in a list on one line has the file written anew, comments kept', () => {
    const text = appendException('# Ours.\nexceptions: [{ id: x-1 }] # one\n', ADDED);
    expect(text).toContain('# Ours.\n');
    expect(text).toContain('# one');
    expect(parse(text)).toEqual({ exceptions: [{ id: 'x-1' }, ADDED] });
  });

  test('of any words is read back as it was meant, and adds lines only', () => {
    const word = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom(
        'yes',
        'null',
        '0x10',
        '1e3',
        '- a',
        'a: b',
        '#',
        "it's",
        '"',
        '2026-10-01',
        '%',
        '*a',
        '&a',
        '!t',
      ),
    );
    fc.assert(
      fc.property(word, word, fc.array(word, { minLength: 1, maxLength: 3 }), (reason, ticket, clients) => {
        const exception = { ...ADDED, reason, ticket, clients };
        const text = appendException(OLD, exception);
        expect(text.startsWith(OLD)).toBe(true);
        expect(parse(text).exceptions.at(-1)).toEqual(exception);
      }),
    );
  });
});

describe('an end', () => {
  test.each([
    ['x-1', '2026-11-22T12:00:00Z', OLD.replace('2027-01-01', '2026-11-22T12:00:00Z')],
    ['x-0', '2026-11-22', OLD.replace('2026-12-31', '2026-11-22')],
    ['x-9', '2026-11-22', undefined],
  ])('of %s changes one value', (id, expires, after) => {
    expect(endException(OLD, id, expires)).toBe(after);
  });

  test('is not written over several lines', () => {
    expect(
      endException('exceptions:\n  - id: x\n    expires: |\n      2027-01-01\n', 'x', '2026-11-22'),
    ).toBeUndefined();
  });
});

test.each([
  ['', 'a\nb\n', ['+a', '+b']],
  ['a\nb\nc\n', 'a\nx\nc\n', ['-b', '+x']],
  ['a\n', 'a\n', []],
  ['a\na\n', 'a\na\na\n', ['+a']],
])('what changes from %j to %j', (before, after, lines) => {
  expect(changedLines(before, after)).toEqual(lines);
});
