// Where a list comes from and who vouches for it, as options have it: a URL, a hash, a public key.

import { readBy } from './option-kinds.ts';
import type { Trouble } from './problems.ts';

const URL_EXAMPLE = 'https://lists.example/malware.txt';

/** The URL as it will be asked for; over plain HTTP only where something vouches for the list, which is not looked at here. */
function readUrl(value: string): string | Trouble {
  const fix = `write a URL such as ${URL_EXAMPLE}`;
  if (!URL.canParse(value)) return { message: `"${value}" is no URL`, fix };
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { message: `lists are not fetched by ${url.protocol.slice(0, -1)}`, fix };
  }
  if (url.username || url.password) {
    return { message: 'the URL holds a name or a password, and it is shown to people', fix: 'take them out of it' };
  }
  url.hash = '';
  return url.href;
}

export function listUrl(description: string) {
  return readBy(readUrl, { description, examples: [URL_EXAMPLE] });
}

const SHA256 = /^[0-9a-f]{64}$/;

export function sha256(description: string) {
  const read = (value: string): string | Trouble => {
    const digits = value.trim().toLowerCase();
    if (SHA256.test(digits)) return digits;
    return { message: `"${value}" is no SHA-256`, fix: 'write the 64 digits that sha256sum prints' };
  };
  return readBy(read, { description, examples: ['0f…64 digits of 0 to 9 and a to f…'] });
}

/** 42 octets of which the first two are `Ed`. */
const MINISIGN = /^RW[Q-T][A-Za-z0-9+/]{53}$/;
const SSH = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) (AAAA[A-Za-z0-9+/]+={0,2})(?: .*)?$/;

/** A public key in one line: base64 of minisign, or kind and base64 of SSH. */
export function signer(description: string) {
  const read = (value: string): string | Trouble => {
    const key = value.trim();
    const [, kind, octets] = SSH.exec(key) ?? [];
    if (kind !== undefined) return `${kind} ${octets}`;
    if (MINISIGN.test(key)) return key;
    const fix =
      'write the second line of a minisign.pub, or a line of an id_ed25519.pub (ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256)';
    return { message: 'this is no public key of minisign or SSH', fix };
  };
  return readBy(read, { description, examples: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA… lists@example.be'] });
}
