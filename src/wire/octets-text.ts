// Octets of records as text: numbers, character-strings, hexadecimal, base64.

/** A character-string in quotes, octets outside printable ASCII as `\DDD` (RFC 1035 §5.1). */
export function quoted(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) {
    if (octet < 0x20 || octet >= 0x7f) text += `\\${String(octet).padStart(3, '0')}`;
    else text += octet === 0x22 || octet === 0x5c ? `\\${String.fromCharCode(octet)}` : String.fromCharCode(octet);
  }
  return `"${text}"`;
}

/** An unsigned number of so many octets, the highest first. */
export function numberAt(message: Uint8Array, at: number, octets: number): number {
  let value = 0;
  for (let index = 0; index < octets; index++) value = value * 256 + message[at + index];
  return value;
}

export function hexadecimal(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

export function base64(octets: Uint8Array): string {
  return btoa(Array.from(octets, (octet) => String.fromCharCode(octet)).join(''));
}
