// Checks across sockets, upstreams and client prefixes: loops, clashes, and doors left open.

import {
  type Endpoint,
  endpointText,
  isInternal,
  isLoopback,
  isWildcard,
  type Prefix,
  readEndpoint,
  readPrefix,
} from './address.ts';
import { all, type Checks, each, type Placed, texts } from './checks.ts';
import { type GroupRead, listenersOf } from './membership.ts';
import { options } from './options.ts';
import { isTrouble, type Path } from './problems.ts';
import { gaps, merged, rangeOf } from './ranges.ts';

const own = (text: string) => readEndpoint(text, undefined, 0);
const theirs = (text: string) => readEndpoint(text, 53);

const DEFAULTS = options.parse({});

/** Whether what is sent to `to` arrives at a socket of ours. */
export function reaches(to: Endpoint, listener: Endpoint): boolean {
  if (to.port !== listener.port || to.family !== listener.family) return false;
  if (to.text === listener.text) return true;
  return isWildcard(listener) ? isLoopback(to) : isWildcard(to) && isLoopback(listener);
}

/** Whether two sockets of ours cannot be open at once. */
function clashes(a: Endpoint, b: Endpoint): boolean {
  if (a.port === 0 || a.port !== b.port || a.family !== b.family) return false;
  return a.text === b.text || isWildcard(a) || isWildcard(b);
}

function checkListeners(checks: Checks, listeners: Placed<Endpoint>[]): void {
  const first = new Map<string, Path>();
  for (const { path, value } of listeners) {
    const text = endpointText(value);
    if (value.port !== 0 && first.has(text)) checks.error(path, `${text} is there already`, 'remove one of the two');
    first.set(text, path);
  }
}

function checkAdmin(checks: Checks, listeners: Placed<Endpoint>[]): void {
  const [placed] = all(checks, 'admin.listen', own);
  const admin = placed?.value ?? DEFAULTS.admin.listen;
  const path = ['admin', 'listen'];
  const clash = listeners.find(({ value }) => clashes(admin, value));
  if (clash) {
    checks.error(path, `${endpointText(admin)} is taken by listen.dns, which serves TCP too`, 'choose another port');
  }
  if (!isLoopback(admin)) {
    const fix = 'listen on 127.0.0.1, or keep others out with a firewall';
    checks.warn(path, `anyone who reaches ${endpointText(admin)} can see and reload the policy`, fix);
  }
}

/** A query that we send to ourselves comes back until something breaks. */
function checkLoops(checks: Checks, listeners: Placed<Endpoint>[]): void {
  for (const pattern of ['upstreams.*', 'forward.*.upstreams.*']) {
    for (const { path, value } of all(checks, pattern, theirs)) {
      if (!listeners.some((listener) => reaches(value, listener.value))) continue;
      const message = `${endpointText(value)} is an address on which we listen: queries would go round in a loop`;
      checks.error(path, message, 'name another server');
    }
  }
}

/** `2620:fe::fe:53` is an address, though its author may have meant a port. */
function checkPorts(checks: Checks): void {
  for (const pattern of ['upstreams.*', 'forward.*.upstreams.*']) {
    for (const { path, value } of texts(checks.tree.root, pattern)) {
      const found = /^([^[\]]*:[^[\]]*):(53|5353|5335|1053)$/.exec(value);
      if (!found || isTrouble(theirs(value))) continue;
      checks.warn(
        path,
        `"${value}" is read as an address without a port`,
        `if ${found[2]} is the port: [${found[1]}]:${found[2]}`,
      );
    }
  }
}

function checkZones(checks: Checks): void {
  const first = new Map<string, Path>();
  for (const { path, value } of texts(checks.tree.root, 'forward.*.zones.*')) {
    const name = value.toLowerCase().replace(/\.$/, '');
    const other = first.get(name);
    if (other)
      checks.error(path, `zone "${name}" is there already, at ${checks.where(other)}`, 'remove one of the two');
    else first.set(name, path);
  }
}

function checkAny(checks: Checks): Path[] {
  const any = [...texts(checks.tree.root, 'groups.*.match')].filter(({ value }) => value === 'any');
  for (const { path } of any.slice(1)) {
    checks.error(
      path,
      `"any" is there already, at ${checks.where(any[0].path)}`,
      'only one group can take all the rest',
    );
  }
  return any.map(({ path }) => path);
}

/** Whoever answers the whole world is used to attack others (RFC 5358). */
function checkOpen(checks: Checks, listeners: Placed<Endpoint>[], groups: GroupRead[], any: Path[]): void {
  const warn = (path: Path, { value }: Placed<Endpoint>) => {
    const message = `this serves every address, and ${endpointText(value)} may be reached from outside`;
    checks.warn(path, `${message}: an open resolver`, 'list the subnets of your own network');
  };
  const outside = listeners.find(({ value }) => !isLoopback(value));
  for (const group of groups) {
    const wide = group.members.filter(({ prefix, device }) => prefix.length === 0 && device === undefined);
    if (group.subnets) for (const { path } of outside ? wide : []) warn(path, outside!);
    else if (wide.length > 0) {
      // An address of a private network is no door to the outside, and a socket there is a sound way to tell clients.
      const open = group.listeners.find(({ value }) => !isInternal(listeners[value].value));
      if (open) warn(open.path, listeners[open.value]);
    }
  }
  if (outside) for (const path of any) warn(path, outside);
}

const prefixOf = (text: string) => readPrefix(text) as Prefix;
/** What the Internet has of each family (RFC 4291 §2.4, RFC 6890), without private networks, which a part of may be ours. */
const INTERNET = {
  4: gaps(
    { start: rangeOf(prefixOf('1.0.0.0/8')).start, end: rangeOf(prefixOf('223.0.0.0/8')).end },
    merged(
      ['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'].map((text) =>
        rangeOf(prefixOf(text)),
      ),
    ),
  ),
  6: [rangeOf(prefixOf('2000::/3'))],
} as const;

/** Groups whose subnets are all of it only together. */
function checkOpenTogether(checks: Checks, listeners: Placed<Endpoint>[], groups: GroupRead[]): void {
  for (const family of [4, 6] as const) {
    const outside = listeners.find(({ value }) => value.family === family && !isLoopback(value));
    const members = groups.filter(({ subnets, devices }) => subnets && !devices).flatMap((group) => group.members);
    const own = members
      .filter(({ prefix }) => prefix.family === family)
      .sort((a, b) => a.prefix.length - b.prefix.length);
    // One that is all of it by itself has been told of.
    if (!outside || own.length === 0 || own[0].prefix.length === 0) continue;
    const taken = merged(own.map(({ prefix }) => rangeOf(prefix)));
    if (INTERNET[family].some((range) => gaps(range, taken).length > 0)) continue;
    const who =
      own.length === 1 ? 'this serves' : `the ${own.length} IPv${family} subnets of all groups together serve`;
    const message = `${who} all of the Internet, and ${endpointText(outside.value)} may be reached from outside`;
    checks.warn(own[0].path, `${message}: an open resolver`, 'list the subnets of your own network');
  }
}

function checkAnybody(checks: Checks): void {
  for (const { path, value } of each(checks.tree.root, 'groups')) {
    if (!Array.isArray(value) || value.length > 0) continue;
    checks.warn(path, 'there are no groups, so every client is refused', 'add a group, or remove the option');
  }
}

/** Checks what sockets, upstreams and prefixes say of each other. */
export function validateNetwork(checks: Checks, groups: GroupRead[]): void {
  const listeners = listenersOf(checks);
  checkListeners(checks, listeners);
  checkAdmin(checks, listeners);
  checkLoops(checks, listeners);
  checkPorts(checks);
  checkZones(checks);
  checkAnybody(checks);
  checkOpen(checks, listeners, groups, checkAny(checks));
  checkOpenTogether(checks, listeners, groups);
}
