// Holds what clients may keep of a finished reply within a bound, so that nothing outlives a change of policy.

import { put32 } from '../wire/reply.ts';

/** The longest TTL there is (RFC 2181 §8), in seconds: no bound. */
export const NO_LIMIT = 0x7fffffff;

/** Lowers the TTLs of `message` at `offsets[from, from + count)` that are above `longest`, in seconds. */
export function limitTtls(
  message: Uint8Array,
  offsets: Uint16Array,
  from: number,
  count: number,
  longest: number,
): void {
  for (let index = from; index < from + count; index++) limitTtl(message, offsets[index], longest);
}

/** Lowers the TTL of `message` at `at` where it is above `longest`. */
export function limitTtl(message: Uint8Array, at: number, longest: number): void {
  const ttl = ((message[at] << 24) | (message[at + 1] << 16) | (message[at + 2] << 8) | message[at + 3]) >>> 0;
  if (ttl > longest) put32(message, at, longest);
}
