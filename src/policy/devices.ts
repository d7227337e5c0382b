// Finds a device of the registry by what a forwarder called it, and says whose word on that is taken.

import { MAC_OCTETS } from '../wire/device-option.ts';
import { type Image, NO_DEVICE } from './image.ts';

/** By what a device is named. */
export const NAMED_BY = { MAC: 0, ID: 1 } as const;

/** Where the search for a name begins; the seed keeps others from choosing names that meet there. */
export function deviceHash(seed: number, kind: number, octets: Uint8Array, start: number, length: number): number {
  let hash = seed ^ Math.imul(kind + 1, 0x9e3779b1);
  for (let at = start; at < start + length; at++) hash = Math.imul(hash ^ octets[at], 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** What stands in the slot of a device's name: 0 is an empty one. */
export function slotOf(device: number, kind: number): number {
  return device * 2 + kind + 1;
}

/** The number of the device that is called `octets[start, start + length)`; NO_DEVICE where none is. */
export function findDevice(image: Image, kind: number, octets: Uint8Array, start: number, length: number): number {
  const { deviceSlots } = image;
  // A power of two, half of them empty at least: every search ends.
  const mask = deviceSlots.length - 1;
  if (mask < 0) return NO_DEVICE;
  let at = deviceHash(image.seed, kind, octets, start, length) & mask;
  for (;;) {
    const slot = deviceSlots[at];
    if (slot === 0) return NO_DEVICE;
    const device = (slot - 1) >>> 1;
    if (((slot - 1) & 1) === kind && isCalled(image, device, kind, octets, start, length)) return device;
    at = (at + 1) & mask;
  }
}

/** Octet for octet: two names with one hash are still two devices. */
function isCalled(
  image: Image,
  device: number,
  kind: number,
  octets: Uint8Array,
  start: number,
  length: number,
): boolean {
  const isMac = kind === NAMED_BY.MAC;
  const own = isMac ? image.deviceMacs : image.deviceIds;
  const from = isMac ? device * MAC_OCTETS : image.deviceIdStarts[device];
  const end = isMac ? from + MAC_OCTETS : image.deviceIdStarts[device + 1];
  if (end - from !== length) return false;
  for (let at = 0; at < length; at++) if (own[from + at] !== octets[start + at]) return false;
  return true;
}

/** What an image tells people of its devices. */
export type DeviceTexts = Pick<Image, 'deviceIds' | 'deviceIdStarts' | 'deviceMacs'>;

/** Apart from the image, which is then free to go. */
export function copyDevices({ deviceIds, deviceIdStarts, deviceMacs }: Image): DeviceTexts {
  return { deviceIds: deviceIds.slice(), deviceIdStarts: deviceIdStarts.slice(), deviceMacs: deviceMacs.slice() };
}

export function deviceId({ deviceIds, deviceIdStarts }: DeviceTexts, device: number): string {
  return String.fromCharCode(...deviceIds.subarray(deviceIdStarts[device], deviceIdStarts[device + 1]));
}

/** `00-00-5E-00-53-11` (RFC 9542 §2.1); empty where it is not known. */
export function deviceMac({ deviceMacs }: DeviceTexts, device: number): string {
  const octets = deviceMacs.subarray(device * MAC_OCTETS, (device + 1) * MAC_OCTETS);
  if (octets.every((octet) => octet === 0)) return '';
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0').toUpperCase()).join('-');
}
