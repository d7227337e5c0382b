// Tells the devices that somebody may name apart: those that the same groups and exceptions mean share their tables.

import { CompileError } from './compile-error.ts';
import { combine, type Layers, NO_GROUP, overlay, type Ranges, readPrefix, WIDTH } from './compile-groups.ts';
import type { DeviceInput, ExceptionInput, GroupInput, NamingInput, PrefixInput } from './compile-input.ts';
import { deviceHash, findDevice, NAMED_BY, slotOf } from './devices.ts';
import { type Image, MAX_DEVICES, NO_DEVICE } from './image.ts';

/** What devices have in common: the groups that mean them, and their exceptions, by index and ascending. */
export interface DeviceClass {
  groups: number[];
  exceptions: number[];
}

export interface DeviceClasses {
  count: number;
  naming: NamingInput;
  classes: DeviceClass[];
  /** By device, its class, or -1 where it has no group and no exception of its own. */
  classOf: number[];
}

export function tellDevicesApart(
  devices: readonly DeviceInput[],
  naming: NamingInput,
  groups: readonly GroupInput[],
  exceptions: readonly ExceptionInput[],
): DeviceClasses {
  if (devices.length > MAX_DEVICES) throw new CompileError(`too many devices: ${MAX_DEVICES} at most`);
  const meanings: DeviceClass[] = devices.map(() => ({ groups: [], exceptions: [] }));
  const note = (key: keyof DeviceClass, things: readonly { id: string; devices?: readonly number[] }[]): void => {
    for (const [index, { id, devices: meant = [] }] of things.entries()) {
      for (const device of new Set(meant)) {
        if (!meanings[device]) throw new CompileError(`${id}: there is no device ${device}`);
        meanings[device][key].push(index);
      }
    }
  };
  note('groups', groups);
  note('exceptions', exceptions);
  const classes: DeviceClass[] = [];
  const known = new Map<string, number>();
  const classOf = meanings.map((meaning) => {
    if (meaning.groups.length === 0 && meaning.exceptions.length === 0) return -1;
    const key = `${meaning.groups.join(' ')};${meaning.exceptions.join(' ')}`;
    const place = known.get(key) ?? classes.push(meaning) - 1;
    known.set(key, place);
    return place;
  });
  return { count: devices.length, naming, classes, classOf };
}

/** Who may name devices: in place of groups, bits of 1 << NAMED_BY. */
export function namingRanges(family: 4 | 6, { naming }: DeviceClasses): Ranges {
  const bit = (prefixes: readonly PrefixInput[], kind: number): Ranges => {
    return placesOf(family, prefixes, 1 << kind, 0, 'whoever names devices');
  };
  const [macs, ids] = [bit(naming.mac, NAMED_BY.MAC), bit(naming.id, NAMED_BY.ID)];
  return combine(macs, ids, (mac, id) => mac | id);
}

/** What of the ranges lies where devices are named: nobody looks for them from elsewhere. */
export function within(ranges: Ranges, naming: Ranges): Ranges {
  return combine(ranges, naming, (group, kinds) => (kinds === 0 ? NO_GROUP : group));
}

/**
 * The groups of a class of devices, by who names it. It ranks as an address of full length does, and goes before that of
 * whoever names it; groups that name the listener go before all that name none. Throws CompileError where two groups
 * mean it in one place.
 */
export function deviceRanges(
  family: 4 | 6,
  groups: readonly GroupInput[],
  { groups: meaning }: DeviceClass,
  { own, common }: Layers,
  listener: number,
): Ranges {
  const named = (isOwn: boolean): Ranges => {
    let layer: Ranges = { starts: [0n], groups: [NO_GROUP] };
    for (const index of meaning) {
      const { id, listeners = [], forwarders = [] } = groups[index];
      if (listeners.length > 0 !== isOwn || (isOwn && !listeners.includes(listener))) continue;
      const places = placesOf(family, forwarders, index, NO_GROUP, `group ${id}`);
      layer = combine(layer, places, (other, group) => {
        if (other === NO_GROUP || group === NO_GROUP) return Math.max(other, group);
        throw new CompileError(`groups ${groups[other].id} and ${id} both mean a device that one forwarder names`);
      });
    }
    return layer;
  };
  return overlay(overlay(overlay(common, named(false)), own), named(true));
}

/** `value` in all of the prefixes, and `none` elsewhere. */
function placesOf(family: 4 | 6, prefixes: readonly PrefixInput[], value: number, none: number, who: string): Ranges {
  let all: Ranges = { starts: [0n], groups: [none] };
  for (const input of prefixes) {
    const prefix = readPrefix(family, input, who);
    if (!prefix) continue;
    const one: Ranges = { starts: [prefix.start], groups: [value] };
    if (prefix.start > 0n) {
      one.starts.unshift(0n);
      one.groups.unshift(none);
    }
    if (prefix.end + 1n < 1n << BigInt(WIDTH[family])) {
      one.starts.push(prefix.end + 1n);
      one.groups.push(none);
    }
    all = combine(all, one, Math.max);
  }
  return all;
}

/** Places for the names of all devices: at most half of them are taken. */
export function deviceSlotCount(devices: readonly DeviceInput[]): number {
  if (devices.length === 0) return 0;
  const names = devices.length + devices.filter(({ mac }) => mac).length;
  return 2 ** Math.ceil(Math.log2(names * 2));
}

/** Octets of all ids; they are ASCII. */
export function deviceIdOctets(devices: readonly DeviceInput[]): number {
  return devices.reduce((sum, { id }) => sum + id.length, 0);
}

/** `tables`: how many one class has. Those of clients without one come first. */
export function writeDevices(
  image: Image,
  devices: readonly DeviceInput[],
  classes: DeviceClasses,
  tables: number,
): void {
  const { deviceSlots, deviceIds, deviceIdStarts, deviceMacs, deviceTables } = image;
  const place = (device: number, kind: number, octets: Uint8Array, start: number, length: number): void => {
    const other = findDevice(image, kind, octets, start, length);
    if (other !== NO_DEVICE)
      throw new CompileError(`devices ${devices[other].id} and ${devices[device].id} are called alike`);
    const mask = deviceSlots.length - 1;
    let at = deviceHash(image.seed, kind, octets, start, length) & mask;
    while (deviceSlots[at] !== 0) at = (at + 1) & mask;
    deviceSlots[at] = slotOf(device, kind);
  };
  let end = 0;
  for (const [device, { id, mac }] of devices.entries()) {
    const start = end;
    for (let at = 0; at < id.length; at++) deviceIds[end++] = id.charCodeAt(at);
    deviceIdStarts[device + 1] = end;
    place(device, NAMED_BY.ID, deviceIds, start, end - start);
    if (mac) {
      deviceMacs.set(mac, device * mac.length);
      place(device, NAMED_BY.MAC, mac, 0, mac.length);
    }
    deviceTables[device] = (classes.classOf[device] + 1) * tables;
  }
}
