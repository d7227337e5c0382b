// Checks of exceptions: two people, an end within a year, few clients, and a policy that they are an exception to.

import { endpointText, type Prefix, readPrefix } from './address.ts';
import { type Checks, each, type Placed, texts } from './checks.ts';
import type { Device } from './devices.ts';
import { type GroupRead, listenersOf, type Registry } from './membership.ts';
import { isPlain, type Plain } from './merge.ts';
import { isTrouble, type Path } from './problems.ts';
import { isHost, merged, PrefixTable, type Range, rangeOf } from './ranges.ts';
import { momentText, readTime } from './values.ts';

const DAY = 86400;
/** An exception takes in no more than a small office: 256 IPv4 addresses, or the networks of one site. */
const WIDEST = { 4: 24, 6: 56 } as const;

function isWide({ family, length }: Prefix): boolean {
  return length < WIDEST[family];
}

function moment(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? readTime(value) : undefined;
  return isTrouble(seconds) ? undefined : seconds;
}

/** A year on by the calendar, at the same time of day; from 29 February on it is 1 March. */
function yearOn(seconds: number): number {
  const date = new Date(seconds * 1000);
  return date.setUTCFullYear(date.getUTCFullYear() + 1) / 1000;
}

function checkDates(checks: Checks, path: Path, value: Plain): void {
  const starts = moment(value.starts);
  const expires = moment(value.expires);
  if (starts === undefined || expires === undefined) return;
  const last = yearOn(starts);
  const at = [...path, 'expires'];
  if (expires <= starts) {
    checks.error(at, 'the exception ends before it starts', `write a moment after ${value.starts}`);
  } else if (expires > last) {
    const days = Math.ceil((expires - starts) / DAY);
    const fix = `write a moment up to ${momentText(last)}; what is needed longer is approved anew`;
    checks.error(at, `the exception lasts ${days} days, and may last a year`, fix);
  }
}

/** Who is meant: by mail address where there is one, `A. Peeters <a@example.be>` being the same as `a@example.be`. */
function person(text: string): string {
  const folded = text.normalize('NFKC').trim().toLowerCase();
  return /[^\s<>()[\]",;:]+@[^\s<>()[\]",;:]+/.exec(folded)?.[0] ?? folded;
}

function checkPeople(checks: Checks, path: Path, { owner, approver }: Plain): void {
  if (typeof owner !== 'string' || typeof approver !== 'string' || person(owner) !== person(approver)) return;
  checks.error([...path, 'approver'], 'the owner approves their own exception', 'have somebody else approve it');
}

/** The clients of an exception, with the option that brings each in. */
function scopeOf(path: Path, value: Plain, devices: Map<string, Device>): Placed<Prefix>[] {
  const list = (option: unknown) => (Array.isArray(option) ? option : []);
  const clients = list(value.clients).flatMap((text, index) => {
    const prefix = typeof text === 'string' ? readPrefix(text) : undefined;
    return prefix === undefined || isTrouble(prefix) ? [] : [{ path: [...path, 'clients', index], value: prefix }];
  });
  const named = list(value.devices).flatMap((id, index) => {
    const addresses = devices.get(String(id))?.addresses ?? [];
    return addresses.map((prefix) => ({ path: [...path, 'devices', index], value: prefix }));
  });
  return [...clients, ...named];
}

function checkSomebody(checks: Checks, path: Path, value: Plain, devices: Map<string, Device>): void {
  const isNone = (option: unknown) => option === undefined || (Array.isArray(option) && option.length === 0);
  if (isNone(value.clients) && isNone(value.devices)) {
    checks.error(path, 'the exception is for nobody', 'give it clients, as in "clients: [10.10.4.17]", or devices');
  }
  for (const { path: at, value: id } of each(value, 'devices.*', path)) {
    if (typeof id !== 'string' || devices.get(id)?.addresses.length !== 0) continue;
    const fix = 'give it one in the registry';
    checks.warn(at, `device "${id}" has no address in the registry: the exception does nothing for it`, fix);
  }
}

type Ranges = Record<4 | 6, Range[]>;

/** The addresses of a group of subnets or devices; undefined where it is of one client, or told by its socket alone. */
function groundOf({ subnets, devices, members }: GroupRead): Ranges | undefined {
  if (!subnets && !devices) return undefined;
  const ground: Ranges = { 4: [], 6: [] };
  for (const { prefix } of members) ground[prefix.family].push(rangeOf(prefix));
  const clients = new Set(members.map(({ device, prefix }) => device ?? prefix));
  const [only] = clients.size === 1 ? members : [];
  if (clients.size === 0 || (only && (only.device || isHost(only.prefix)))) return undefined;
  return ground;
}

function takenBy(scope: Placed<Prefix>[]): Ranges {
  const of = (family: 4 | 6) =>
    merged(scope.filter(({ value }) => value.family === family).map(({ value }) => rangeOf(value)));
  return { 4: of(4), 6: of(6) };
}

function covers(taken: Ranges, ground: Ranges): boolean {
  return ([4, 6] as const).every((family) =>
    ground[family].every(({ start, end }) => taken[family].some((range) => range.start <= start && range.end >= end)),
  );
}

class ExceptionChecks {
  readonly #checks: Checks;
  readonly #groups: GroupRead[];
  readonly #grounds: { group: GroupRead; ground: Ranges }[];
  readonly #any: GroupRead | undefined;
  readonly #table = new PrefixTable<GroupRead>();
  readonly #sockets: number;
  readonly #policies: Set<string>;

  constructor(checks: Checks, groups: GroupRead[]) {
    this.#checks = checks;
    this.#groups = groups;
    this.#policies = new Set([...texts(checks.tree.root, 'policies.*.id')].map(({ value }) => value));
    this.#any = groups.find(({ any }) => any);
    this.#sockets = new Set(listenersOf(checks).map(({ value }) => endpointText(value))).size;
    for (const group of groups) for (const { prefix } of group.members) this.#table.add(prefix, group);
    this.#grounds = groups.flatMap((group) => {
      const ground = groundOf(group);
      return ground ? [{ group, ground }] : [];
    });
  }

  /** Refuses whoever is too many. */
  scope(path: Path, scope: Placed<Prefix>[]): void {
    const fix = 'name single clients, or prefixes of /24 (IPv4) or /56 (IPv6) and longer';
    const wide = scope.filter(({ value }) => isWide(value));
    for (const { path: at, value } of wide) {
      const message = value.length === 0 ? `${value.text} is everybody` : `${value.text} is too wide`;
      this.#checks.error(at, `${message}: an exception is never for a whole organisation`, fix);
    }
    if (wide.length > 0) return;
    const taken = takenBy(scope);
    const whole = this.#grounds.find(({ ground }) => covers(taken, ground));
    if (!whole) return;
    const where = this.#checks.where(whole.group.path);
    const message = `the exception takes in all of group "${whole.group.id}", at ${where}`;
    this.#checks.error(
      [...path, scope[0].path.at(-2)!],
      message,
      'name single clients, or change the mode of the group',
    );
  }

  /** Refuses clients in no group, and warns of a policy that does nothing to them anyway. */
  effect(path: Path, policy: unknown, scope: Placed<Prefix>[]): void {
    const groups = new Set<GroupRead>();
    for (const { path: at, value } of scope.filter((one) => !isWide(one.value))) {
      const own = this.#groupsOf(value);
      for (const group of own) groups.add(group);
      if (own.length > 0 || this.#groups.length === 0) continue;
      const message = `${value.text} is in no group: its queries are refused, exception or not`;
      this.#checks.error(at, message, 'mend the address, or put it in a group');
    }
    if (typeof policy !== 'string' || groups.size === 0 || !this.#policies.has(policy)) return;
    if ([...groups].some((group) => isOn(group.value, policy))) return;
    const names = [...groups].map(({ id }) => `"${id}"`).join(', ');
    const message = `policy ${policy} is off for these clients, in group ${names}: there is nothing to except`;
    this.#checks.warn([...path, 'policy'], message, 'name the policy that is meant, or remove the exception');
  }

  /** Every group in which a client of the prefix can be, by whichever socket it comes. */
  #groupsOf(prefix: Prefix): GroupRead[] {
    const around = this.#table.holding(prefix);
    const found = this.#table.inside(prefix).map(({ value }) => value);
    for (let socket = 0; socket < this.#sockets; socket++) {
      const takes = ({ value }: { value: GroupRead }) =>
        value.listeners.length === 0 || value.listeners.some((listener) => listener.value === socket);
      // The longest comes first.
      const taking = around.filter(takes);
      const bySocket = taking.find(({ value }) => value.listeners.length > 0);
      const group = (bySocket ?? taking[0])?.value ?? this.#any;
      if (group) found.push(group);
    }
    return found;
  }
}

function isOn({ modes, default: fallback }: Plain, policy: string): boolean {
  if (isPlain(fallback) && fallback.policy === policy) return true;
  return isPlain(modes) && Object.hasOwn(modes, policy) && modes[policy] !== 'off';
}

/** Checks each exception by itself, and against groups and policies. */
export function validateExceptions(checks: Checks, groups: GroupRead[], registry: Registry): void {
  const devices = new Map(registry.devices.map((device) => [device.id, device]));
  const exceptions = new ExceptionChecks(checks, groups);
  for (const { path, value } of each(checks.tree.root, 'exceptions.*')) {
    if (!isPlain(value)) continue;
    checkDates(checks, path, value);
    checkPeople(checks, path, value);
    checkSomebody(checks, path, value, devices);
    const scope = scopeOf(path, value, devices);
    if (scope.length === 0) continue;
    exceptions.scope(path, scope);
    exceptions.effect(path, value.policy, scope);
  }
}
