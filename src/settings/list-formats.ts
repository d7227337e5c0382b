// The formats that a list may be written in, and which names its lines mean.

/** Lists of lines; where two fit a list equally, the earlier is taken. */
export const LINE_FORMATS = ['domains', 'hosts', 'addresses', 'adblock', 'dnsmasq', 'unbound', 'rpz', 'v2fly'] as const;
export type LineFormat = (typeof LINE_FORMATS)[number];

/** `sluis` is an app file. */
export const LIST_FORMATS = [...LINE_FORMATS, 'sluis'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** Formats whose lines do not say which names they mean, and what is meant unless the list's `match` says otherwise. */
export const DEFAULT_MATCH: { readonly [format in ListFormat]?: 'suffix' | 'exact' } = {
  domains: 'suffix',
  hosts: 'exact',
};

/** Why a list of the format has no `match` of its own; undefined where it may. */
export function matchTrouble(format: ListFormat): string | undefined {
  if (DEFAULT_MATCH[format] !== undefined) return undefined;
  if (format === 'addresses') return 'a list of addresses has no names to match';
  return `a list of format ${format} says for each name how it matches`;
}

/** Octets of a list, unpacked, unless it says otherwise: ten million names. */
export const MOST_OCTETS = 256 * 2 ** 20;
