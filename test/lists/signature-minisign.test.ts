// Signatures of minisign: what holds, what is wrong with what does not, and that no octet can be changed.

import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { signatureTrouble } from '../../src/lists/signature.ts';
import { PLAIN_MOST } from '../../src/lists/signature-minisign.ts';
import { minisig, minisignKey } from './signing.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluis-minisign-'));
afterAll(() => rmSync(folder, { recursive: true }));

const content = Buffer.from('one.example\ntwo.example\n');
const path = join(folder, 'list');
writeFileSync(path, content);
const key = minisignKey();
const good = minisig(key, content);

/** The signature with another text in place of one of its lines. */
function withLine(line: number, text: string): string {
  return good
    .split('\n')
    .map((was, at) => (at === line ? text : was))
    .join('\n');
}

const shorter = Buffer.from(good.split('\n')[1], 'base64').subarray(1).toString('base64');

describe('holds', () => {
  test.each([
    ['over the hash', good],
    ['over the file itself', minisig(key, content, { algorithm: 'Ed' })],
    ['without a trusted comment', minisig(key, content, { comment: '' })],
    ['with line ends of another system', good.replaceAll('\n', '\r\n')],
    ['without an end of the last line', good.trimEnd()],
    ['whatever the untrusted comment says', withLine(0, 'untrusted comment: another')],
  ])('%s', async (_, text) => {
    expect(await signatureTrouble(path, key.text, text)).toBeUndefined();
  });

  test('over nothing', async () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    for (const algorithm of ['Ed', 'ED']) {
      const text = minisig(key, Buffer.alloc(0), { algorithm });
      expect(await signatureTrouble(empty, key.text, text)).toBeUndefined();
    }
  });
});

describe('does not hold', () => {
  test.each([
    ['nothing', '', 'its signature is empty'],
    ['blanks', ' \n', 'its signature is empty'],
    ['another text', 'hello', 'none of minisign: it has 1 line, and not 4'],
    ['a web page', '<!doctype html>\n<p>\nnot\nfound', 'its first line is no untrusted comment'],
    ['a line missing', good.split('\n').slice(0, 3).join('\n'), 'it has 3 lines, and not 4'],
    ['a line more', `${good}more\n`, 'it has 5 lines, and not 4'],
    ['no base64', withLine(1, '!'), 'its second line is no base64 of 74 octets'],
    ['base64 in another form', withLine(1, `${good.split('\n')[1]}=`), 'its second line is no base64 of 74 octets'],
    ['too short', withLine(1, shorter), 'its second line is no base64 of 74 octets'],
    ['no trusted comment', withLine(2, 'comment: x'), 'its third line is no trusted comment'],
    ['no global signature', withLine(3, 'AAAA'), 'its fourth line is no base64 of 64 octets'],
    ['another algorithm', minisig(key, content, { algorithm: 'eD' }), 'its algorithm is neither "Ed" nor "ED"'],
    [
      'another comment',
      withLine(2, 'trusted comment: x'),
      'what vouches for the trusted comment was not made by this key',
    ],
    ['another content', minisig(key, Buffer.from('x')), 'it is not what was signed'],
    ['another content itself', minisig(key, Buffer.from('x'), { algorithm: 'Ed' }), 'it is not what was signed'],
    [
      'a key of another id',
      minisig(minisignKey(Buffer.alloc(8, 7)), content),
      'by the key 0707070707070707, and not by EFCDAB8967452301',
    ],
    ['another key of that id', minisig(minisignKey(), content), 'was not made by this key'],
    ['one of SSH', '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n', 'it has 3 lines, and not 4'],
  ])('%s', async (_, text, trouble) => {
    expect(await signatureTrouble(path, key.text, text)).toContain(trouble);
  });

  test('with a key that is none', async () => {
    const short = Buffer.from(key.text, 'base64').subarray(0, 41).toString('base64');
    expect(await signatureTrouble(path, short, good)).toBe(
      'the public key that must have signed it is none of minisign',
    );
    expect(await signatureTrouble(path, '!', good)).toBe('the public key that must have signed it is no base64');
  });

  test('over a file itself that is too long for that, though its hash could be signed', async () => {
    const long = join(folder, 'long');
    writeFileSync(long, '');
    truncateSync(long, PLAIN_MOST + 1);
    const trouble = await signatureTrouble(long, key.text, minisig(key, content, { algorithm: 'Ed' }));
    expect(trouble).toContain('which is checked up to 64 MiB');
    expect(await signatureTrouble(long, key.text, good)).toContain('it is not what was signed');
  });
});

test('a file that cannot be read is an error', async () => {
  const away = join(folder, 'away');
  for (const algorithm of ['Ed', 'ED']) {
    const text = minisig(key, content, { algorithm });
    await expect(signatureTrouble(away, key.text, text)).rejects.toThrow('ENOENT');
  }
});

test('no octet of signature, key or list can be changed', async () => {
  const bytes = { signature: Buffer.from(good.trimEnd(), 'latin1'), key: Buffer.from(key.text), list: content };
  const from = good.indexOf('\n');
  const spots = fc.oneof(
    fc.record({
      what: fc.constant('signature' as const),
      at: fc.integer({ min: from, max: bytes.signature.length - 1 }),
    }),
    fc.record({ what: fc.constant('key' as const), at: fc.nat(bytes.key.length - 1) }),
    fc.record({ what: fc.constant('list' as const), at: fc.nat(bytes.list.length - 1) }),
  );
  const changed = join(folder, 'changed');
  await fc.assert(
    fc.asyncProperty(spots, fc.integer({ min: 1, max: 255 }), async ({ what, at }, bits) => {
      const now = { ...bytes, [what]: Buffer.from(bytes[what]) };
      now[what][at] ^= bits;
      writeFileSync(changed, now.list);
      const trouble = await signatureTrouble(changed, now.key.toString('latin1'), now.signature.toString('latin1'));
      expect(trouble).toMatch(/^\S.* /);
    }),
    { numRuns: 300 },
  );
});

test('whatever text a signature is, it is a sentence that says so', async () => {
  const line = fc.oneof(fc.string(), fc.base64String(), fc.constantFrom(...good.split('\n')));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (lines) => {
      const text = lines.join('\n');
      fc.pre(text.trimEnd() !== good.trimEnd());
      expect(await signatureTrouble(path, key.text, text)).toMatch(/^it/);
    }),
  );
});
