// Whether a list is signed by whom it must be: by minisign, or by SSH.

import { minisignTrouble } from './signature-minisign.ts';
import { octetsOf } from './signature-octets.ts';
import { sshTrouble } from './signature-ssh.ts';

/**
 * Why the file at `path` is not signed by `key` with `signature`; undefined where it is. The key is as `signed_by` has it:
 * a public key of minisign in base64, or kind and base64 of SSH; the signature is the text of a `.minisig`, or of what
 * `ssh-keygen -Y sign -n file` writes, an octet a character. Rejects where the file cannot be read, and for nothing else.
 */
export async function signatureTrouble(path: string, key: string, signature: string): Promise<string | undefined> {
  if (signature.trim() === '') return 'its signature is empty';
  const isSsh = key.includes(' ');
  const octets = octetsOf(isSsh ? key.slice(key.indexOf(' ') + 1) : key);
  if (!octets) return 'the public key that must have signed it is no base64';
  return isSsh ? sshTrouble(path, octets, signature) : minisignTrouble(path, octets, signature);
}
