// Metrics of what the sockets did, towards clients and upstreams, over UDP and TCP.

import type { Counters } from '../engine/counters.ts';
import { DATAGRAM, DATAGRAM_COUNTERS } from '../net/datagram-counters.ts';
import { UPSTREAM_COUNTER } from '../net/stream-client.ts';
import { STREAM_COUNTER, STREAM_COUNTERS } from '../net/stream-counters.ts';
import { STREAM_FAILURE } from '../net/stream-upstream.ts';
import { counter, counterBy, type MetricRow } from './metrics-row.ts';

type Read = (counters: Counters) => number;

/** A worker's socket counters: datagrams first, then TCP from clients, then TCP to upstreams. */
const AT_STREAM = DATAGRAM_COUNTERS;
const AT_UPSTREAM_STREAM = AT_STREAM + STREAM_COUNTERS;

const datagram = (place: number): Read => {
  return (counters) => counters.sockets[place];
};
const stream = (place: number): Read => datagram(AT_STREAM + place);
const upstreamStream = (place: number): Read => datagram(AT_UPSTREAM_STREAM + place);
const upstreamStreamFailure = (reason: number): Read => upstreamStream(UPSTREAM_COUNTER.FAILED + reason);

const DATAGRAM_ROWS: MetricRow[] = [
  counter('sluis_datagram_queries_total', 'Messages read from clients over UDP.', datagram(DATAGRAM.QUERIES)),
  counter('sluis_datagram_replies_total', 'Replies over UDP that the kernel took.', datagram(DATAGRAM.REPLIES)),
  counter('sluis_datagram_batches_total', 'Batches in which queries were read over UDP.', datagram(DATAGRAM.BATCHES)),
  counterBy('sluis_datagram_drops_total', 'Messages over UDP lost at our sockets, by reason.', 'reason', {
    query_oversized: datagram(DATAGRAM.QUERY_OVERSIZED),
    reply_failed: datagram(DATAGRAM.REPLY_FAILED),
    reply_congested: datagram(DATAGRAM.REPLY_CONGESTED),
    receive_failed: datagram(DATAGRAM.RECEIVE_FAILED),
  }),
];

const STREAM_ROWS: MetricRow[] = [
  counter('sluis_stream_connections_total', 'TCP connections taken from clients.', stream(STREAM_COUNTER.ACCEPTED)),
  counterBy('sluis_stream_refusals_total', 'TCP connections from clients turned away, by reason.', 'reason', {
    full: stream(STREAM_COUNTER.REFUSED),
    client_full: stream(STREAM_COUNTER.REFUSED_CLIENT),
    accept_error: stream(STREAM_COUNTER.ACCEPT_ERROR),
  }),
  counterBy('sluis_stream_closures_total', 'TCP connections of clients cut short, by reason.', 'reason', {
    evicted: stream(STREAM_COUNTER.EVICTED),
    expired: stream(STREAM_COUNTER.EXPIRED),
    bad_frame: stream(STREAM_COUNTER.BAD_FRAME),
    not_a_query: stream(STREAM_COUNTER.NOT_A_QUERY),
    slow_reader: stream(STREAM_COUNTER.SLOW_READER),
    reset: stream(STREAM_COUNTER.RESET),
  }),
  counter('sluis_stream_queries_total', 'Messages read from clients over TCP.', stream(STREAM_COUNTER.QUERIES)),
  counter('sluis_stream_replies_total', 'Replies written to clients over TCP.', stream(STREAM_COUNTER.REPLIES)),
  counterBy('sluis_stream_unanswered_total', 'Queries over TCP that got no reply, by reason.', 'reason', {
    silent: stream(STREAM_COUNTER.SILENT),
    late: stream(STREAM_COUNTER.LATE),
  }),
];

const UPSTREAM_DATAGRAM_ROWS: MetricRow[] = [
  counter(
    'sluis_upstream_datagrams_sent_total',
    'Messages to upstreams over UDP that the kernel took.',
    datagram(DATAGRAM.UPSTREAM_SENT),
  ),
  counter(
    'sluis_upstream_datagrams_received_total',
    'Messages read from upstreams over UDP.',
    datagram(DATAGRAM.UPSTREAM_RECEIVED),
  ),
  counterBy('sluis_upstream_datagram_drops_total', 'Messages to or from upstreams lost at our sockets.', 'reason', {
    oversized: datagram(DATAGRAM.UPSTREAM_OVERSIZED),
    failed: datagram(DATAGRAM.UPSTREAM_FAILED),
    congested: datagram(DATAGRAM.UPSTREAM_CONGESTED),
    unreachable: datagram(DATAGRAM.UPSTREAM_UNREACHABLE),
    stranger: datagram(DATAGRAM.UPSTREAM_STRANGER),
  }),
  counterBy('sluis_upstream_sockets_total', 'UDP sockets opened towards upstreams, by result.', 'result', {
    ok: datagram(DATAGRAM.SOCKETS_OPENED),
    failed: datagram(DATAGRAM.SOCKETS_FAILED),
  }),
];

const UPSTREAM_STREAM_ROWS: MetricRow[] = [
  counter(
    'sluis_upstream_stream_connections_total',
    'TCP connections opened to upstreams.',
    upstreamStream(UPSTREAM_COUNTER.CONNECTIONS),
  ),
  counter(
    'sluis_upstream_stream_queries_total',
    'Queries given to the TCP connections to upstreams.',
    upstreamStream(UPSTREAM_COUNTER.ASKED),
  ),
  counter(
    'sluis_upstream_stream_replies_total',
    'Replies from upstreams over TCP to a query that still waited.',
    upstreamStream(UPSTREAM_COUNTER.REPLIES),
  ),
  counter(
    'sluis_upstream_stream_retries_total',
    'Queries sent once more because their TCP connection was closed under them.',
    upstreamStream(UPSTREAM_COUNTER.RETRIED),
  ),
  counter(
    'sluis_upstream_stream_late_total',
    'Replies from upstreams over TCP after the time limit.',
    upstreamStream(UPSTREAM_COUNTER.LATE),
  ),
  counter(
    'sluis_upstream_stream_distrusted_total',
    'TCP connections to upstreams closed for a wrong id or a bad frame.',
    upstreamStream(UPSTREAM_COUNTER.DISTRUSTED),
  ),
  counterBy('sluis_upstream_stream_failures_total', 'Queries over TCP to upstreams that failed.', 'reason', {
    timeout: upstreamStreamFailure(STREAM_FAILURE.TIMEOUT),
    unreachable: upstreamStreamFailure(STREAM_FAILURE.UNREACHABLE),
    closed: upstreamStreamFailure(STREAM_FAILURE.CLOSED),
    wrong_id: upstreamStreamFailure(STREAM_FAILURE.WRONG_ID),
    bad_frame: upstreamStreamFailure(STREAM_FAILURE.BAD_FRAME),
    busy: upstreamStreamFailure(STREAM_FAILURE.BUSY),
    refused: upstreamStreamFailure(STREAM_FAILURE.REFUSED),
  }),
];

/** What became of messages at the sockets; what became of queries stands in the engine's rows. */
export const SOCKET_ROWS: readonly MetricRow[] = [
  ...DATAGRAM_ROWS,
  ...STREAM_ROWS,
  ...UPSTREAM_DATAGRAM_ROWS,
  ...UPSTREAM_STREAM_ROWS,
];
