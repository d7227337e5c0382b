// Metrics of what the engine did with queries: outcomes, decisions, upstream questions, the cache.

import { type Counters, EVENT, GAUGE, HIT, OUTCOME } from '../engine/counters.ts';
import { BYPASS_KINDS, bypassKind } from '../settings/bypass.ts';
import { counter, counterBy, histogram, type MetricRow, type Sample, single, total } from './metrics-row.ts';
import type { Scrape } from './metrics-source.ts';

type OutcomeName = Lowercase<keyof typeof OUTCOME>;

/** What each outcome means to people: every query ends in exactly one of them. */
export const OUTCOME_MEANINGS: Record<OutcomeName, string> = {
  blocked: 'a policy blocked the name, or a name or an address that its answer led to',
  cached: 'answered from the cache',
  forwarded: 'answered by an upstream',
  stale: 'answered from the cache after its time, because no upstream answered (RFC 8767)',
  local: 'a special-use name or type ANY, answered from here',
  refused_client: 'refused: the client is in no group',
  refused_question: 'refused: a class or type that is never asked on behalf of a client, or RD=0',
  limited: 'over the client’s rate: told to come back over TCP',
  formerr: 'the query cannot be read',
  notimp: 'an opcode or type that is not implemented',
  badvers: 'a version of EDNS that is not known',
  failed: 'no upstream gave an answer that can be used',
  failed_recently: 'the same failed a moment ago (RFC 9520)',
  overloaded: 'too many questions were in flight',
  not_ready: 'no policy was loaded yet',
  dropped: 'shorter than a header, or a reply: silence',
  duplicate: 'repeated while in flight: one reply serves both',
};

const OUTCOMES = Object.entries(OUTCOME).map(([name, outcome]) => ({ name: name.toLowerCase(), outcome }));
const OUTCOME_LABEL = { outcome: OUTCOMES.map(({ name }) => name) };

const DECISIONS = { blocked: HIT.BLOCKED, observed: HIT.OBSERVED, allowed: HIT.ALLOWED, excepted: HIT.EXCEPTED };

const WATCHED = { blocked: HIT.BLOCKED, observed: HIT.OBSERVED };

const event = (place: number) => (counters: Counters) => counters.readEvent(place);

function decisionsOf({ workers, source }: Scrape): Sample[] {
  return source.pairs().flatMap(({ policy, group, slot }) =>
    // No list of a way round allows, and no exception is from one.
    Object.entries(bypassKind(policy) ? WATCHED : DECISIONS).map(([decision, hit]) => ({
      labels: { policy, group, decision },
      value: total(workers, (counters) => counters.readHit(slot, hit)),
    })),
  );
}

/** Each kind acts as a policy: what that one blocked or observed is what was asked for, even if another blocked it too. */
function signalsOf({ workers, source }: Scrape): Sample[] {
  return source.pairs().flatMap(({ policy, group, slot }) => {
    const kind = bypassKind(policy);
    if (!kind) return [];
    const read = (hit: number) => total(workers, (counters) => counters.readHit(slot, hit));
    return [{ labels: { kind, group }, value: read(HIT.BLOCKED) + read(HIT.OBSERVED) + read(HIT.OVERRULED) }];
  });
}

/** Why a policy hit is not in the log. */
const DROP_REASONS: Record<string, (scrape: Scrape) => number> = {
  ring_full: ({ workers }) => total(workers, event(EVENT.EVENTS_DROPPED)),
  write_failed: ({ source }) => source.hitLog()?.failed ?? 0,
  rate_limited: ({ source, workers }) => (source.hitLog()?.limited ?? 0) + total(workers, event(EVENT.EVENTS_LIMITED)),
};

/** What came of it that a device was named. */
const NAMED_DEVICES = {
  known: event(EVENT.DEVICES_NAMED),
  unknown: event(EVENT.DEVICES_UNKNOWN),
  malformed: event(EVENT.DEVICES_MALFORMED),
};

const QUERY_ROWS: MetricRow[] = [
  {
    name: 'sluis_replies_total',
    type: 'counter',
    help: 'Queries, by what became of them. Some outcomes send no reply.',
    labels: OUTCOME_LABEL,
    from: ({ workers }) =>
      OUTCOMES.map(({ name, outcome }) => ({
        labels: { outcome: name },
        value: total(workers, (counters) => counters.readOutcome(outcome)),
      })),
  },
  {
    name: 'sluis_reply_seconds',
    type: 'histogram',
    help: 'Time from reading a query to sending its reply.',
    labels: OUTCOME_LABEL,
    from: ({ workers }) => OUTCOMES.flatMap(({ name, outcome }) => histogram(workers, outcome, { outcome: name })),
  },
  {
    name: 'sluis_policy_decisions_total',
    type: 'counter',
    help: 'Queries that a policy spoke of. What is observed was answered, and would have been blocked; allowed are those that a list of the policy itself lets through, not those of a group that allows; excepted are those that an exception let past the policy.',
    labels: {
      policy: 'id of a policy',
      group: 'id of a group; of pairs beyond 256 in the life of a process: (other), for policy and group where it must',
      decision: Object.keys(DECISIONS),
    },
    from: decisionsOf,
  },
  {
    name: 'sluis_bypass_signals_total',
    type: 'counter',
    help: 'Queries for names that lead round this resolver, or that ask whether there is a way, whatever became of them. What a group has off or allows is not counted, nor a name that another policy blocked by a rule of its own on it.',
    labels: { kind: BYPASS_KINDS, group: 'id of a group, or (other), as in sluis_policy_decisions_total' },
    from: signalsOf,
  },
  {
    name: 'sluis_named_devices_total',
    type: 'counter',
    help: 'Queries in which a forwarder that may do so named the device that asks. Where that is unknown to the registry, or malformed, the forwarder itself is judged.',
    labels: { result: Object.keys(NAMED_DEVICES) },
    from: ({ workers }) =>
      Object.entries(NAMED_DEVICES).map(([result, read]) => ({ labels: { result }, value: total(workers, read) })),
  },
  counter(
    'sluis_blocked_aliases_total',
    'Replies blocked for a name that the answer led to.',
    event(EVENT.BLOCKED_ALIAS),
  ),
  counter(
    'sluis_blocked_addresses_total',
    'Replies blocked for an address in the answer.',
    event(EVENT.BLOCKED_ADDRESS),
  ),
  counter(
    'sluis_replies_truncated_total',
    'Replies too large for the client over UDP: told to ask over TCP.',
    event(EVENT.REPLIES_TRUNCATED),
  ),
  {
    name: 'sluis_pending_questions',
    type: 'gauge',
    help: 'Questions that wait for an upstream.',
    from: single(({ workers }) => total(workers, (counters) => counters.readGauge(GAUGE.PENDING))),
  },
  counter(
    'sluis_joined_questions_total',
    'Questions that joined one already in flight instead of being asked again.',
    event(EVENT.JOINED),
  ),
  {
    name: 'sluis_stream_clients',
    type: 'gauge',
    help: 'TCP connections of clients that are open.',
    from: single(({ workers }) => total(workers, (counters) => counters.readGauge(GAUGE.STREAM_CLIENTS))),
  },
];

const HIT_LOG_ROWS: MetricRow[] = [
  {
    name: 'sluis_events_written_total',
    type: 'counter',
    help: 'Policy hits that are in the log of hits.',
    from: single(({ source }) => source.hitLog()?.written ?? 0),
  },
  {
    name: 'sluis_events_dropped_total',
    type: 'counter',
    help: 'Policy hits that are missing from the log of hits, by reason. They were answered and counted as any other.',
    labels: { reason: Object.keys(DROP_REASONS) },
    from: (scrape) =>
      Object.entries(DROP_REASONS).map(([reason, read]) => ({ labels: { reason }, value: read(scrape) })),
  },
];

const UPSTREAM_ROWS: MetricRow[] = [
  counterBy('sluis_upstream_queries_total', 'Questions sent to upstreams, repeats included.', 'transport', {
    udp: event(EVENT.UPSTREAM_SENT),
    tcp: event(EVENT.UPSTREAM_STREAM),
  }),
  counter(
    'sluis_upstream_answers_total',
    'Messages from upstreams that answer the question asked, with whatever code.',
    event(EVENT.UPSTREAM_ANSWERED),
  ),
  counterBy('sluis_upstream_failures_total', 'Questions to upstreams that brought no usable answer.', 'reason', {
    timeout: event(EVENT.UPSTREAM_TIMEOUT),
    error: event(EVENT.UPSTREAM_ERROR),
    malformed: event(EVENT.UPSTREAM_MALFORMED),
    stream_failed: event(EVENT.UPSTREAM_STREAM_FAILED),
    unreachable: event(EVENT.UPSTREAM_UNREACHABLE),
    unsendable: event(EVENT.UPSTREAM_UNSENDABLE),
  }),
  counter(
    'sluis_upstream_late_total',
    'Answers that came a second time, or after their question had ended.',
    event(EVENT.UPSTREAM_LATE),
  ),
  counter(
    'sluis_upstream_mismatches_total',
    'Messages dropped because id, question or cookie is not what was sent (RFC 5452 §9): somebody may be guessing.',
    event(EVENT.UPSTREAM_MISMATCHED),
  ),
  counter(
    'sluis_upstream_truncated_total',
    'Answers over UDP that were cut short, and so were asked for over TCP.',
    event(EVENT.UPSTREAM_TRUNCATED),
  ),
];

const CACHE_ROWS: MetricRow[] = [
  {
    name: 'sluis_cache_entries',
    type: 'gauge',
    help: 'Answers in the packet cache.',
    from: single(({ cache }) => cache.entries),
  },
  {
    name: 'sluis_cache_bytes',
    type: 'gauge',
    help: 'Octets that the answers in the packet cache take.',
    from: single(({ cache }) => cache.bytes),
  },
  {
    name: 'sluis_cache_capacity_bytes',
    type: 'gauge',
    help: 'Octets that the packet cache has for answers.',
    from: single(({ cache }) => cache.capacity),
  },
  counterBy('sluis_cache_stores_total', 'Answers offered to the packet cache, by result.', 'result', {
    stored: event(EVENT.CACHE_STORED),
    skipped: event(EVENT.CACHE_SKIPPED),
  }),
];

/** What became of queries, and of the questions asked on their behalf. */
export const ENGINE_ROWS: readonly MetricRow[] = [...QUERY_ROWS, ...HIT_LOG_ROWS, ...UPSTREAM_ROWS, ...CACHE_ROWS];
