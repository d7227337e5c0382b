// Signatures of SSH over files, as `ssh-keygen -Y sign -n file` makes them (OpenSSH, PROTOCOL.sshsig).

import { createHash } from 'node:crypto';
import { hashOf, octetsOf } from './signature-octets.ts';
import { isSound, type SshKey, sshKey } from './ssh-key.ts';
import { SshOctets, sshString } from './ssh-octets.ts';

const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
const MAGIC = Buffer.from('SSHSIG');
const VERSION = 1;
/** What a signature is for: one made for mail or for git must not vouch for a list. */
const NAMESPACE = 'file';

interface SshSig {
  key: Buffer;
  reserved: Buffer;
  hash: 'sha256' | 'sha512';
  /** How the signature is made, and the signature. */
  format: string;
  signature: Buffer;
}

/** As `signatureTrouble`. */
export async function sshTrouble(path: string, octets: Buffer, text: string): Promise<string | undefined> {
  const key = sshKey(octets);
  if (typeof key === 'string') return `the public key that must have signed it ${key}`;
  const sig = readSshSig(text);
  if (typeof sig === 'string') return `its signature ${sig}`;
  if (!sig.key.equals(octets))
    return `it is signed by the key ${fingerprint(sig.key)}, and not by ${fingerprint(octets)}`;
  const trouble = formatTrouble(key, sig.format);
  if (trouble !== undefined) return `its signature ${trouble}`;
  const digest = await hashOf(path, sig.hash);
  const fields = [Buffer.from(NAMESPACE), sig.reserved, Buffer.from(sig.hash), digest];
  const signed = Buffer.concat([MAGIC, ...fields.map(sshString)]);
  return isSound(key, sig, signed) ? undefined : 'its signature does not hold: it is not what was signed';
}

/** What a signature says, or what is wrong with it. */
function readSshSig(text: string): SshSig | string {
  const lines = text.trim().split(/\r?\n/);
  if (lines[0] !== BEGIN) return 'is none of SSH: it does not begin with BEGIN SSH SIGNATURE';
  if (lines.at(-1) !== END) return 'is cut off: it does not end with END SSH SIGNATURE';
  const blob = octetsOf(lines.slice(1, -1).join(''));
  if (!blob) return 'is no base64 between its first and its last line';
  if (!blob.subarray(0, MAGIC.length).equals(MAGIC)) return 'is none of SSH: it does not begin with SSHSIG';
  const fields = new SshOctets(blob.subarray(MAGIC.length));
  const version = fields.number();
  const [key, namespace, reserved, hash, inner] = Array.from({ length: 5 }, () => fields.string());
  if (!fields.isWhole) return 'is cut off, or has more than belongs to it';
  if (version !== VERSION) return `is of version ${version}, and not of ${VERSION}`;
  const space = namespace.toString('latin1');
  if (space !== NAMESPACE)
    return `is for ${JSON.stringify(space)}, and not for "${NAMESPACE}": sign with -n ${NAMESPACE}`;
  const algorithm = hash.toString('latin1');
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return 'is over a hash that is neither sha256 nor sha512';
  const made = new SshOctets(inner);
  const [format, signature] = [made.string().toString('latin1'), made.string()];
  if (!made.isWhole) return 'is cut off, or has more than belongs to it';
  return { key, reserved, hash: algorithm, format, signature };
}

/** Why a signature in this format is not to be trusted from this key. */
function formatTrouble({ kind, formats }: SshKey, format: string): string | undefined {
  if (formats.has(format)) return undefined;
  if (format === 'ssh-rsa')
    return 'rests on SHA-1, which proves nothing: sign with -O hashalg=sha512, or a newer ssh-keygen';
  return `is of the form ${JSON.stringify(format)}, which is none of a key ${kind}`;
}

/** As `ssh-keygen -l` shows a key. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
