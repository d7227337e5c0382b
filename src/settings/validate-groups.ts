// Checks of who is in which group: sockets and devices that exist, and no client in two groups by the same key.

import { endpointText, readEndpoint } from './address.ts';
import { all, type Checks, each } from './checks.ts';
import type { GroupRead, Member, Registry } from './membership.ts';
import { listenersOf } from './membership.ts';
import { suggest } from './nearest.ts';
import type { Path } from './problems.ts';

const ANY_SOCKET = -1;

function checkListeners(checks: Checks): void {
  const known = listenersOf(checks).map(({ value }) => endpointText(value));
  for (const { path, value } of all(checks, 'groups.*.match.listeners.*', (text) => readEndpoint(text, undefined, 0))) {
    const text = endpointText(value);
    if (known.includes(text)) continue;
    const fix = `name a socket of listen.dns; ${suggest(text, known, 'socket')}`;
    checks.error(path, `queries are not taken on ${text}`, fix);
  }
}

function checkDevices(checks: Checks, groups: GroupRead[], { file, devices, problems }: Registry): void {
  if (file === undefined) {
    for (const pattern of ['groups.*.match.devices', 'exceptions.*.devices']) {
      for (const { path, value } of each(checks.tree.root, pattern)) {
        if (Array.isArray(value) && value.length === 0) continue;
        checks.error(path, 'there is no device registry', 'name it: devices: { file: devices.csv }', 'key');
      }
    }
    return;
  }
  // A registry with a fault lacks rows: what they hold is not unknown.
  if (problems.length > 0) return;
  const ids = devices.map(({ id }) => id);
  checks.known('groups.*.match.devices.ids.*', ids, 'device');
  checks.known('exceptions.*.devices.*', ids, 'device');
  for (const { devices: meant, members } of groups) {
    if (!meant || members.length > 0) continue;
    const message = 'no address of the registry is meant, so the group is empty';
    checks.warn(meant.path, message, 'mend the condition, or give the devices their addresses in the registry');
  }
}

interface Claim {
  group: GroupRead;
  member: Member;
}

/** Tells of every key that two groups claim: of prefixes and sockets each, of devices the first of two groups. */
class Twins {
  readonly #checks: Checks;
  readonly #first = new Map<string, Claim>();
  readonly #devices = new Map<string, { claim: Claim; other: Claim; count: number }>();

  constructor(checks: Checks) {
    this.#checks = checks;
  }

  claim(group: GroupRead, member: Member): void {
    const sockets = group.listeners.length > 0 ? group.listeners.map(({ value }) => value) : [ANY_SOCKET];
    const keys = sockets.map((socket) => `${member.prefix.text} ${socket}`);
    const claim = { group, member };
    const at = keys.findIndex((key) => this.#first.has(key));
    const other = this.#first.get(keys[at]);
    if (other) this.#tell(claim, other, group.listeners[at]?.path);
    for (const key of keys) if (!this.#first.has(key)) this.#first.set(key, claim);
  }

  #tell(claim: Claim, other: Claim, socket: Path | undefined): void {
    const { group, member } = claim;
    const { text } = member.prefix;
    const where = this.#checks.where(other.member.path);
    if (member.device || other.member.device) this.#count(claim, other);
    else if (!group.subnets && !other.group.subnets && socket) {
      // Both families are claimed by one option: it is told once.
      if (text !== '0.0.0.0/0' || group === other.group) return;
      const message = `this socket is also that of group "${other.group.id}", at ${where}`;
      this.#checks.error(socket, message, 'a client belongs to one group: give one of the two subnets as well');
    } else if (other.group === group) this.#checks.warn(member.path, `${text} is there twice`, 'remove one of the two');
    else {
      const fix = 'a client belongs to one group: remove one of the two, or make one prefix longer';
      this.#checks.error(member.path, `${text} is also in another group, at ${where}`, fix);
    }
  }

  #count(claim: Claim, other: Claim): void {
    if (claim.group === other.group) return;
    const key = `${other.group.path.join(' ')} ${claim.group.path.join(' ')}`;
    const found = this.#devices.get(key);
    if (found) found.count++;
    else this.#devices.set(key, { claim, other, count: 1 });
  }

  finish(): void {
    for (const { claim, other, count } of this.#devices.values()) {
      const { device, prefix, path } = claim.member;
      const what = device ? `device "${device.id}"` : prefix.text;
      const theirs = other.member.device;
      const also = theirs && theirs !== device ? `, as device "${theirs.id}"` : '';
      const more = count > 1 ? ` (and ${count - 1} more)` : '';
      const where = this.#checks.where(other.member.path);
      const message = `${what} of group "${claim.group.id}" is also in group "${other.group.id}"${also}, at ${where}${more}`;
      const fix = 'a client belongs to one group: have the two exclude each other by kind, work_apps, ids or subnets';
      this.#checks.error(path, message, fix);
    }
  }
}

/** Checks groups against sockets, the registry and each other. */
export function validateGroups(checks: Checks, groups: GroupRead[], registry: Registry): void {
  checkListeners(checks);
  checkDevices(checks, groups, registry);
  const twins = new Twins(checks);
  for (const group of groups) for (const member of group.members) twins.claim(group, member);
  twins.finish();
}
