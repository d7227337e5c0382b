// Signatures of SSH: what holds, what is wrong with what does not, and that no octet can be changed.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { signatureTrouble } from '../../src/lists/signature.ts';
import { armoured, field, mpint, SSH_KINDS, type SshOptions, sshBlob, sshSigner } from './signing.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluis-sshsig-'));
afterAll(() => rmSync(folder, { recursive: true }));

const content = Buffer.from('one.example\ntwo.example\n');
const path = join(folder, 'list');
writeFileSync(path, content);
const signers = SSH_KINDS.map((kind) => sshSigner(kind));
const [ed25519, rsa, p256] = signers;
const good = armoured(sshBlob(ed25519, content));

describe('holds', () => {
  const cases = signers.flatMap((signer) =>
    ['sha256', 'sha512'].flatMap((hash) => {
      const formats = signer.kind === 'ssh-rsa' ? ['rsa-sha2-256', 'rsa-sha2-512'] : [signer.kind];
      return formats.map((format) => ({ name: `${format} over ${hash}`, signer, options: { hash, format } }));
    }),
  );
  test.each(cases)('$name', async ({ signer, options }) => {
    // Numbers that begin with zeros come now and then.
    for (let turn = 0; turn < 10; turn++) {
      const text = armoured(sshBlob(signer, content, options));
      expect(await signatureTrouble(path, signer.text, text)).toBeUndefined();
    }
  });

  test('with what is reserved, which is signed with the rest', async () => {
    const text = armoured(sshBlob(ed25519, content, { reserved: 'later' }));
    expect(await signatureTrouble(path, ed25519.text, text)).toBeUndefined();
  });

  test('with line ends of another system, or none at the end', async () => {
    expect(await signatureTrouble(path, ed25519.text, good.replaceAll('\n', '\r\n'))).toBeUndefined();
    expect(await signatureTrouble(path, ed25519.text, good.trimEnd())).toBeUndefined();
  });

  test('of RSA without its leading zeros', async () => {
    const parts = (count: number) => sshBlob(rsa, Buffer.from(`${count}`));
    let count = 0;
    // One in 256 begins with a zero.
    while (parts(count).subarray(-256)[0] !== 0) count++;
    const blob = parts(count);
    const inner = Buffer.concat([field('rsa-sha2-512'), field(blob.subarray(-255))]);
    const short = Buffer.concat([blob.subarray(0, blob.length - inner.length - 5), field(inner)]);
    const file = join(folder, 'short');
    writeFileSync(file, `${count}`);
    expect(await signatureTrouble(file, rsa.text, armoured(short))).toBeUndefined();
  });
});

describe('does not hold', () => {
  const options: [string, SshOptions, string][] = [
    ['for another use', { namespace: 'git' }, 'is for "git", and not for "file": sign with -n file'],
    ['of another version', { version: 2 }, 'is of version 2, and not of 1'],
    ['over a weak hash', { hash: 'sha1' }, 'is over a hash that is neither sha256 nor sha512'],
    ['with more behind it', { behind: Buffer.from('x') }, 'is cut off, or has more than belongs to it'],
  ];
  test.each(options)('%s', async (_, how, trouble) => {
    expect(await signatureTrouble(path, ed25519.text, armoured(sshBlob(ed25519, content, how)))).toContain(trouble);
  });

  test.each([
    ['nothing', '', 'its signature is empty'],
    ['a web page', '<!doctype html>', 'it does not begin with BEGIN SSH SIGNATURE'],
    ['cut off', good.slice(0, 100), 'is cut off: it does not end with END SSH SIGNATURE'],
    ['no base64', good.replace('\nU', '\n!'), 'is no base64 between its first and its last line'],
    ['nothing within', armoured(Buffer.alloc(0)), 'it does not begin with SSHSIG'],
    ['its beginning alone', armoured(Buffer.from('SSHSIG')), 'is cut off, or has more than belongs to it'],
    ['of another content', armoured(sshBlob(ed25519, Buffer.from('x'))), 'it is not what was signed'],
    [
      'of another key',
      armoured(sshBlob(p256, content)),
      /is signed by the key SHA256:\S{43}, and not by SHA256:\S{43}$/,
    ],
    [
      'of another key with this one within',
      armoured(sshBlob(sshSigner('ssh-ed25519'), content, { wire: ed25519.wire })),
      'it is not what was signed',
    ],
    [
      'of a form of other keys',
      armoured(sshBlob(p256, content, { wire: ed25519.wire })),
      'is of the form "ecdsa-sha2-nistp256", which is none of a key ssh-ed25519',
    ],
  ])('%s', async (_, text, trouble) => {
    expect(await signatureTrouble(path, ed25519.text, text)).toMatch(trouble);
  });

  test('of RSA over SHA-1', async () => {
    const text = armoured(sshBlob(rsa, content, { format: 'ssh-rsa' }));
    expect(await signatureTrouble(path, rsa.text, text)).toContain('rests on SHA-1, which proves nothing');
  });

  test.each([
    ['of RSA that is short', sshSigner('ssh-rsa', 1024).text, 'has 1024 bits, and 2048 are the least'],
    ['of RSA that is longer than any', rsaOf(Buffer.alloc(2049, 0x7f)), 'has 16391 bits, and 16384 are the most'],
    ['without a number', rsaOf(Buffer.alloc(0)), 'is none of SSH'],
    ['of another kind', keyOf(field('ssh-dss'), field('x')), 'is none of SSH'],
    ['of an unknown curve', keyOf(field('ecdsa-sha2-nistp224'), field('nistp224'), field('x')), 'is none of SSH'],
    ['of two curves', keyOf(field('ecdsa-sha2-nistp256'), field('nistp384'), field('x')), 'is none of SSH'],
    [
      'beside its curve',
      keyOf(field('ecdsa-sha2-nistp256'), field('nistp256'), field(Buffer.alloc(65, 4))),
      'is none of SSH',
    ],
    [
      'with half a point',
      keyOf(field('ecdsa-sha2-nistp256'), field('nistp256'), field(Buffer.alloc(33, 2))),
      'is none of SSH',
    ],
    ['too short', keyOf(field('ssh-ed25519'), field('x')), 'is none of SSH'],
    ['with more behind it', keyOf(ed25519.wire, field('')), 'is none of SSH'],
    ['nothing', 'ssh-ed25519 ', 'is none of SSH'],
    ['no base64', 'ssh-ed25519 !', 'is no base64'],
  ])('with a key %s', async (_, text, trouble) => {
    expect(await signatureTrouble(path, text, good)).toMatch(
      new RegExp(`^the public key that must have signed it ${trouble}`),
    );
  });
});

function keyOf(...fields: Buffer[]): string {
  return `ssh ${Buffer.concat(fields).toString('base64')}`;
}

function rsaOf(modulus: Buffer): string {
  return keyOf(field('ssh-rsa'), mpint(Buffer.of(1, 0, 1)), mpint(modulus));
}

test('a file that cannot be read is an error', async () => {
  await expect(signatureTrouble(join(folder, 'away'), ed25519.text, good)).rejects.toThrow('ENOENT');
});

test('a key of odd numbers vouches for nothing', async () => {
  const even = rsaOf(Buffer.alloc(256, 0xc0));
  const wire = Buffer.from(even.slice(4), 'base64');
  expect(await signatureTrouble(path, even, armoured(sshBlob(rsa, content, { wire })))).toContain(
    'it is not what was signed',
  );
});

test.each(signers)('no octet of signature or list can be changed: $kind', async (signer) => {
  const bytes = { signature: sshBlob(signer, content), list: content };
  const changed = join(folder, `changed-${signer.kind}`);
  const spots = fc.oneof(
    fc.record({ what: fc.constant('signature' as const), at: fc.nat(bytes.signature.length - 1) }),
    fc.record({ what: fc.constant('list' as const), at: fc.nat(bytes.list.length - 1) }),
  );
  await fc.assert(
    fc.asyncProperty(spots, fc.integer({ min: 1, max: 255 }), async ({ what, at }, bits) => {
      const now = { ...bytes, [what]: Buffer.from(bytes[what]) };
      now[what][at] ^= bits;
      writeFileSync(changed, now.list);
      expect(await signatureTrouble(changed, signer.text, armoured(now.signature))).toMatch(/^it/);
    }),
    { numRuns: 200 },
  );
});

test('no octet of its armour can be changed', async () => {
  const text = Buffer.from(good.trimEnd(), 'latin1');
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
      const now = Buffer.from(text);
      now[at] ^= bits;
      expect(await signatureTrouble(path, ed25519.text, now.toString('latin1'))).toMatch(/^it/);
    }),
    { numRuns: 300 },
  );
});
