// Builds client queries octet by octet, well-formed ones and odd ones.

import { wireName, word } from './reply-builder.ts';

export interface QuerySpec {
  name?: string;
  /** The question's name as octets, in place of `name`. */
  nameOctets?: number[];
  type?: number;
  class?: number;
  id?: number;
  flags?: number;
  /** The four counts as written, where they are not simply 1, 0, 0 and 1 for an OPT. */
  counts?: [number, number, number, number];
  /** Octets behind the question, in front of the OPT. */
  records?: number[];
  opt?: {
    size?: number;
    extendedRcode?: number;
    version?: number;
    flags?: number;
    options?: number[];
    owner?: number[];
  };
  trailing?: number[];
}

/** One EDNS option. */
export function option(code: number, data: readonly number[] = []): number[] {
  return [...word(code), ...word(data.length), ...data];
}

/** One record with an octet-for-octet owner. */
export function record(owner: number[], type: number, rdata: number[], rdlength = rdata.length): number[] {
  return [...owner, ...word(type), ...word(1), 0, 0, 1, 44, ...word(rdlength), ...rdata];
}

/** The octets of an OPT record. */
export function optRecord(opt: NonNullable<QuerySpec['opt']>): number[] {
  const options = opt.options ?? [];
  const ttl = [opt.extendedRcode ?? 0, opt.version ?? 0, ...word(opt.flags ?? 0)];
  return [...(opt.owner ?? [0]), ...word(41), ...word(opt.size ?? 1232), ...ttl, ...word(options.length), ...options];
}

/** The octets of a query; recursion desired, id 0x1234 where nothing else is said. */
export function buildQuery(spec: QuerySpec = {}): Uint8Array {
  const counts = spec.counts ?? [1, 0, 0, spec.opt ? 1 : 0];
  return Uint8Array.from([
    ...word(spec.id ?? 0x1234),
    ...word(spec.flags ?? 0x0100),
    ...counts.flatMap(word),
    ...(spec.nameOctets ?? wireName(spec.name ?? 'www.example.com')),
    ...word(spec.type ?? 1),
    ...word(spec.class ?? 1),
    ...(spec.records ?? []),
    ...(spec.opt ? optRecord(spec.opt) : []),
    ...(spec.trailing ?? []),
  ]);
}
