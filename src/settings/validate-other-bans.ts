// Tells which exceptions leave their clients blocked: where another policy bans the same for them, and has no exception.

import type { Prefix } from './address.ts';
import { type Catalogue, selectApps } from './app-selection.ts';
import { type Checks, each } from './checks.ts';
import type { Device } from './devices.ts';
import { problemAt } from './document.ts';
import type { Places } from './ground.ts';
import type { GroupRead } from './membership.ts';
import { isPlain, type Plain, wordOf } from './merge.ts';
import { COVERED_FACETS } from './options-policy.ts';
import { isTrouble } from './problems.ts';
import { gaps, merged, PrefixTable, rangeOf } from './ranges.ts';
import { choiceOf, words } from './validate-apps.ts';
import type { ExceptionRead } from './validate-unions.ts';
import { graceEnd, readGrace, readTime } from './values.ts';

/** What a policy bans, and when it can block. */
interface Ban {
  id: string;
  apps: ReadonlySet<string>;
  lists: ReadonlySet<string>;
  facets: ReadonlySet<string>;
  /** Unix seconds; of what never ends, infinite. */
  from: number;
  to: number;
}

function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? readTime(value) : undefined;
  return isTrouble(seconds) ? undefined : seconds;
}

function banOf(policy: Plain, catalogue: Catalogue): Ban {
  const reached = selectApps(catalogue, choiceOf(policy)).filter(({ unreachable }) => unreachable === null);
  const effective = secondsOf(policy.effective) ?? Number.NEGATIVE_INFINITY;
  const grace = typeof policy.grace === 'string' ? readGrace(policy.grace) : undefined;
  const lapses = policy.on_expiry === 'observe' || policy.on_expiry === 'off';
  return {
    id: wordOf(policy.id),
    apps: new Set(reached.map(({ id }) => id)),
    lists: new Set(words(policy.lists)),
    facets: new Set(policy.facets === undefined ? COVERED_FACETS : words(policy.facets)),
    from: grace === undefined || isTrouble(grace) ? effective : graceEnd(grace, effective),
    to: (lapses ? secondsOf(policy.expires) : undefined) ?? Number.POSITIVE_INFINITY,
  };
}

/** What both ban. */
function shared(one: Ban, other: Ban): string[] {
  const hasFacet = [...one.facets].some((facet) => other.facets.has(facet));
  const apps = hasFacet ? [...one.apps].filter((app) => other.apps.has(app)) : [];
  const lists = [...one.lists].filter((list) => other.lists.has(list));
  return [...apps, ...lists.map((list) => `list ${list}`)];
}

function blocks({ value: { modes } }: GroupRead, policy: string): boolean {
  return isPlain(modes) && Object.hasOwn(modes, policy) && modes[policy] === 'block';
}

interface Times {
  starts: number;
  expires: number;
}

function meet(one: Times, other: Times): boolean {
  return one.starts < other.expires && other.starts < one.expires;
}

class OtherBans {
  readonly #bans: Ban[];
  /** By policy, the bans that share something with it. */
  readonly #sharing = new Map<string, { ban: Ban; what: string[] }[]>();
  /** By policy, the exceptions from it. */
  readonly #exceptions = new Map<string, PrefixTable<ExceptionRead>>();
  readonly #all: readonly ExceptionRead[];

  constructor(checks: Checks, catalogue: Catalogue, exceptions: readonly ExceptionRead[]) {
    this.#all = exceptions;
    this.#bans = [...each(checks.tree.root, 'policies.*')].flatMap(({ value }) =>
      isPlain(value) ? [banOf(value, catalogue)] : [],
    );
    for (const exception of exceptions) {
      const table = this.#exceptions.get(exception.policy) ?? new PrefixTable();
      this.#exceptions.set(exception.policy, table);
      for (const prefix of exception.scope) table.add(prefix, exception);
    }
  }

  /** The bans that share something with the exception's policy and can block while it is in force. */
  beside(exception: ExceptionRead): { ban: Ban; what: string[] }[] {
    const { policy } = exception;
    const sharing = this.#sharing.get(policy) ?? this.#sharingWith(policy);
    this.#sharing.set(policy, sharing);
    return sharing.filter(({ ban: { from, to } }) => meet(exception, { starts: from, expires: to }));
  }

  #sharingWith(policy: string): { ban: Ban; what: string[] }[] {
    const own = this.#bans.find(({ id }) => id === policy);
    const others = own ? this.#bans.filter((ban) => ban !== own) : [];
    return others.map((ban) => ({ ban, what: shared(own!, ban) })).filter(({ what }) => what.length > 0);
  }

  /** Whether exceptions from the policy, in force while `exception` is, take in one of its devices or all of a prefix. */
  lets(policy: string, exception: ExceptionRead, client: Prefix | Device): boolean {
    return 'octets' in client ? this.#letsAll(policy, exception, client) : this.#letsDevice(policy, exception, client);
  }

  #letsDevice(policy: string, exception: ExceptionRead, device: Device): boolean {
    return this.#all.some(
      (other) => other.policy === policy && meet(exception, other) && other.devices.includes(device),
    );
  }

  #letsAll(policy: string, exception: ExceptionRead, prefix: Prefix): boolean {
    const table = this.#exceptions.get(policy);
    if (!table) return false;
    const theirs = [...table.holding(prefix), ...table.inside(prefix)].filter(({ value }) => meet(exception, value));
    return gaps(rangeOf(prefix), merged(theirs)).length === 0;
  }
}

const NAMED = 3;

function listed(names: readonly string[]): string {
  const some = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${some} and ${names.length - NAMED} more` : some;
}

/** `exceptions` that each are sound. Where a default blocks the rest, that is told elsewhere. */
export function validateOtherBans(
  checks: Checks,
  places: Places,
  catalogue: Catalogue,
  exceptions: readonly ExceptionRead[],
): void {
  if (exceptions.length === 0) return;
  const others = new OtherBans(checks, catalogue, exceptions);
  for (const exception of exceptions) {
    const beside = others.beside(exception);
    if (beside.length === 0) continue;
    const clients = [
      ...exception.scope.map((client) => ({ client, groups: places.of(client) })),
      ...exception.devices.map((client) => ({ client, groups: places.ofNamed(client) })),
    ];
    for (const { ban, what } of beside) {
      const where = clients.flatMap(({ client, groups }) => {
        const blocking = groups.filter((group) => blocks(group, ban.id));
        return blocking.length > 0 && !others.lets(ban.id, exception, client) ? blocking : [];
      });
      if (where.length > 0) tell(checks, exception, ban.id, what, [...new Set(where)]);
    }
  }
}

/** Of a sealed one no line is shown. */
function tell(
  checks: Checks,
  { path, sealed }: ExceptionRead,
  policy: string,
  what: readonly string[],
  groups: readonly GroupRead[],
): void {
  const where = listed(groups.map(({ id }) => `"${id}"`));
  const message = `${policy} blocks ${listed(what)} for these clients too, in group ${where}: an exception from it is needed as well`;
  const fix = `add one from ${policy} for the same clients and the same time`;
  const problem = problemAt(checks.tree, [...path, 'policy'], message, fix, { severity: 'note' });
  checks.problems.push(sealed ? { ...problem, text: '' } : problem);
}
