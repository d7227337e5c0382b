// Whatever becomes of the settings file, loading never throws: it gives settings, or an error with a place.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { disk } from '../../src/settings/files.ts';
import { formatProblem } from '../../src/settings/problems.ts';
import { shippedConfig } from '../../src/settings/shipped.ts';
import { loadText } from './memory-files.ts';

const shipped = disk.read(shippedConfig).replace(/^( *)#(?=\S| {2})/gm, '$1');
const lines = { '/etc/sluis/lists/own-blocks.txt': '', '/etc/sluis/lists/never-block.txt': '' };

function check(text: string, env: Record<string, string> = {}): void {
  const { settings, problems } = loadText(text, env, lines);
  const errors = problems.filter((problem) => problem.severity === 'error');
  expect(settings === undefined).toBe(errors.length > 0);
  for (const problem of problems) {
    expect(problem.line).toBeGreaterThan(0);
    expect(problem.column).toBeGreaterThan(0);
    expect(problem.message).not.toBe('');
    expect(problem.fix).not.toBe('');
    expect(formatProblem(problem)).toContain(`:${problem.line}:${problem.column}: `);
  }
}

const TOKENS = [
  ...[
    '[',
    ']',
    '{',
    '}',
    ':',
    ',',
    '- ',
    '&a ',
    '*a',
    '!t ',
    '? ',
    '| ',
    '> ',
    '"',
    "'",
    '#',
    '\n',
    '\n  ',
    '\t',
    '\r\n',
  ],
  ...[
    'null',
    '~',
    '0',
    '-1',
    '1e999',
    '.inf',
    '__proto__',
    'constructor',
    '<<',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\u0000',
  ],
  ...['é', '😀', '\uFEFF', '\ud800', 'any', 'block', '10.0.0.0/8', '2023-02-30', '[[[[[[', 'be-716', 'x'.repeat(300)],
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.oneof(fc.constant(0), fc.nat(8), fc.nat(200)),
  put: fc.oneof(fc.constantFrom(...TOKENS), fc.string({ maxLength: 6 })),
});

test('edits of the default configuration', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
      let text = shipped;
      for (const { at, cut, put } of edits) {
        const offset = Math.floor(at * text.length);
        text = text.slice(0, offset) + put + text.slice(offset + cut);
      }
      check(text);
    }),
    { numRuns: 300 },
  );
});

const key = fc.constantFrom(
  ...[
    'listen',
    'dns',
    'admin',
    'upstreams',
    'presets',
    'forward',
    'zones',
    'policies',
    'id',
    'title',
    'nl',
    'apps',
    'lists',
  ],
  ...[
    'answer',
    'sinkhole',
    'ipv4',
    'expires',
    'groups',
    'match',
    'subnets',
    'modes',
    'answers',
    'allow',
    'file',
    'format',
  ],
  ...['listeners', 'devices', 'kind', 'work_apps', 'ids', 'default', 'mode', 'grace', 'exceptions', 'exceptions_file'],
  ...['clients', 'owner', 'approver', 'starts', 'sealed'],
  ...['cache', 'size', 'limits', 'log', 'workers', 'blocklists', 'be-716', '__proto__', 'toString', '0', ''],
);

/** Anything at all where the table has a place for something. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      0,
      1.5,
      -1,
      true,
      '',
      'any',
      'system',
      'block',
      '10.0.0.0/8',
      '127.0.0.1:53',
      'be-716',
      'P14D',
      '2026-10-01',
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));
test('an object that is no text, where a word should be', () => {
  const odd = { toString: null };
  const group = { id: odd, match: { devices: { ids: [odd] } }, default: { mode: 'block', policy: odd } };
  const policy = {
    id: odd,
    title: 'T',
    authority: 'A',
    ede: 4,
    effective: odd,
    expires: odd,
    grace: 'P1D',
    on_expiry: odd,
  };
  const exception = {
    id: odd,
    policy: odd,
    devices: [odd],
    clients: [odd],
    starts: '2026-10-01',
    expires: '2026-10-02',
  };
  const named = { ...exception, policy: 'be-716', clients: ['127.0.0.1'] };
  const tree = { groups: [group], policies: [policy, { id: odd, contact: 'é' }], exceptions: [exception, named] };
  check(JSON.stringify(tree));
  check(JSON.stringify({ ...tree, devices: { file: odd }, lists: [{ id: odd, file: odd }], presets: [odd] }));
});

test('trees of the right words in the wrong places', () => {
  const { value } = anything;
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (tree) => check(JSON.stringify(tree))),
    { numRuns: 300 },
  );
});

test('variables of any text', () => {
  const name = fc.constantFrom(
    'LISTEN_DNS',
    'ADMIN_LISTEN',
    'UPSTREAMS',
    'PRESETS',
    'BLOCKLISTS',
    'CACHE_SIZE',
    'LOG_LEVEL',
    'X',
  );
  const text = fc.oneof(fc.string(), fc.constantFrom('127.0.0.1:53', '::,::', ',', '1', '/', '0.0.0.0:53'));
  fc.assert(
    fc.property(
      fc.dictionary(
        name.map((word) => `SLUIS_${word}`),
        text,
        { maxKeys: 4 },
      ),
      (env) => check('', env),
    ),
    { numRuns: 300 },
  );
});

test('a file of brackets, however deep', () => {
  check('['.repeat(5000));
  check(`${'- '.repeat(5000)}x`);
  check(`${'{a: '.repeat(2000)}1${'}'.repeat(2000)}`);
});
