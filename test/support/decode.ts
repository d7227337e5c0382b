// Decodes a message for tests with dns-packet, its header's flags, rcode and extended errors spelled out.

import * as dnsPacket from 'dns-packet';

export interface DecodedReply {
  id: number;
  rcode: string;
  aa: boolean;
  tc: boolean;
  rd: boolean;
  ra: boolean;
  ad: boolean;
  cd: boolean;
  questions: dnsPacket.OracleQuestion[];
  answers: dnsPacket.OracleRecord[];
  authorities: dnsPacket.OracleRecord[];
  additionals: dnsPacket.OracleRecord[];
  /** Extended errors (RFC 8914) in the OPT; undefined without an OPT. */
  errors: { code: number; text: string }[] | undefined;
}

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** dns-packet's reading; it corrupts octets above 0x7f in names, which tests here do not use. */
export function decodeReply(message: Uint8Array): DecodedReply {
  const decoded = dnsPacket.decode(Buffer.from(message));
  const flags = (message[2] << 8) | message[3];
  const additionals = decoded.additionals ?? [];
  const opt = additionals.find((record) => record.type === 'OPT');
  const extended = (opt?.extendedRcode ?? 0) << 4;
  const rcode = extended | (flags & 15);
  return {
    id: decoded.id ?? 0,
    rcode: rcode === 16 ? 'BADVERS' : (RCODES[rcode] ?? `RCODE${rcode}`),
    aa: (flags & 0x400) !== 0,
    tc: (flags & 0x200) !== 0,
    rd: (flags & 0x100) !== 0,
    ra: (flags & 0x80) !== 0,
    ad: (flags & 0x20) !== 0,
    cd: (flags & 0x10) !== 0,
    questions: decoded.questions ?? [],
    answers: decoded.answers ?? [],
    authorities: decoded.authorities ?? [],
    additionals,
    errors: opt && (opt.options ?? []).filter(({ code }) => code === 15).map(({ data }) => errorOf(data!)),
  };
}

function errorOf(data: Uint8Array): { code: number; text: string } {
  return { code: (data[0] << 8) | data[1], text: Buffer.from(data.subarray(2)).toString('latin1') };
}
