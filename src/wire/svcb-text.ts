// SVCB and HTTPS records as zone files write them (RFC 9460 §2.1 and appendix A).

import { addressText } from './address-text.ts';
import { Name, readName } from './name.ts';
import { textFromName } from './name-text.ts';
import { base64, numberAt, quoted } from './octets-text.ts';

const KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath'];
const target = new Name(0);

/** Undefined when the record is broken. */
export function svcbText(message: Uint8Array, from: number, end: number): string | undefined {
  if (from + 3 > end) return undefined;
  let at = readName(message, from + 2, end, target);
  if (at < 0) return undefined;
  const parts = [`${numberAt(message, from, 2)}`, textFromName(target)];
  while (at < end) {
    if (at + 4 > end) return undefined;
    const next = at + 4 + numberAt(message, at + 2, 2);
    if (next > end) return undefined;
    parts.push(parameterText(numberAt(message, at, 2), message.subarray(at + 4, next)));
    at = next;
  }
  return parts.join(' ');
}

function parameterText(key: number, value: Uint8Array): string {
  const name = KEYS[key] ?? `key${key}`;
  const known = valueText(name, value);
  if (known !== undefined) return known ? `${name}=${known}` : name;
  return value.length > 0 ? `${name}=${quoted(value)}` : name;
}

/** Empty where the key stands alone; undefined where the value is not as its key wants it. */
function valueText(name: string, value: Uint8Array): string | undefined {
  const pieces = (size: number, text: (piece: Uint8Array) => string) => {
    if (value.length === 0 || value.length % size !== 0) return undefined;
    const starts = Array.from({ length: value.length / size }, (_, index) => index * size);
    return starts.map((start) => text(value.subarray(start, start + size))).join(',');
  };
  switch (name) {
    case 'mandatory':
      return pieces(2, (piece) => KEYS[numberAt(piece, 0, 2)] ?? `key${numberAt(piece, 0, 2)}`);
    case 'alpn':
      return protocols(value);
    case 'port':
      return value.length === 2 ? `${numberAt(value, 0, 2)}` : undefined;
    case 'ipv4hint':
      return pieces(4, (piece) => addressText(4, piece));
    case 'ipv6hint':
      return pieces(16, (piece) => addressText(6, piece));
    case 'ech':
      return base64(value);
    default:
      return undefined;
  }
}

/** `h3,h2`; undefined for a protocol that needs escapes, which the quoted form then shows octet for octet. */
function protocols(value: Uint8Array): string | undefined {
  const names: string[] = [];
  for (let at = 0; at < value.length; ) {
    const next = at + 1 + value[at];
    if (next > value.length) return undefined;
    names.push(String.fromCharCode(...value.subarray(at + 1, next)));
    at = next;
  }
  return names.every((name) => /^[\w./-]+$/.test(name)) ? names.join(',') : undefined;
}
