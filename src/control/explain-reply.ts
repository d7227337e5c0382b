// Says for explain what reply a client would get: written by the engine's own hands, in the order of its decisions.

import { writeBlocked } from '../engine/blocked.ts';
import { isMeta } from '../engine/engine.ts';
import { writeSpecial } from '../engine/special.ts';
import { decide, Verdict } from '../policy/decide.ts';
import { inOrder, judgeLeads, type Lead } from '../policy/explain-leads.ts';
import type { Image } from '../policy/image.ts';
import { Path } from '../policy/match.ts';
import { DECISION } from '../policy/rule.ts';
import { decideStem } from '../policy/search.ts';
import { endpointText } from '../settings/address.ts';
import type { Settings } from '../settings/settings.ts';
import { EDE, MAX_MESSAGE, RCODE, TYPE } from '../wire/codes.ts';
import { extendedErrors, readMessage } from '../wire/message-text.ts';
import { Name } from '../wire/name.ts';
import { textFromName } from '../wire/name-text.ts';
import { parseQuery, Query } from '../wire/query.ts';
import { writeAny, writeEmpty } from '../wire/reply.ts';
import { MAX_QUESTION, writeQuery } from '../wire/write-query.ts';
import { edeName, statusMnemonic, typeMnemonic } from './mnemonics.ts';

/** Why the reply comes from here, without the cache or an upstream. */
export type ReplyCause = 'client' | 'type' | 'special' | 'policy';

export interface ReplyFromHere {
  from: 'here';
  cause: ReplyCause;
  status: string;
  /** The extended DNS error (RFC 8914). */
  ede: { code: number; name: string; text: string } | null;
  /** `A 127.0.0.1` */
  answers: string[];
  /** Owner of the SOA that lets the reply be cached; null without one. */
  soa: string | null;
  /** Seconds; null where nothing in it can be cached. */
  ttl: number | null;
}

/** From the cache, else from the first of these upstreams that answers. */
export interface ReplyFromUpstream {
  from: 'upstream';
  /** The forward zone that chose them; null for all other names. */
  zone: string | null;
  upstreams: string[];
}

/** What is asked, and when; `leads` is what the answer would lead to. */
export interface Question {
  image: Image;
  settings: Pick<Settings, 'upstreams' | 'forward'>;
  name: Name;
  type: number;
  seconds: number;
  leads: readonly Lead[];
}

/** What the engine would send to a client of the group. */
export function replyOf(question: Question, group: number): ReplyFromHere | ReplyFromUpstream {
  const { image, settings, name, type, seconds, leads } = question;
  const query = new Query(image.seed);
  const message = new Uint8Array(MAX_QUESTION);
  parseQuery(message, writeQuery(message, 0, name.bytes.subarray(0, name.length), type, false), query);
  const out = new Uint8Array(MAX_MESSAGE);
  const here = (cause: ReplyCause, length: number) => readReply(cause, out.subarray(0, length));
  if (group < 0) return here('client', writeEmpty(query, out, RCODE.REFUSED, EDE.PROHIBITED));
  if (type === TYPE.NXNAME) return here('type', writeEmpty(query, out, RCODE.FORMERR, EDE.INVALID_QUERY_TYPE));
  if (isMeta(type)) return here('type', writeEmpty(query, out, RCODE.REFUSED));
  const path = new Path();
  const verdict = new Verdict();
  const decision = decide(image, group, query.name, seconds, path, verdict);
  if (path.special > 0) return here('special', writeSpecial(query, out, path.special, path.specialDepth, false));
  if (decision === DECISION.BLOCK) return here('policy', writeBlocked(query, out, image, verdict, true, false));
  const [stem, behind] = [new Name(image.seed), new Verdict()];
  if (decideStem(image, group, query.name, seconds, path, verdict, stem, new Path(), behind)) {
    return here('policy', writeBlocked(query, out, image, behind, true, false));
  }
  if (type === TYPE.ANY) return here('type', writeAny(query, out));
  const zone = path.forward < 0 ? null : textFromName(name, path.forwardDepth);
  const endpoints = path.forward < 0 ? settings.upstreams : settings.forward[path.forward].upstreams;
  if (!verdict.approved) {
    judgeLeads(image, group, inOrder(leads), seconds, path, verdict, path.stamp);
    if (leads.length > 0 && verdict.decision === DECISION.BLOCK)
      return here('policy', writeBlocked(query, out, image, verdict, false, false));
  }
  return { from: 'upstream', zone, upstreams: endpoints.map(endpointText) };
}

function readReply(cause: ReplyCause, message: Uint8Array): ReplyFromHere {
  const text = readMessage(message)!;
  const { rcode, answers, authority } = text;
  const [error] = extendedErrors(text);
  const soa = authority.find(({ type }) => type === TYPE.SOA);
  return {
    from: 'here',
    cause,
    status: statusMnemonic(rcode),
    ede: error ? { code: error.code, name: edeName(error.code), text: error.text } : null,
    answers: answers.map(({ type, data }) => `${typeMnemonic(type)} ${data}`),
    soa: soa?.name ?? null,
    ttl: (soa ?? answers[0])?.ttl ?? null,
  };
}
