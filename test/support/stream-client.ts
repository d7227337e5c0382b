// A StreamClient with a clock that the test turns and a record of how each ask ended.

import { randomInt } from 'node:crypto';
import { onTestFinished } from 'vitest';

import {
  StreamClient,
  type StreamClientOptions,
  UPSTREAM_COUNTER,
  UPSTREAM_COUNTERS,
} from '../../src/net/stream-client.ts';
import { STREAM_FAILURE } from '../../src/net/stream-upstream.ts';
import { queryOf, until } from './stream-peer.ts';

export type Failure = keyof typeof STREAM_FAILURE;

/** How one ask ended: the reply, or why there is none. */
export interface Ending {
  ticket: number;
  reply?: Buffer;
  failure?: Failure;
}

export interface ClientUnderTest {
  client: StreamClient;
  clock: { now: number };
  endings: Ending[];
  count(counter: keyof typeof UPSTREAM_COUNTER): number;
  failed(failure: Failure): number;
  /** Asks for `name` under id = ticket. */
  ask(ticket: number, name: string, upstream?: number): void;
  /** Resolves when so many asks have ended. */
  ended(count: number): Promise<Ending[]>;
  /** Called with each ending. */
  onEnding: (ending: Ending) => void;
}

function nameOf(reason: number): Failure {
  return (Object.keys(STREAM_FAILURE) as Failure[]).find((name) => STREAM_FAILURE[name] === reason)!;
}

export function startClient(
  upstreams: StreamClientOptions['upstreams'],
  options: Partial<StreamClientOptions> = {},
): ClientUnderTest {
  const clock = { now: 1000 };
  const endings: Ending[] = [];
  const counters = new Float64Array(UPSTREAM_COUNTERS);
  const end = (ending: Ending) => {
    endings.push(ending);
    under.onEnding(ending);
  };
  const client = new StreamClient(
    {
      upstreams,
      timeoutMs: 2_000,
      idleMs: 5_000,
      perUpstream: 2,
      pipelined: 100,
      // Bit 14 stays clear, so that the upstream's act `wrongid` never hits an id in use by chance.
      random: () => randomInt(2 ** 14),
      clock: () => clock.now,
      ...options,
    },
    (ticket, message, length) => end({ ticket, reply: Buffer.from(message.subarray(0, length)) }),
    (ticket, reason) => end({ ticket, failure: nameOf(reason) }),
    counters,
  );
  onTestFinished(() => client.close());
  const under: ClientUnderTest = {
    client,
    clock,
    endings,
    count: (counter) => counters[UPSTREAM_COUNTER[counter]],
    failed: (failure) => counters[UPSTREAM_COUNTER.FAILED + STREAM_FAILURE[failure]],
    ask: (ticket, name, upstream = 0) => {
      const query = queryOf(ticket, name);
      // The message is the caller's again as soon as ask returns.
      client.ask(ticket, upstream, query, query.length);
      query.fill(0);
    },
    ended: async (wanted) => {
      await until(() => endings.length >= wanted);
      return endings;
    },
    onEnding: () => {},
  };
  return under;
}
