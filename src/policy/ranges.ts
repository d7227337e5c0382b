// Searches disjoint sorted ranges of addresses, of which only the starts are kept: each ends where the next begins.

/** The range that holds an IPv4 address, signed or not, among those from `first` to before `end`; the first starts at 0. */
export function findRange4(starts: Uint32Array, first: number, end: number, address: number): number {
  const wanted = address >>> 0;
  let low = first;
  let high = end;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle] <= wanted) low = middle;
    else high = middle;
  }
  return low;
}

/** As `findRange4`, for an IPv6 address: four 32-bit words. */
export function findRange6(
  starts: Uint32Array,
  first: number,
  end: number,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  let low = first;
  let high = end;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (startsAfter(starts, middle * 4, a, b, c, d)) high = middle;
    else low = middle;
  }
  return low;
}

function startsAfter(starts: Uint32Array, at: number, a: number, b: number, c: number, d: number): boolean {
  if (starts[at] !== a >>> 0) return starts[at] > a >>> 0;
  if (starts[at + 1] !== b >>> 0) return starts[at + 1] > b >>> 0;
  if (starts[at + 2] !== c >>> 0) return starts[at + 2] > c >>> 0;
  return starts[at + 3] > d >>> 0;
}
