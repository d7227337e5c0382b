// Public keys of SSH (RFC 4253 §6.6, RFC 5656, RFC 8332, RFC 8709), and whether a signature was made by one.

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { ed25519Key } from './signature-octets.ts';
import { SshOctets } from './ssh-octets.ts';

export interface SshKey {
  kind: string;
  key: KeyObject;
  /** Forms of signatures that it makes, and the hash of each; null where that is a part of it. */
  formats: ReadonlyMap<string, string | null>;
  /** Octets of each of the two numbers of a signature; undefined where it is one. */
  half?: number;
}

/** Shorter moduli of RSA are within reach of those who want to break them; longer ones OpenSSL does not work with. */
const LEAST_RSA_BITS = 2048;
const MOST_RSA_BITS = 16_384;

/** Never "ssh-rsa", which is over SHA-1. */
const RSA_FORMATS = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
]);

const CURVES = new Map([
  ['nistp256', { crv: 'P-256', width: 32, hash: 'sha256' }],
  ['nistp384', { crv: 'P-384', width: 48, hash: 'sha384' }],
  ['nistp521', { crv: 'P-521', width: 66, hash: 'sha512' }],
]);

const NO_KEY = 'is none of SSH';

/** The key, or why it is none. */
export function sshKey(octets: Buffer): SshKey | string {
  const fields = new SshOctets(octets);
  const kind = fields.string().toString('latin1');
  if (kind === 'ssh-ed25519') return ed25519(kind, fields);
  if (kind === 'ssh-rsa') return rsa(kind, fields);
  const name = /^ecdsa-sha2-(nistp\d{3})$/.exec(kind)?.[1];
  return name === undefined ? NO_KEY : ecdsa(kind, name, fields);
}

/** Whether `signature`, which is in one of the key's formats, is over `signed`. */
export function isSound(
  { key, formats, half }: SshKey,
  { format, signature }: { format: string; signature: Buffer },
  signed: Buffer,
): boolean {
  const octets = half === undefined ? padded(key, signature) : twoNumbers(signature, half);
  if (!octets) return false;
  try {
    return verify(formats.get(format), signed, { key, dsaEncoding: 'ieee-p1363' }, octets);
  } catch {
    // A key of odd numbers, which OpenSSL takes and will not work with, vouches for nothing.
    return false;
  }
}

function ed25519(kind: string, fields: SshOctets): SshKey | string {
  const point = fields.string();
  if (!fields.isWhole || point.length !== 32) return NO_KEY;
  return { kind, key: ed25519Key(point), formats: new Map([[kind, null]]) };
}

function rsa(kind: string, fields: SshOctets): SshKey | string {
  const [e, n] = [fields.integer(), fields.integer()];
  if (!fields.isWhole || !e?.length || !n?.length) return NO_KEY;
  const key = imported({ kty: 'RSA', e: e.toString('base64url'), n: n.toString('base64url') });
  if (!key) return NO_KEY;
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < LEAST_RSA_BITS) return `has ${bits} bits, and ${LEAST_RSA_BITS} are the least that prove anything`;
  if (bits > MOST_RSA_BITS) return `has ${bits} bits, and ${MOST_RSA_BITS} are the most that are read`;
  return { kind, key, formats: RSA_FORMATS };
}

function ecdsa(kind: string, name: string, fields: SshOctets): SshKey | string {
  const curve = CURVES.get(name);
  const named = fields.string().toString('latin1');
  const point = fields.string();
  if (!curve || !fields.isWhole || named !== name) return NO_KEY;
  const { crv, width, hash } = curve;
  if (point.length !== 1 + 2 * width || point[0] !== 4) return NO_KEY;
  const x = point.subarray(1, 1 + width).toString('base64url');
  const y = point.subarray(1 + width).toString('base64url');
  const key = imported({ kty: 'EC', crv, x, y });
  return key ? { kind, key, formats: new Map([[kind, hash]]), half: width } : NO_KEY;
}

/** Undefined where the numbers are those of no key, such as a point beside the curve. */
function imported(key: Record<string, string>): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** A signature of RSA is as long as the modulus, and may be written without its leading zeros. */
function padded(key: KeyObject, signature: Buffer): Buffer | undefined {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits === undefined) return signature;
  const missing = Math.ceil(bits / 8) - signature.length;
  return missing < 0 ? undefined : Buffer.concat([Buffer.alloc(missing), signature]);
}

/** A signature of ECDSA is two numbers, here one behind the other in as many octets each. */
function twoNumbers(signature: Buffer, width: number): Buffer | undefined {
  const fields = new SshOctets(signature);
  const [r, s] = [fields.integer(width), fields.integer(width)];
  return fields.isWhole && r && s ? Buffer.concat([r, s]) : undefined;
}
