// What the stream server counts: one place in its array for each fate of a connection or message.

/** Where each fate of a connection or message is counted in the array given to StreamServer. */
export const STREAM_COUNTER = {
  ACCEPTED: 0,
  /** Turned away: every place is taken and nobody idle. */
  REFUSED: 1,
  /** Turned away: this address has its share and all of it is busy. */
  REFUSED_CLIENT: 2,
  /** Closed while idle to make room for a new one. */
  EVICTED: 3,
  /** Closed after the idle limit. */
  EXPIRED: 4,
  QUERIES: 5,
  REPLIES: 6,
  /** Queries that the engine chose not to answer. */
  SILENT: 7,
  /** Replies whose connection is gone. */
  LATE: 8,
  /** Closed for a length below a header. */
  BAD_FRAME: 9,
  /** Closed for a message that is a reply. */
  NOT_A_QUERY: 10,
  /** Closed for not reading what it asked for. */
  SLOW_READER: 11,
  /** Connections that the network broke. */
  RESET: 12,
  ACCEPT_ERROR: 13,
} as const;

/** How long an array of counters StreamServer needs. */
export const STREAM_COUNTERS = Object.keys(STREAM_COUNTER).length;
