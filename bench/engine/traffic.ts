/** The questions an engine is asked in process, and the worlds it is asked in: which policy, which groups, which clients. */
import { buildQuery } from '../../test/support/query-builder.ts';
import { listNames } from '../blocklist.ts';
import { isListed } from '../matcher/probes.ts';
import { addressIn, compilePolicy, manyGroups, packed, TWO_GROUPS } from '../policy.ts';
import { seededRandom, unit, zipfSampler } from '../random.ts';

/** Queries one behind the other, and who asks each. */
export interface Traffic {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  /** The client's IPv4 address by question. */
  readonly clients: Uint32Array;
}

export type Kind = 'blocked' | 'cached' | 'forwarded' | 'mixed';

/** What an engine answers by, and what it is asked, by kind; `mixed` is the cached with 15 % blocked among them. */
export interface World {
  readonly title: string;
  readonly image: SharedArrayBuffer;
  readonly traffic: Readonly<Record<Kind, Traffic>>;
}

/** As in the wire suite's hits: so many names, asked by Zipf's law. */
const ALLOWED_NAMES = 10_000;
const QUESTIONS = 100_000;
const BLOCKED_SHARE = 0.15;
const CLIENTS = 4096;
const GROUPS = 24;
const PREFIXES = 20_000;
const OTHER_SEED = 0x0b57;
/** Ahead of each name that shall be new: the asker writes a number over it. */
export const NEW_LABEL = '00000000';
/** Where that number stands in a query: behind the header and the label's length. */
export const NEW_LABEL_AT = 13;

function trafficOf(names: readonly string[], clients: ArrayLike<number>): Traffic {
  const queries = names.map((name) => buildQuery({ name, opt: {} }));
  const bytes = new Uint8Array(queries.reduce((sum, { length }) => sum + length, 0));
  const starts = new Int32Array(queries.length + 1);
  queries.forEach((query, index) => {
    bytes.set(query, starts[index]);
    starts[index + 1] = starts[index]! + query.length;
  });
  return { bytes, starts, clients: Uint32Array.from(queries, (_, index) => clients[index % clients.length]!) };
}

/** What a world is made of. */
export interface Plan {
  readonly title: string;
  readonly names: readonly string[];
  readonly groups: typeof TWO_GROUPS;
}

/** The policy compiled, and what is asked under it. */
export function worldOf({ title, names, groups }: Plan, seed: number): World {
  const random = seededRandom(seed);
  const listed = new Set(names);
  const allowed = listNames(ALLOWED_NAMES, seed ^ OTHER_SEED).filter((name) => !isListed(listed, name));
  const rank = zipfSampler(allowed.length, 1, random);
  const clients = Array.from({ length: CLIENTS }, () => addressIn(groups, random));
  const one = (from: readonly string[]) => from[Math.floor(unit(random) * from.length)]!;
  // A host that is asked below each blocked name, so that a suffix has to be matched.
  const blocked = () => `www.${one(names)}`;
  const cached = () => allowed[rank()]!;
  const times = (next: () => string) => Array.from({ length: QUESTIONS }, next);
  return {
    title,
    image: compilePolicy(packed(names), groups).image,
    traffic: {
      blocked: trafficOf(times(blocked), clients),
      cached: trafficOf(times(cached), clients),
      forwarded: trafficOf(
        times(() => `${NEW_LABEL}.${one(allowed)}`),
        clients,
      ),
      mixed: trafficOf(
        times(() => (unit(random) < BLOCKED_SHARE ? blocked() : cached())),
        clients,
      ),
    },
  };
}

const SIX_RULES = ['tiktok.com', 'tiktokv.com', 'byteoversea.com', 'ibytedtos.com', 'muscdn.com', 'musical.ly'];

export const sixRules: Plan = { title: 'six rules', names: SIX_RULES, groups: TWO_GROUPS };

export function manyRules(names: number, seed: number): Plan {
  return { title: `${names.toLocaleString('en')} rules`, names: listNames(names, seed), groups: TWO_GROUPS };
}

export function manyPrefixes(seed: number): Plan {
  const title = `six rules, ${GROUPS} groups, ${PREFIXES.toLocaleString('en')} prefixes`;
  return { title, names: SIX_RULES, groups: manyGroups(GROUPS, PREFIXES, seed) };
}
