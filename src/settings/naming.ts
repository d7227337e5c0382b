// Who is taken at their word on which device asks, and which devices of the registry that makes known.

import { type Prefix, readPrefix } from './address.ts';
import { all, type Checks } from './checks.ts';
import type { Device } from './devices.ts';
import { isWithin } from './ranges.ts';

/** Forwarders that say a MAC, and those that say an id. */
export interface Naming {
  mac: readonly Prefix[];
  id: readonly Prefix[];
}

export function readNaming(checks: Checks): Naming {
  const read = (option: string) => all(checks, `devices.${option}.*`, readPrefix).map(({ value }) => value);
  return { mac: read('mac_from'), id: read('id_from') };
}

export function forwardersOf({ mac, id }: Naming): Prefix[] {
  return [...new Map([...mac, ...id].map((prefix) => [prefix.text, prefix])).values()];
}

/** Whether some forwarder can say that this device asks. */
export function canBeNamed({ mac, id }: Naming, device: Pick<Device, 'mac'>): boolean {
  return id.length > 0 || (mac.length > 0 && device.mac !== '');
}

/** The addresses that `prefixes` and `subnets` have in common; all of `prefixes` without subnets. */
export function meeting(prefixes: readonly Prefix[], subnets: readonly Prefix[] | undefined): Prefix[] {
  if (!subnets) return [...prefixes];
  const found = prefixes.flatMap((prefix) =>
    subnets.flatMap((subnet) => {
      if (isWithin(prefix, subnet)) return [prefix];
      return isWithin(subnet, prefix) ? [subnet] : [];
    }),
  );
  return [...new Map(found.map((prefix) => [prefix.text, prefix])).values()];
}
