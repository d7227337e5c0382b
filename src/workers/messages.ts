// What threads say to each other: the closed set of messages, and what each worker is started with.

import type { MessagePort } from 'node:worker_threads';
import type { Adoption } from '../engine/engine.ts';
import type { BatchedListener } from '../net/datagram.ts';
import type { StreamLimits } from '../net/stream-server.ts';
import type { UpstreamAddress } from '../net/upstream-sockets.ts';
import type { LongestTtl } from '../wire/answer.ts';

/** An address and port of ours, or of an upstream, as text. */
export interface Endpoint {
  address: string;
  port: number;
}

/** What every worker needs. Buffers are shared with all threads. */
export interface WorkerStart {
  /** This worker's number: its region of the counters, its name to the cache. */
  worker: number;
  /** Names are hashed with it, in images and in queries. */
  seed: number;
  cache: SharedArrayBuffer;
  /** Seconds past its end that an answer may still be given. */
  stale: number;
  counters: SharedArrayBuffer;
  /** The rings of policy hits. */
  events: SharedArrayBuffer;
  /** Questions in flight at most. */
  pending: number;
  /** Upstream numbers are below this. */
  mostUpstreams: number;
  queriesPerSecond: number;
  longest: LongestTtl;
  upstreams: UpstreamAddress[];
  /** Undefined before the first policy, which a worker waits for before it is heard. */
  adoption: Adoption | undefined;
}

export interface BatchedStart extends WorkerStart {
  kind: 'batched';
  listeners: BatchedListener[];
  /** An eventfd: whoever posts a message writes to it. */
  wakeFd: number;
  /** Descriptors this worker opened: main closes them when it died. */
  owned: SharedArrayBuffer;
}

export interface PortableStart extends WorkerStart {
  kind: 'portable';
  listeners: Endpoint[];
  reusePort: boolean;
}

export interface StreamStart extends WorkerStart {
  kind: 'stream';
  listeners: Endpoint[];
  limits: StreamLimits;
}

/** Main to a worker. */
export type Order =
  | { type: 'adopt'; adoption: Adoption; upstreams: UpstreamAddress[] }
  /** The line between a datagram worker and the stream worker; the latter is told whose it is and how to wake it. */
  | { type: 'connect'; port: MessagePort; worker: number; wakeFd: number }
  /** Give back what only starting needed. */
  | { type: 'settle' }
  | { type: 'stop' };

/** A worker to main. Its death needs no message: the thread's own events tell it. */
export type Report =
  | { type: 'ready'; endpoints: Endpoint[] }
  /** A socket could not be opened; `code`, `address` and `port` as the system says. */
  | { type: 'refused'; code: string; address: string; port: number; message: string };

/** A datagram worker to the stream worker: ask this over TCP. */
export interface StreamAsk {
  ticket: number;
  upstream: number;
  message: Uint8Array;
}

/** And back: the answer, or `undefined` where there is none. */
export interface StreamAnswer {
  ticket: number;
  message: Uint8Array | undefined;
}
