// Where names stand inside RDATA: the layouts that must be decompressed before a record may move (RFC 3597 §4).

import { TYPE } from './codes.ts';

/**
 * Layout of RDATA holding names that may be compressed: octets and character-strings before the first name, number of
 * names, octets after (-1: any). Types outside this table are opaque and copied as they are.
 */
export interface RdataLayout {
  before: number;
  strings: number;
  names: number;
  after: number;
  /** Compressed when written: of the types of RFC 1035 (RFC 3597 §4) those that every reader knows. */
  compress: boolean;
}

const layouts: (RdataLayout | undefined)[] = [];

function layout(types: number[], before: number, names: number, after: number, compress: boolean, strings = 0): void {
  for (const type of types) layouts[type] = { before, strings, names, after, compress };
}

layout([TYPE.NS, TYPE.CNAME, TYPE.PTR], 0, 1, 0, true);
layout([TYPE.MD, TYPE.MF, TYPE.MB, TYPE.MG, TYPE.MR, TYPE.DNAME], 0, 1, 0, false);
layout([TYPE.SOA], 0, 2, 20, true);
layout([TYPE.MINFO], 0, 2, 0, false);
layout([TYPE.MX], 2, 1, 0, true);
layout([TYPE.RP], 0, 2, 0, false);
layout([TYPE.AFSDB, TYPE.RT, TYPE.KX], 2, 1, 0, false);
layout([TYPE.PX], 2, 2, 0, false);
layout([TYPE.SRV], 6, 1, 0, false);
layout([TYPE.SIG], 18, 1, -1, false);
layout([TYPE.NAPTR], 4, 1, 0, false, 3);

const LAST = layouts.length;

/** The layout of a type's RDATA, or undefined when it is opaque. */
export function rdataLayout(type: number): RdataLayout | undefined {
  return type < LAST ? layouts[type] : undefined;
}

/** Whether RDATA of a type with a fixed size has it; types without one always do. */
export function hasRightSize(type: number, length: number): boolean {
  if (type === TYPE.A) return length === 4;
  if (type === TYPE.AAAA) return length === 16;
  return true;
}
