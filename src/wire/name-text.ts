// Names as people write them: presentation format to wire and back (RFC 1035 §5.1, RFC 4343 §2.1).

import { MAX_NAME } from './codes.ts';
import { type Name, readName } from './name.ts';

const SPECIAL = new Set([0x22, 0x24, 0x28, 0x29, 0x2e, 0x3b, 0x40, 0x5c]);

/**
 * The wire form (case kept) of a name in presentation format, with or without the last dot; `.` is the root.
 * Undefined when a label is empty or over 63 octets, the name over 255, an escape broken, or a character beyond
 * ASCII (an internationalised name must come as its `xn--` form).
 */
export function wireFromText(text: string): Uint8Array | undefined {
  if (text === '.') return new Uint8Array(1);
  const wire = new Uint8Array(MAX_NAME + 1);
  let length = 1;
  let label = 0;
  for (let at = 0; at < text.length; at++) {
    let octet = text.charCodeAt(at);
    if (octet === 0x2e) {
      if (length === label + 1) return undefined;
      if (at === text.length - 1) break;
      wire[label] = length - label - 1;
      label = length++;
      continue;
    }
    if (octet === 0x5c) {
      const escaped = /^\\(\d{3}|[^\d])/.exec(text.slice(at, at + 4));
      if (!escaped) return undefined;
      const decimal = escaped[1].length === 3;
      octet = decimal ? Number(escaped[1]) : escaped[1].charCodeAt(0);
      at += escaped[1].length;
      if (octet > (decimal ? 0xff : 0x7f)) return undefined;
    } else if (octet > 0x7f) return undefined;
    if (length - label > 63 || length >= MAX_NAME - 1) return undefined;
    wire[length++] = octet;
  }
  if (length === label + 1) return undefined;
  wire[label] = length - label - 1;
  return wire.slice(0, length + 1);
}

/** Reads presentation format into `name`; false when it is no name. */
export function nameFromText(text: string, name: Name): boolean {
  const wire = wireFromText(text);
  return wire !== undefined && readName(wire, 0, wire.length, name) === wire.length;
}

/**
 * Presentation format of the uncompressed wire name at `offset`, without the last dot (the root is `.`). Every
 * octet outside printable ASCII comes as `\DDD` and every special one escaped, so the text carries no control
 * character and reads back to the same octets. What is not a whole name comes out as far as it can be read.
 */
export function textFromWire(bytes: Uint8Array, offset = 0): string {
  let text = '';
  let at = offset;
  while (at < bytes.length && bytes[at] !== 0 && bytes[at] <= 63) {
    const end = at + bytes[at];
    if (text) text += '.';
    while (at < end && at + 1 < bytes.length) {
      const octet = bytes[++at];
      if (octet <= 0x20 || octet >= 0x7f) text += `\\${String(octet).padStart(3, '0')}`;
      else text += SPECIAL.has(octet) ? `\\${String.fromCharCode(octet)}` : String.fromCharCode(octet);
    }
    at++;
  }
  return text || '.';
}

/** Presentation format of a name, or of its last `labels` labels. */
export function textFromName(name: Name, labels = name.labelCount): string {
  const skipped = name.labelCount - labels;
  if (skipped >= name.labelCount) return '.';
  return textFromWire(name.bytes.subarray(0, name.length), skipped <= 0 ? 0 : name.labelOffset[skipped]);
}
