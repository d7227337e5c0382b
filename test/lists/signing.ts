// Signs as minisign and ssh-keygen do, with node:crypto: well, or with whatever a test wants otherwise.

import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const ID = Buffer.from('0123456789abcdef', 'hex');

export interface MinisignKey {
  id: Buffer;
  secret: KeyObject;
  /** As `signed_by` has it. */
  text: string;
}

const raw = (key: KeyObject) => Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url');

export function minisignKey(id = ID): MinisignKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const text = Buffer.concat([Buffer.from('Ed'), id, raw(publicKey)]).toString('base64');
  return { id, secret: privateKey, text };
}

export interface MinisignOptions {
  algorithm?: string;
  comment?: string;
}

/** The four lines of a signature of `content`. */
export function minisig({ id, secret }: MinisignKey, content: Buffer, options: MinisignOptions = {}): string {
  const { algorithm = 'ED', comment = 'timestamp:1\tfile:list é' } = options;
  const signed = algorithm === 'Ed' ? content : createHash('blake2b512').update(content).digest();
  const signature = sign(null, signed, secret);
  const trusted = Buffer.from(comment);
  const global = sign(null, Buffer.concat([signature, trusted]), secret);
  const first = Buffer.concat([Buffer.from(algorithm), id, signature]).toString('base64');
  const lines = [
    'untrusted comment: c',
    first,
    `trusted comment: ${trusted.toString('latin1')}`,
    global.toString('base64'),
  ];
  return `${lines.join('\n')}\n`;
}

export const SSH_KINDS = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
] as const;
export type SshKind = (typeof SSH_KINDS)[number];

export interface SshSigner {
  kind: SshKind;
  secret: KeyObject;
  /** Its public key, as the wire has it. */
  wire: Buffer;
  /** As `signed_by` has it. */
  text: string;
}

export function field(octets: Buffer | string): Buffer {
  const bytes = Buffer.from(octets as string, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A number that is not negative. */
export function mpint(octets: Buffer): Buffer {
  let digits = octets;
  while (digits.length > 0 && digits[0] === 0) digits = digits.subarray(1);
  return field(digits.length > 0 && digits[0] >= 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits);
}

function secretOf(kind: SshKind, bits: number): KeyObject {
  if (kind === 'ssh-ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (kind === 'ssh-rsa') return generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: `P-${kind.slice(-3)}` }).privateKey;
}

export function sshSigner(kind: SshKind, bits = 2048): SshSigner {
  const secret = secretOf(kind, bits);
  const jwk = secret.export({ format: 'jwk' });
  const octets = (part: string | undefined) => Buffer.from(part!, 'base64url');
  const parts =
    kind === 'ssh-ed25519'
      ? [field(octets(jwk.x))]
      : kind === 'ssh-rsa'
        ? [mpint(octets(jwk.e)), mpint(octets(jwk.n))]
        : [field(kind.slice(11)), field(Buffer.concat([Buffer.of(4), octets(jwk.x), octets(jwk.y)]))];
  const wire = Buffer.concat([field(kind), ...parts]);
  return { kind, secret, wire, text: `${kind} ${wire.toString('base64')}` };
}

export interface SshOptions {
  version?: number;
  namespace?: string;
  reserved?: string;
  hash?: string;
  format?: string;
  /** The public key within, where it is to be another. */
  wire?: Buffer;
  /** What comes behind the last field. */
  behind?: Buffer;
}

const HASHES: Record<string, string | null> = {
  'ssh-ed25519': null,
  'ssh-rsa': 'sha1',
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
};

/** The octets of a signature of `content`, without armour. */
export function sshBlob({ kind, secret, wire }: SshSigner, content: Buffer, options: SshOptions = {}): Buffer {
  const { version = 1, namespace = 'file', reserved = '', hash = 'sha512' } = options;
  const format = options.format ?? (kind === 'ssh-rsa' ? 'rsa-sha2-512' : kind);
  const digest = createHash(hash).update(content).digest();
  const signed = Buffer.concat([
    Buffer.from('SSHSIG'),
    ...[namespace, reserved, hash, digest].map((part) => field(part)),
  ]);
  const made = sign(HASHES[format] ?? null, signed, { key: secret, dsaEncoding: 'ieee-p1363' });
  const half = made.length / 2;
  const isPair = kind.startsWith('ecdsa-');
  const inner = isPair ? Buffer.concat([mpint(made.subarray(0, half)), mpint(made.subarray(half))]) : made;
  const head = Buffer.alloc(4);
  head.writeUInt32BE(version);
  const fields = [options.wire ?? wire, namespace, reserved, hash, Buffer.concat([field(format), field(inner)])];
  const all = [Buffer.from('SSHSIG'), head, ...fields.map((part) => field(part))];
  return Buffer.concat([...all, options.behind ?? Buffer.alloc(0)]);
}

export function armoured(blob: Buffer): string {
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return `${['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----'].join('\n')}\n`;
}
