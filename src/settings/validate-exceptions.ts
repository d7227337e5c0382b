// Checks of exceptions: two people, an end within a year, few clients, and a policy that they are an exception to.

import { type Prefix, readPrefix } from './address.ts';
import type { Catalogue } from './app-selection.ts';
import { type Checks, each, type Placed, texts } from './checks.ts';
import type { Device } from './devices.ts';
import { covers, type Ground, groundOf, isOn, Places, rangesOf } from './ground.ts';
import type { GroupRead, Registry } from './membership.ts';
import { isPlain, type Plain, wordOf } from './merge.ts';
import { canBeNamed, type Naming } from './naming.ts';
import { isTrouble, type Path } from './problems.ts';
import { isWide } from './ranges.ts';
import { validateOtherBans } from './validate-other-bans.ts';
import { type ExceptionRead, validateUnions } from './validate-unions.ts';
import { momentText, readTime } from './values.ts';

const DAY = 86400;

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
    const addresses = devices.get(wordOf(id))?.addresses ?? [];
    return addresses.map((prefix) => ({ path: [...path, 'devices', index], value: prefix }));
  });
  return [...clients, ...named];
}

/** The devices of an exception that somebody can name, with the option that brings each in. */
function namedBy(path: Path, value: Plain, devices: Map<string, Device>, naming: Naming): Placed<Device>[] {
  return [...each(value, 'devices.*', path)].flatMap(({ path: at, value: id }) => {
    const device = devices.get(wordOf(id));
    return device && canBeNamed(naming, device) ? [{ path: at, value: device }] : [];
  });
}

function checkSomebody(
  checks: Checks,
  path: Path,
  value: Plain,
  devices: Map<string, Device>,
  named: Placed<Device>[],
): void {
  const isNone = (option: unknown) => option === undefined || (Array.isArray(option) && option.length === 0);
  if (isNone(value.clients) && isNone(value.devices)) {
    checks.error(path, 'the exception is for nobody', 'give it clients, as in "clients: [10.10.4.17]", or devices');
  }
  for (const { path: at, value: id } of each(value, 'devices.*', path)) {
    if (typeof id !== 'string' || devices.get(id)?.addresses.length !== 0) continue;
    if (named.some((one) => one.value.id === id)) continue;
    const fix = 'give it one in the registry';
    checks.warn(at, `device "${id}" has no address in the registry: the exception does nothing for it`, fix);
  }
}

class ExceptionChecks {
  readonly #checks: Checks;
  readonly #groups: GroupRead[];
  readonly #grounds: { group: GroupRead; ground: Ground }[];
  readonly #places: Places;
  readonly #policies: Set<string>;

  constructor(checks: Checks, groups: GroupRead[], places: Places) {
    this.#checks = checks;
    this.#groups = groups;
    this.#policies = new Set([...texts(checks.tree.root, 'policies.*.id')].map(({ value }) => value));
    this.#places = places;
    this.#grounds = groups.flatMap((group) => {
      const ground = groundOf(group);
      return ground ? [{ group, ground }] : [];
    });
  }

  /** Refuses whoever is too many; whether it let all pass. */
  scope(path: Path, scope: Placed<Prefix>[], named: Placed<Device>[]): boolean {
    const fix = 'name single clients, or prefixes of /24 (IPv4) or /56 (IPv6) and longer';
    const wide = scope.filter(({ value }) => isWide(value));
    for (const { path: at, value } of wide) {
      const message = value.length === 0 ? `${value.text} is everybody` : `${value.text} is too wide`;
      this.#checks.error(at, `${message}: an exception is never for a whole organisation`, fix);
    }
    if (wide.length > 0) return false;
    const ranges = rangesOf(scope.map(({ value }) => value));
    const devices = new Set(named.map(({ value }) => value));
    const whole = this.#grounds.find(({ ground }) => covers({ ranges, devices }, ground));
    if (!whole) return true;
    const where = this.#checks.where(whole.group.path);
    const message = `the exception takes in all of group "${whole.group.id}", at ${where}`;
    this.#checks.error(
      [...path, [...scope, ...named][0].path.at(-2)!],
      message,
      'name single clients, or change the mode of the group',
    );
    return false;
  }

  /** Refuses clients in no group, and warns of a policy that does nothing to them anyway. */
  effect(path: Path, policy: unknown, scope: Placed<Prefix>[], named: Placed<Device>[]): void {
    const groups = new Set<GroupRead>();
    for (const { path: at, value } of named) {
      const own = this.#places.ofNamed(value);
      for (const group of own) groups.add(group);
      if (own.length > 0 || value.addresses.length > 0 || this.#groups.length === 0) continue;
      const message = `device "${value.id}" is in no group, and neither is any forwarder: its queries are refused`;
      this.#checks.error(at, message, 'put it in a group, or the forwarders');
    }
    for (const { path: at, value } of scope.filter((one) => !isWide(one.value))) {
      const own = this.#places.of(value);
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
}

/** An exception that by itself is as it should be, to be looked at beside others. */
function readException(path: Path, value: Plain, scope: Placed<Prefix>[], named: Placed<Device>[]): ExceptionRead[] {
  const { id, policy, sealed } = value;
  const starts = moment(value.starts);
  const expires = moment(value.expires);
  if (typeof policy !== 'string' || starts === undefined || expires === undefined || expires <= starts) return [];
  const about = { id: wordOf(id), policy, sealed: sealed === true, starts, expires };
  const devices = named.map(({ value: device }) => device);
  return [{ ...about, path, devices, scope: scope.map(({ value: prefix }) => prefix) }];
}

/** What exceptions are checked against beside the configuration, and when: in Unix seconds. */
export interface Beside {
  registry: Registry;
  catalogue: Catalogue;
  now: number;
}

/** Checks each exception by itself, against groups and policies; and those that have not ended with each other. */
export function validateExceptions(checks: Checks, groups: GroupRead[], { registry, catalogue, now }: Beside): void {
  const devices = new Map(registry.devices.map((device) => [device.id, device]));
  const places = new Places(checks, groups, registry.naming);
  const exceptions = new ExceptionChecks(checks, groups, places);
  const sound: ExceptionRead[] = [];
  for (const { path, value } of each(checks.tree.root, 'exceptions.*')) {
    if (!isPlain(value)) continue;
    checkDates(checks, path, value);
    checkPeople(checks, path, value);
    const named = namedBy(path, value, devices, registry.naming);
    checkSomebody(checks, path, value, devices, named);
    const scope = scopeOf(path, value, devices);
    if (scope.length + named.length === 0) continue;
    if (exceptions.scope(path, scope, named)) sound.push(...readException(path, value, scope, named));
    exceptions.effect(path, value.policy, scope, named);
  }
  const open = sound.filter(({ expires }) => expires > now);
  validateUnions(checks, groups, open);
  validateOtherBans(checks, places, catalogue, open);
}
