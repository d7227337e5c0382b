// What can become of a datagram at the sockets: one counter for each fate.

/**
 * Places in a driver's counters, each a plain running number with one writer. What the engine did with a message is
 * not counted here: only what the sockets did.
 */
export const DATAGRAM = {
  /** Messages from clients handed to the engine. */
  QUERIES: 0,
  /** Replies the kernel took. */
  REPLIES: 1,
  /** Datagrams from clients over MAX_DATAGRAM octets: dropped, for what the kernel cut off is not known. */
  QUERY_OVERSIZED: 2,
  /** Replies the kernel refused for good: no route, a firewall, source port 0. */
  REPLY_FAILED: 3,
  /** Replies dropped because the send buffer was full. */
  REPLY_CONGESTED: 4,
  /** Messages to upstreams the kernel took. */
  UPSTREAM_SENT: 5,
  /** Datagrams from upstreams handed to the engine. */
  UPSTREAM_RECEIVED: 6,
  UPSTREAM_OVERSIZED: 7,
  UPSTREAM_FAILED: 8,
  UPSTREAM_CONGESTED: 9,
  /** An upstream's host or network said that nobody listens there (ICMP). */
  UPSTREAM_UNREACHABLE: 10,
  /** Datagrams on an upstream socket from somebody else, or from before the socket was in use. */
  UPSTREAM_STRANGER: 11,
  /** Upstream sockets opened, and those that could not be. */
  SOCKETS_OPENED: 12,
  SOCKETS_FAILED: 13,
  /** Failed reads on a listening socket other than "nothing there". */
  RECEIVE_FAILED: 14,
  /** Batches read from listening sockets: QUERIES / BATCHES is how full they are. */
  BATCHES: 15,
} as const;

/** How many numbers a driver's counters hold. */
export const DATAGRAM_COUNTERS = 16;
