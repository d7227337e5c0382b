// IPv6 addresses that stand for an IPv4 one: whoever connects to them reaches that.

/** The first 96 bits of IPv4-mapped addresses (RFC 4291 §2.5.5.2), and of those behind NAT64 by its own prefix (RFC 6052 §2.1). */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const NAT64 = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

/** Whether the last 4 of the 16 octets at `at` are an IPv4 address that the whole stands for. */
export function embedsIpv4(octets: Uint8Array, at: number): boolean {
  return begins(octets, at, MAPPED) || begins(octets, at, NAT64);
}

function begins(octets: Uint8Array, at: number, prefix: readonly number[]): boolean {
  for (let index = 0; index < prefix.length; index++) if (octets[at + index] !== prefix[index]) return false;
  return true;
}
