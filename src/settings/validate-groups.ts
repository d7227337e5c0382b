// Checks of who is in which group: sockets and devices that exist, and no client in two groups by the same key.

import { endpointText, readEndpoint, readPrefix } from './address.ts';
import { all, type Checks, each } from './checks.ts';
import type { Device } from './devices.ts';
import type { GroupRead, Member, Registry } from './membership.ts';
import { listenersOf } from './membership.ts';
import { forwardersOf, meeting } from './naming.ts';
import { suggest } from './nearest.ts';
import type { Path } from './problems.ts';
import { isWide } from './ranges.ts';

const ANY_SOCKET = -1;
const NO_ADDRESS = 'no address of the registry is meant';

function checkListeners(checks: Checks): void {
  const known = listenersOf(checks).map(({ value }) => endpointText(value));
  for (const { path, value } of all(checks, 'groups.*.match.listeners.*', (text) => readEndpoint(text, undefined, 0))) {
    const text = endpointText(value);
    if (known.includes(text)) continue;
    const fix = `name a socket of listen.dns; ${suggest(text, known, 'socket')}`;
    checks.error(path, `queries are not taken on ${text}`, fix);
  }
}

function checkDevices(checks: Checks, groups: GroupRead[], registry: Registry): void {
  const { file, devices, naming, problems } = registry;
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
  const isNamed = forwardersOf(naming).length > 0;
  const told = isNamed ? 'no address of the registry is meant, and no device that a forwarder names' : NO_ADDRESS;
  for (const { devices: meant, members, forwarders } of groups) {
    if (!meant || members.length + forwarders.length > 0) continue;
    const fix = 'mend the condition, or give the devices their addresses in the registry';
    checks.warn(meant.path, `${told}, so the group is empty`, fix);
  }
}

/** Whoever may name devices is believed: that is for few. */
function checkForwarders(checks: Checks, { file, devices, problems }: Registry): void {
  for (const option of ['mac_from', 'id_from']) {
    for (const { path, value } of all(checks, `devices.${option}.*`, readPrefix)) {
      if (!isWide(value)) continue;
      const message = `each address of ${value.text} can pass itself off as any device`;
      checks.warn(path, message, 'name the forwarders alone');
    }
  }
  if (file === undefined || problems.length > 0 || devices.some(({ mac }) => mac !== '')) return;
  for (const { path, value } of each(checks.tree.root, 'devices.mac_from')) {
    if (!Array.isArray(value) || value.length === 0) continue;
    checks.warn(path, 'no device of the registry has a MAC, so none is found by it', 'fill the column mac', 'key');
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
  readonly #devices = new Map<string, { claim: Claim; other: Claim; devices: Set<Device | undefined> }>();

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
    const found = this.#devices.get(key) ?? { claim, other, devices: new Set() };
    found.devices.add(claim.member.device ?? other.member.device);
    this.#devices.set(key, found);
  }

  /** Devices that several groups mean, where one forwarder would name them for each. */
  claimNamed(groups: readonly GroupRead[]): void {
    const claimed = new Map<Device, GroupRead[]>();
    for (const group of groups) {
      for (const device of group.named) {
        const others = claimed.get(device) ?? [];
        for (const other of others) this.#meet(group, other, device);
        claimed.set(device, [...others, group]);
      }
    }
  }

  #meet(group: GroupRead, other: GroupRead, device: Device): void {
    const [prefix] = meeting(group.forwarders, other.forwarders);
    if (!prefix || !shareSocket(group, other)) return;
    const claimOf = (one: GroupRead): Claim => ({ group: one, member: { prefix, device, path: one.devices!.path } });
    this.#count(claimOf(group), claimOf(other));
  }

  finish(): void {
    for (const { claim, other, devices } of this.#devices.values()) {
      const { device, prefix, path } = claim.member;
      const what = device ? `device "${device.id}"` : prefix.text;
      const theirs = other.member.device;
      const also = theirs && theirs !== device ? `, as device "${theirs.id}"` : '';
      const more = devices.size > 1 ? ` (and ${devices.size - 1} more)` : '';
      const where = this.#checks.where(other.member.path);
      const message = `${what} of group "${claim.group.id}" is also in group "${other.group.id}"${also}, at ${where}${more}`;
      const fix = 'a client belongs to one group: have the two exclude each other by kind, work_apps, ids or subnets';
      this.#checks.error(path, message, fix);
    }
  }
}

/** Whether a client can be of both groups by the socket that it asks: neither, or both, must name sockets. */
function shareSocket({ listeners: some }: GroupRead, { listeners: others }: GroupRead): boolean {
  if (some.length === 0 || others.length === 0) return some.length === others.length;
  return some.some(({ value }) => others.some((other) => other.value === value));
}

/** Checks groups against sockets, the registry and each other. */
export function validateGroups(checks: Checks, groups: GroupRead[], registry: Registry): void {
  checkListeners(checks);
  checkDevices(checks, groups, registry);
  checkForwarders(checks, registry);
  const twins = new Twins(checks);
  for (const group of groups) for (const member of group.members) twins.claim(group, member);
  twins.claimNamed(groups);
  twins.finish();
}
