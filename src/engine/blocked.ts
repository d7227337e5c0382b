// Writes the reply to a blocked name, as the policy that decided it says.

import {
  answerEde,
  answerIpv4Offset,
  answerIpv6Offset,
  answerKind,
  answerTextLength,
  answerTextOffset,
  answerTtl,
} from '../policy/answer.ts';
import type { Image } from '../policy/image.ts';
import { ANSWER } from '../policy/rule.ts';
import type { Verdict } from '../policy/verdict.ts';
import { RCODE, TYPE } from '../wire/codes.ts';
import type { Query } from '../wire/query.ts';
import { endReply, putRecord, putSoa, replyLimit, startReply } from '../wire/reply.ts';
import { NO_LIMIT } from './ttls.ts';

/**
 * The same for every type, HTTPS included: NXDOMAIN (NODATA where an allowed name may lie beneath, RFC 8020) with an
 * SOA to cache it by, or the policy's own addresses. `asked` tells whether the verdict is on the asked name itself
 * and not on one that its answer led to; `longest` is the longest TTL it may have. Returns the length.
 */
export function writeBlocked(
  query: Query,
  out: Uint8Array,
  image: Image,
  verdict: Verdict,
  asked: boolean,
  stream: boolean,
  longest = NO_LIMIT,
): number {
  const { answer } = verdict;
  const kind = answerKind(image, answer);
  const ttl = Math.min(answerTtl(image, answer), longest);
  // NXDOMAIN for an alias' owner would deny what lies beneath a name that policy never spoke of.
  const absent = kind === ANSWER.NXDOMAIN && asked && !verdict.nodata;
  let at = startReply(query, out, absent ? RCODE.NXDOMAIN : RCODE.NOERROR);
  const address = kind < ANSWER.NULL ? -1 : addressFor(image, answer, query.type);
  if (address >= 0) at = putRecord(out, at, query.type, ttl, image.bytes, address, query.type === TYPE.A ? 4 : 16);
  else
    at = putSoa(
      query,
      out,
      at,
      asked && verdict.rule >= 0 ? verdict.depth : query.name.labelCount,
      ttl,
      image.generation,
    );
  const limit = Math.min(replyLimit(query, stream), out.length);
  const text = answerTextOffset(image, answer);
  return endReply(
    query,
    out,
    at,
    limit,
    0,
    answerEde(image, answer),
    image.bytes,
    text,
    answerTextLength(image, answer),
  );
}

function addressFor(image: Image, answer: number, type: number): number {
  if (type === TYPE.A) return answerIpv4Offset(image, answer);
  if (type === TYPE.AAAA) return answerIpv6Offset(image, answer);
  return -1;
}
