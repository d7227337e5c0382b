// Counters and histograms in shared memory: each worker writes a region of its own, main reads them all.

import type { Moment } from './moment.ts';
import { Sleeper, wakeSleeper } from './sleep.ts';

/** Every query ends in exactly one of these; each is a value of the `outcome` label. */
export const OUTCOME = {
  BLOCKED: 0,
  CACHED: 1,
  FORWARDED: 2,
  STALE: 3,
  /** Special-use names and ANY: answered from here. */
  LOCAL: 4,
  /** The client is in no group. */
  REFUSED_CLIENT: 5,
  /** A class or type that is never asked on behalf of a client, or RD=0 for a name not held. */
  REFUSED_QUESTION: 6,
  /** Over its rate: told to come back over TCP. */
  LIMITED: 7,
  FORMERR: 8,
  NOTIMP: 9,
  BADVERS: 10,
  /** No upstream gave an answer that can be used. */
  FAILED: 11,
  /** A failure remembered from a moment ago (RFC 9520). */
  FAILED_RECENTLY: 12,
  /** Too many questions in flight. */
  OVERLOADED: 13,
  /** No policy is loaded yet. */
  NOT_READY: 14,
  /** Under 12 octets, or a reply: silence. */
  DROPPED: 15,
  /** The same client asked the same again while its question was in flight: one reply serves both. */
  DUPLICATE: 16,
} as const;

const OUTCOMES = Object.keys(OUTCOME).length;

/** What else is counted, one place each. */
export const EVENT = {
  UPSTREAM_SENT: 0,
  UPSTREAM_ANSWERED: 1,
  UPSTREAM_TIMEOUT: 2,
  /** An id, question or cookie that does not match: dropped (RFC 5452 §9). */
  UPSTREAM_MISMATCHED: 3,
  UPSTREAM_MALFORMED: 4,
  /** SERVFAIL, REFUSED or another code that is no answer. */
  UPSTREAM_ERROR: 5,
  UPSTREAM_TRUNCATED: 6,
  /** Asked over TCP: truncated, or after too many mismatches. */
  UPSTREAM_STREAM: 7,
  UPSTREAM_STREAM_FAILED: 8,
  UPSTREAM_UNSENDABLE: 9,
  /** A question that joined one already in flight. */
  JOINED: 10,
  /** Blocked for a name that the answer led to. */
  BLOCKED_ALIAS: 11,
  REPLIES_TRUNCATED: 12,
  CACHE_STORED: 13,
  CACHE_SKIPPED: 14,
  IMAGES_ADOPTED: 15,
  /** A second answer, or one that came after its question had ended. */
  UPSTREAM_LATE: 16,
  /** Sent to where nobody listens, as the network said (ICMP). */
  UPSTREAM_UNREACHABLE: 17,
  /** A policy hit that the log has no room for: it is answered and counted as any other. */
  EVENTS_DROPPED: 18,
  /** A policy hit beyond what the log takes in a second: answered and counted as any other. */
  EVENTS_LIMITED: 19,
  /** Blocked for an address in the answer. */
  BLOCKED_ADDRESS: 20,
  /** The device that asks was named, by whoever may: one of the registry, none of it, or in no form that can be read. */
  DEVICES_NAMED: 21,
  DEVICES_UNKNOWN: 22,
  DEVICES_MALFORMED: 23,
} as const;

const EVENTS = Object.keys(EVENT).length;

/** Upper bounds of the latency buckets in seconds; the last bucket is +Inf. */
export const BUCKETS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
const BUCKET_MS = Float64Array.from(BUCKETS, (bound) => bound * 1000);
/** One count for each bucket, +Inf, and the sum in seconds. */
const HISTOGRAM_SIZE = BUCKETS.length + 2;

/** What became of names by a policy, counted for each pair of policy and group: offsets into its counters. */
export const HIT = {
  BLOCKED: 0,
  OBSERVED: 1,
  /** Let through by a list of the policy itself. */
  ALLOWED: 2,
  /** Let through by an exception, and else observed or blocked. */
  EXCEPTED: 3,
  /** Watched, and blocked by another policy. */
  OVERRULED: 4,
} as const;
const HIT_KINDS = Object.keys(HIT).length;
/** Places for such pairs; what finds none of its own shares the last. */
export const HIT_SLOTS = 288;
const HITS = HIT_SLOTS * HIT_KINDS;

const AT_EVENTS = OUTCOMES;
const AT_HITS = AT_EVENTS + EVENTS;
const AT_HISTOGRAMS = AT_HITS + HITS;
const AT_GAUGES = AT_HISTOGRAMS + OUTCOMES * HISTOGRAM_SIZE;

/** Values that go up and down, set by the worker. */
export const GAUGE = {
  PENDING: 0,
  GENERATION: 1,
  HEARTBEAT: 2,
  STREAM_CLIENTS: 3,
  /** For how many milliseconds after its heartbeat a worker may sleep, when nobody asks it anything. */
  SLEEP: 4,
} as const;
const GAUGES = Object.keys(GAUGE).length;

/** Places for what the sockets count: net says which is which. */
const SOCKET_COUNTERS = 64;
const AT_SOCKETS = AT_GAUGES + GAUGES;

/** Words before all regions: whether main sleeps as long as all workers do. */
const MAIN_SLEEP = 0;
const HEADER_OCTETS = 64;
/** A worker with work shows life this often or more, in milliseconds: one that may sleep longer has none. */
export const BEAT_MS = 250;

const REGION = Math.ceil((AT_SOCKETS + SOCKET_COUNTERS) / 8) * 8;

/** One worker's counters. Numbers are doubles, written by this worker alone: no atomics are needed. */
export class Counters {
  readonly values: Float64Array;
  /** What net counts, SOCKET_COUNTERS numbers. */
  readonly sockets: Float64Array;
  readonly #shared: Int32Array;
  /** Queries answered in the current batch, by outcome: their latency is known when the batch has been sent. */
  readonly #batch = new Int32Array(OUTCOMES);
  #batched = false;

  /** Octets of shared memory for `workers` workers. */
  static allocate(workers: number): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER_OCTETS + workers * REGION * 8);
  }

  /** Main's sleep, which ends when a worker has work again. */
  static sleeper(buffer: SharedArrayBuffer): Sleeper {
    return new Sleeper(new Int32Array(buffer, 0, HEADER_OCTETS / 4), MAIN_SLEEP);
  }

  constructor(buffer: SharedArrayBuffer, worker: number) {
    this.#shared = new Int32Array(buffer, 0, HEADER_OCTETS / 4);
    this.values = new Float64Array(buffer, HEADER_OCTETS + worker * REGION * 8, REGION);
    this.sockets = this.values.subarray(AT_SOCKETS, AT_SOCKETS + SOCKET_COUNTERS);
  }

  event(event: number): void {
    this.values[AT_EVENTS + event]++;
  }

  hit(slot: number, hit: number): void {
    this.values[AT_HITS + slot * HIT_KINDS + hit]++;
  }

  /** A sign of life: work has come. It ends main's sleep, if there was none before. */
  beginWork(now: Moment): void {
    const rested = this.values[AT_GAUGES + GAUGE.SLEEP] > BEAT_MS;
    this.beat(now, 0);
    if (rested) wakeSleeper(this.#shared, MAIN_SLEEP);
  }

  /** A sign of life; the next is due in `sleep` whole milliseconds, or as soon as there is work. */
  beat(now: Moment, sleep: number): void {
    // In this order: a short sleep is never seen beside the beat before a long one.
    this.values[AT_GAUGES + GAUGE.HEARTBEAT] = now.ms;
    this.values[AT_GAUGES + GAUGE.SLEEP] = sleep;
  }

  gauge(gauge: number, value: number): void {
    this.values[AT_GAUGES + gauge] = value;
  }

  /** Counts a query that is answered in this batch. */
  outcome(outcome: number): void {
    this.values[outcome]++;
    this.#batch[outcome]++;
    this.#batched = true;
  }

  /** Counts a query that was asked then and is answered now. */
  outcomeAfter(outcome: number, asked: Moment, now: Moment): void {
    this.values[outcome]++;
    this.#observe(outcome, now.ms - asked.ms, 1);
  }

  /** The batch read `ms` milliseconds ago has been sent. */
  endBatch(ms: number): void {
    if (!this.#batched) return;
    this.#batched = false;
    for (let outcome = 0; outcome < OUTCOMES; outcome++) {
      const count = this.#batch[outcome];
      if (count === 0) continue;
      this.#observe(outcome, ms, count);
      this.#batch[outcome] = 0;
    }
  }

  #observe(outcome: number, ms: number, count: number): void {
    let bucket = 0;
    while (bucket < BUCKET_MS.length && ms > BUCKET_MS[bucket]) bucket++;
    const at = AT_HISTOGRAMS + outcome * HISTOGRAM_SIZE;
    this.values[at + bucket] += count;
    this.values[at + HISTOGRAM_SIZE - 1] += (ms * count) / 1000;
  }

  readOutcome(outcome: number): number {
    return this.values[outcome];
  }

  readEvent(event: number): number {
    return this.values[AT_EVENTS + event];
  }

  readHit(slot: number, hit: number): number {
    return this.values[AT_HITS + slot * HIT_KINDS + hit];
  }

  readGauge(gauge: number): number {
    return this.values[AT_GAUGES + gauge];
  }

  /** Count in one bucket (not cumulative; BUCKETS.length is +Inf). */
  readBucket(outcome: number, bucket: number): number {
    return this.values[AT_HISTOGRAMS + outcome * HISTOGRAM_SIZE + bucket];
  }

  /** Sum of a histogram, in seconds. */
  readSum(outcome: number): number {
    return this.values[AT_HISTOGRAMS + outcome * HISTOGRAM_SIZE + HISTOGRAM_SIZE - 1];
  }
}
