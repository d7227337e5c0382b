// Writes the reply to a blocked name, as the policy that decided it says.

import {
  answerEde,
  answerIpv4Offset,
  answerIpv6Offset,
  answerKind,
  answerTextLength,
  answerTextOffset,
  answerTtl,
  structuredEde,
  structuredText,
} from '../policy/answer.ts';
import type { Image } from '../policy/image.ts';
import { ANSWER } from '../policy/rule.ts';
import type { Verdict } from '../policy/verdict.ts';
import { RCODE, TYPE } from '../wire/codes.ts';
import type { Query } from '../wire/query.ts';
import { endReply, putRecord, putSoa, replyLimit, roomForText, startReply } from '../wire/reply.ts';
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
  // Whoever reads structured errors is never given a forged address (draft-ietf-dnsop-structured-dns-error).
  const structured = query.structured && structuredEde(image, answer) > 0;
  const kind = structured ? withoutAddress(answerKind(image, answer)) : answerKind(image, answer);
  const ttl = Math.min(answerTtl(image, answer), longest);
  // NXDOMAIN for an alias' owner would deny what lies beneath a name that policy never spoke of.
  const absent = kind === ANSWER.NXDOMAIN && asked && !verdict.nodata;
  let at = startReply(query, out, absent ? RCODE.NXDOMAIN : RCODE.NOERROR);
  const address = kind < ANSWER.NULL ? -1 : addressFor(image, answer, query.type);
  if (address >= 0) at = putRecord(out, at, query.type, ttl, image.bytes, address, query.type === TYPE.A ? 4 : 16);
  else at = putSoa(query, out, at, soaLabels(query, verdict, asked), ttl, image.generation);
  const limit = Math.min(replyLimit(query, stream), out.length);
  return structured
    ? endStructured(query, out, at, limit, image, answer)
    : endPlain(query, out, at, limit, image, answer);
}

function withoutAddress(kind: number): number {
  return kind < ANSWER.NULL ? kind : ANSWER.NXDOMAIN;
}

/** At or above the asked name, and never above what policy spoke of. */
function soaLabels(query: Query, verdict: Verdict, asked: boolean): number {
  return asked && verdict.rule >= 0 ? verdict.depth + verdict.behind : query.name.labelCount;
}

function endPlain(query: Query, out: Uint8Array, at: number, limit: number, image: Image, answer: number): number {
  const from = answerTextOffset(image, answer);
  const length = answerTextLength(image, answer);
  return endReply(query, out, at, limit, 0, answerEde(image, answer), image.bytes, from, length);
}

function endStructured(query: Query, out: Uint8Array, at: number, limit: number, image: Image, answer: number): number {
  const { structured, structuredStarts } = image;
  const text = structuredText(image, answer, roomForText(at, limit));
  const from = structuredStarts[text];
  const length = structuredStarts[text + 1] - from;
  return endReply(query, out, at, limit, 0, structuredEde(image, answer), structured, from, length);
}

function addressFor(image: Image, answer: number, type: number): number {
  if (type === TYPE.A) return answerIpv4Offset(image, answer);
  if (type === TYPE.AAAA) return answerIpv6Offset(image, answer);
  return -1;
}
