/** The part of dns-packet that the tests use as an oracle; the package ships no types. */
declare module 'dns-packet' {
  export interface OracleQuestion {
    name: string;
    type: string;
    class?: string;
  }
  export interface OracleRecord {
    name: string;
    type: string;
    class?: string;
    ttl?: number;
    data?: unknown;
    udpPayloadSize?: number;
    extendedRcode?: number;
    ednsVersion?: number;
    flags?: number;
    options?: { code: number | string; data?: Uint8Array }[];
  }
  export interface OraclePacket {
    id?: number;
    type?: 'query' | 'response';
    flags?: number;
    rcode?: string;
    questions?: OracleQuestion[];
    answers?: OracleRecord[];
    authorities?: OracleRecord[];
    additionals?: OracleRecord[];
  }
  export function encode(packet: OraclePacket): Buffer;
  export function decode(
    bytes: Uint8Array,
  ): Required<Omit<OraclePacket, 'type'>> & { type: string; flag_tc: boolean; flag_aa: boolean };
}
