// Answers special-use names from here: what the RFCs say must never leave the house (RFC 6761, 6303, 7686, 9462).

import { SPECIAL } from '../policy/special-names.ts';
import { RCODE, TYPE } from '../wire/codes.ts';
import type { Query } from '../wire/query.ts';
import { endReply, putRecord, putSoa, replyLimit, startReply } from '../wire/reply.ts';

const LOOPBACK4 = Uint8Array.from([127, 0, 0, 1]);
const LOOPBACK6 = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
/** RFC 6303 §3 suggests a day and more for its zones; an hour lets a new forward zone be seen. */
const TTL = 3600;

/** `code` is one of SPECIAL; `labels` is how many of the name's last labels are the special-use name. */
export function writeSpecial(query: Query, out: Uint8Array, code: number, labels: number, stream: boolean): number {
  const limit = replyLimit(query, stream);
  let at = startReply(query, out, code === SPECIAL.NXDOMAIN ? RCODE.NXDOMAIN : RCODE.NOERROR);
  if (code === SPECIAL.LOOPBACK && query.type === TYPE.A) at = putRecord(out, at, TYPE.A, TTL, LOOPBACK4, 0, 4);
  else if (code === SPECIAL.LOOPBACK && query.type === TYPE.AAAA)
    at = putRecord(out, at, TYPE.AAAA, TTL, LOOPBACK6, 0, 16);
  else at = putSoa(query, out, at, labels, TTL, 1);
  return endReply(query, out, at, limit);
}
