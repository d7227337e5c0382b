// Names of the DNS registries for people: what Sluis acts on from its own tables, the rest from dns2's.

import { Packet } from 'dns2';
import { EDE, rcodeName, typeFromText, typeName } from '../wire/codes.ts';

/** Words of the registry's names that are not plain words. */
const SPELLED = new Map(['DNSKEY', 'DNSSEC', 'DS', 'NXDOMAIN', 'NSEC', 'NSEC3'].map((word) => [word, word]));
SPELLED.set('RRSIGS', 'RRSIGs');

const EDE_NAMES = new Map(Object.entries(EDE).map(([name, code]) => [code as number, name]));

/** The registry's name of an extended DNS error (RFC 8914 §5.2): `Blocked`, or `code 4711`. */
export function edeName(code: number): string {
  const name = Packet.EDE_NAME[code] ?? EDE_NAMES.get(code);
  if (name === undefined) return `code ${code}`;
  const words = name.split('_').map((word, index) => SPELLED.get(word) ?? plainWord(word, index === 0));
  return words.join(' ');
}

function plainWord(word: string, first: boolean): string {
  return first ? word[0] + word.slice(1).toLowerCase() : word.toLowerCase();
}

export function typeMnemonic(type: number): string {
  const own = typeName(type);
  return own.startsWith('TYPE') ? (Packet.TYPE_NAME[type] ?? own) : own;
}

/** The type behind a mnemonic or TYPEnnn in any case; undefined when it names none. */
export function typeFrom(text: string): number | undefined {
  const own = typeFromText(text);
  if (own >= 0) return own;
  return Object.hasOwn(Packet.TYPE, text.toUpperCase())
    ? Packet.TYPE[text.toUpperCase() as keyof typeof Packet.TYPE]
    : undefined;
}

export function statusMnemonic(rcode: number): string {
  const own = rcodeName(rcode);
  if (!own.startsWith('RCODE')) return own;
  return Object.entries(Packet.RCODE).find(([, code]) => code === rcode)?.[0] ?? own;
}

/** `IN`, or CLASSnnn (RFC 3597 §5). */
export function classMnemonic(value: number): string {
  return Object.entries(Packet.CLASS).find(([, code]) => code === value)?.[0] ?? `CLASS${value}`;
}
