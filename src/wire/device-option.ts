// Reads the options by which a forwarder names the device that asks: its MAC in each of dnsmasq's forms, or its id.

import { OPTION } from './codes.ts';

/** Code and length, in front of every option's data. */
export const OPTION_HEADER = 4;
export const MAC_OCTETS = 6;
/** `00:00:5e:00:53:01`, and the same in base64. */
const TEXT_OCTETS = 17;
const BASE64_OCTETS = 8;
/** The longest of the three. */
export const MOST_MAC_OCTETS = TEXT_OCTETS;
export const MOST_ID_OCTETS = 63;

const NO_DIGIT = -1;
const COLON = 0x3a;
const [ZERO, NINE, UPPER_A, UPPER_Z, LOWER_A, LOWER_Z] = [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a];
const [PLUS, SLASH] = [0x2b, 0x2f];

/** Octets of an option's data; the option stands whole in `octets`. */
export function optionSize(octets: Uint8Array, at: number): number {
  return (octets[at + 2] << 8) | octets[at + 3];
}

/** Octets of the id in the option at `at`, which follows the header; -1 where it cannot be one. */
export function idSize(octets: Uint8Array, at: number): number {
  const size = optionSize(octets, at);
  return size >= 1 && size <= MOST_ID_OCTETS ? size : -1;
}

/** Writes the six octets of the MAC in the option at `at` to `out`; false where there is none in it. */
export function readMac(octets: Uint8Array, at: number, out: Uint8Array): boolean {
  const size = optionSize(octets, at);
  const data = at + OPTION_HEADER;
  if (((octets[at] << 8) | octets[at + 1]) === OPTION.MAC) {
    // Other kinds of network have longer and shorter ones.
    if (size !== MAC_OCTETS) return false;
    for (let octet = 0; octet < MAC_OCTETS; octet++) out[octet] = octets[data + octet];
    return true;
  }
  if (size === TEXT_OCTETS) return readText(octets, data, out);
  return size === BASE64_OCTETS && readBase64(octets, data, out);
}

function readText(octets: Uint8Array, data: number, out: Uint8Array): boolean {
  for (let octet = 0; octet < MAC_OCTETS; octet++) {
    const at = data + octet * 3;
    const high = hexDigit(octets[at]);
    const low = hexDigit(octets[at + 1]);
    const isLast = octet === MAC_OCTETS - 1;
    if (high === NO_DIGIT || low === NO_DIGIT || (!isLast && octets[at + 2] !== COLON)) return false;
    out[octet] = (high << 4) | low;
  }
  return true;
}

/** Twice three octets in four digits each (RFC 4648 §4); eight digits are six octets, so nothing is padded. */
function readBase64(octets: Uint8Array, data: number, out: Uint8Array): boolean {
  for (let half = 0; half < 2; half++) {
    let value = 0;
    for (let at = data + half * 4; at < data + half * 4 + 4; at++) {
      const digit = base64Digit(octets[at]);
      if (digit === NO_DIGIT) return false;
      value = (value << 6) | digit;
    }
    out[half * 3] = value >> 16;
    out[half * 3 + 1] = (value >> 8) & 0xff;
    out[half * 3 + 2] = value & 0xff;
  }
  return true;
}

function hexDigit(octet: number): number {
  if (octet >= ZERO && octet <= NINE) return octet - ZERO;
  // Both cases of a letter differ in one bit.
  const letter = (octet | 0x20) - LOWER_A;
  return letter >= 0 && letter < 6 ? letter + 10 : NO_DIGIT;
}

function base64Digit(octet: number): number {
  if (octet >= UPPER_A && octet <= UPPER_Z) return octet - UPPER_A;
  if (octet >= LOWER_A && octet <= LOWER_Z) return octet - LOWER_A + 26;
  if (octet >= ZERO && octet <= NINE) return octet - ZERO + 52;
  if (octet === PLUS) return 62;
  return octet === SLASH ? 63 : NO_DIGIT;
}
