// The numbers of the DNS registries that Sluis acts on, and their mnemonics for people.

/** Response codes, RFC 1035 §4.1.1; those above 15 are extended ones, RFC 6891 §6.1.3 and RFC 7873 §8. */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

/** Resource record and question types. */
export const TYPE = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  RT: 21,
  SIG: 24,
  PX: 26,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  SVCB: 64,
  HTTPS: 65,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
} as const;

/** The one class that is served. */
export const CLASS = { IN: 1 } as const;

export const OPCODE = { QUERY: 0 } as const;

/** Bits of the second header word, RFC 1035 §4.1.1 and RFC 4035 §3.1.6. */
export const FLAG = {
  QR: 0x8000,
  OPCODE: 0x7800,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
} as const;

/**
 * EDNS option codes, RFC 6891 §6.1.2 and its registry. STRUCTURED_ERROR is what draft-ietf-dnsop-structured-dns-error
 * asks for, by the number that the registry holds for it.
 */
export const OPTION = {
  COOKIE: 10,
  EDE: 15,
  STRUCTURED_ERROR: 26,
  /** By which dnsmasq says who asks it, none of them standard: the six octets of a MAC (add-mac), */
  MAC: 65001,
  /** a MAC as text or in base64 (add-mac=text, add-mac=base64), */
  MAC_TEXT: 65073,
  /** and a text that its administrator chose (add-cpe-id). */
  DEVICE_ID: 65074,
} as const;

/** Extended DNS errors, RFC 8914 §4. */
export const EDE = {
  STALE: 3,
  FORGED: 4,
  NOT_READY: 14,
  BLOCKED: 15,
  CENSORED: 16,
  FILTERED: 17,
  PROHIBITED: 18,
  STALE_NXDOMAIN: 19,
  NO_REACHABLE_AUTHORITY: 22,
  INVALID_QUERY_TYPE: 30,
} as const;

/** Octets of the fixed message header. */
export const HEADER = 12;
/** The longest name on the wire, RFC 1035 §2.3.4, the root's octet included. */
export const MAX_NAME = 255;
/** The datagram size we offer and the most we send, RFC 9715. */
export const UDP_SIZE = 1232;
/** What a client without EDNS takes, RFC 1035 §4.2.1. */
export const PLAIN_UDP_SIZE = 512;
export const MAX_MESSAGE = 65535;

function mnemonics(table: Record<string, number>): Map<number, string> {
  return new Map(Object.entries(table).map(([mnemonic, code]) => [code, mnemonic]));
}

const TYPE_NAMES = mnemonics(TYPE);
const RCODE_NAMES = mnemonics(RCODE);

/** The mnemonic of a type, or TYPEnnn (RFC 3597 §5). */
export function typeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`;
}

/** The type behind a mnemonic or TYPEnnn in any case, or -1 when it names none. */
export function typeFromText(text: string): number {
  const upper = text.toUpperCase();
  const known = (TYPE as Record<string, number>)[upper];
  if (known !== undefined) return known;
  const generic = /^TYPE(\d{1,5})$/.exec(upper);
  const code = generic ? Number(generic[1]) : -1;
  return code <= 0xffff ? code : -1;
}

/** The mnemonic of a response code, or RCODEnn. */
export function rcodeName(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`;
}
