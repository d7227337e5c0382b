// Signatures of minisign: Ed25519 over the BLAKE2b-512 of a file, or over the file itself as it once did.

import { verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ed25519Key, hashOf, octetsOf } from './signature-octets.ts';

/** "Ed": of every public key, and of signatures over the file itself. */
const PLAIN = 'Ed';
/** Of signatures over its hash. */
const HASHED = 'ED';
const KEY_OCTETS = 42;
const SIGNATURE_OCTETS = 74;
const GLOBAL_OCTETS = 64;
/** Where the key's id ends, after the two octets of the algorithm. */
const ID_END = 10;

/** Ed25519 wants all that it is over at once: so long may a file be that is signed itself, and not by its hash. */
export const PLAIN_MOST = 64 * 2 ** 20;

const TRUSTED = 'trusted comment: ';

interface Minisig {
  algorithm: string;
  id: Buffer;
  signature: Buffer;
  /** Octets that its global signature is over, and that signature. */
  vouched: Buffer;
  global: Buffer;
}

/** As `signatureTrouble`. */
export async function minisignTrouble(path: string, key: Buffer, text: string): Promise<string | undefined> {
  if (key.length !== KEY_OCTETS || key.toString('latin1', 0, 2) !== PLAIN) {
    return 'the public key that must have signed it is none of minisign';
  }
  const sig = readMinisig(text);
  if (typeof sig === 'string') return `its signature is none of minisign: ${sig}`;
  const id = key.subarray(2, ID_END);
  if (!sig.id.equals(id)) return `it is signed by the key ${idText(sig.id)}, and not by ${idText(id)}`;
  const signer = ed25519Key(key.subarray(ID_END));
  if (!verify(null, sig.vouched, signer, sig.global)) {
    return 'its signature does not hold: what vouches for the trusted comment was not made by this key';
  }
  const signed = sig.algorithm === HASHED ? await hashOf(path, 'blake2b512') : await wholeFile(path);
  if (!signed) {
    const bound = `which is checked up to ${PLAIN_MOST / 2 ** 20} MiB`;
    return `it is signed as a whole and not by its hash, ${bound}: sign it with a minisign of now, without -l`;
  }
  return verify(null, signed, signer, sig.signature)
    ? undefined
    : 'its signature does not hold: it is not what was signed';
}

/** What the four lines of a signature say, or what is wrong with them. */
function readMinisig(text: string): Minisig | string {
  const lines = text.replace(/(?:\r?\n)+$/, '').split(/\r?\n/);
  if (lines.length !== 4) return `it has ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}, and not 4`;
  const [untrusted, first, trusted, second] = lines;
  if (!untrusted.startsWith('untrusted comment:')) return 'its first line is no untrusted comment';
  const octets = octetsOf(first);
  if (octets?.length !== SIGNATURE_OCTETS) return `its second line is no base64 of ${SIGNATURE_OCTETS} octets`;
  const algorithm = octets.toString('latin1', 0, 2);
  if (algorithm !== PLAIN && algorithm !== HASHED) return 'its algorithm is neither "Ed" nor "ED"';
  if (!trusted.startsWith(TRUSTED)) return 'its third line is no trusted comment';
  const global = octetsOf(second);
  if (global?.length !== GLOBAL_OCTETS) return `its fourth line is no base64 of ${GLOBAL_OCTETS} octets`;
  const signature = octets.subarray(ID_END);
  const vouched = Buffer.concat([signature, Buffer.from(trusted.slice(TRUSTED.length), 'latin1')]);
  return { algorithm, id: octets.subarray(2, ID_END), signature, vouched, global };
}

/** The content of the file; undefined where it is longer than PLAIN_MOST. */
async function wholeFile(path: string): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of createReadStream(path)) {
    length += (piece as Buffer).length;
    if (length > PLAIN_MOST) return undefined;
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

/** As minisign shows it: a number that stands with its lowest octet first. */
function idText(id: Buffer): string {
  return Buffer.from(id).reverse().toString('hex').toUpperCase();
}
