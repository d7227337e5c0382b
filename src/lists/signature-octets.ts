// What both kinds of signatures are made of: base64, public keys of Ed25519, and the hash of a file.

import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** The octets that `text` is the base64 of; undefined where it is not, or is not the one way to write them. */
export function octetsOf(text: string): Buffer | undefined {
  const octets = Buffer.from(text, 'base64');
  return octets.toString('base64') === text ? octets : undefined;
}

/** `octets` are 32. */
export function ed25519Key(octets: Buffer): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: octets.toString('base64url') }, format: 'jwk' });
}

/** The hash of a file, which is read piece by piece. Rejects with what reading it does. */
export async function hashOf(path: string, algorithm: 'blake2b512' | 'sha256' | 'sha512'): Promise<Buffer> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest();
}
