// The few lines that tell whoever started Sluis what it does: where it listens, under which policy, what to try.

import type { Resolver } from '../control/resolver.ts';
import { endpointText } from '../settings/address.ts';
import { bypassKind } from '../settings/bypass.ts';
import type { Settings } from '../settings/settings.ts';
import { withPort } from '../wire/address-text.ts';

/** What each policy does to which groups, `be-716 blocks for local, service; observes for personal`; then the ways round. */
export function policyLines(settings: Settings): string[] {
  const ways = settings.policies.flatMap(({ id }) => bypassKind(id) ?? []);
  const decided = settings.policies.filter(({ id }) => !bypassKind(id));
  const lines = decided.map(({ id }) => {
    const groups = (mode: string) =>
      settings.groups.filter((group) => group.modes[id] === mode).map((group) => group.id);
    const defaults = (mode: string) =>
      settings.groups
        .filter(({ fallback }) => fallback?.policy === id && fallback.mode === mode)
        .map((group) => group.id);
    const parts = [
      ['blocks for', groups('block')],
      ['observes for', groups('observe')],
      ['blocks by default for', defaults('block')],
      ['observes by default for', defaults('observe')],
    ] as const;
    const told = parts.filter(([, ids]) => ids.length > 0).map(([verb, ids]) => `${verb} ${ids.join(', ')}`);
    return `${id} ${told.join('; ') || 'is off for every group'}`;
  });
  return ways.length > 0 ? [...lines, `ways round: ${ways.join(', ')}`] : lines;
}

/** A `dig` line that shows a block, asked where this machine can ask. */
function digLine({ address, port }: { address: string; port: number }): string {
  const wildcard = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `dig @${wildcard} -p ${port} www.tiktok.com`;
}

/** Lines without a line end; `admin` is where metrics are. */
export function banner(resolver: Resolver, version: string, admin: { address: string; port: number }): string[] {
  const { keeper, supervisor, driver, driverReason } = resolver;
  const settings = keeper.settings!;
  const report = keeper.inForce!.report!;
  const datagram = supervisor.workers.length - 1;
  const workers = `${datagram} ${driver} UDP worker${datagram === 1 ? '' : 's'}${driverReason && ` (${driverReason})`}`;
  const upstreams = settings.upstreams.map(endpointText).join(', ');
  return [
    `Sluis ${version}`,
    `  queries    ${supervisor.endpoints.map(({ address, port }) => withPort(address, port)).join(', ')} (UDP and TCP), ${workers}`,
    `  upstreams  ${upstreams}${settings.systemUpstreams ? ' (from the system)' : ''}`,
    `  policy     generation ${keeper.generation}, ${report.rules} rules: ${policyLines(settings).join(' · ') || 'none'}`,
    `  admin      http://${withPort(admin.address, admin.port)}/metrics`,
    `  try        ${digLine(supervisor.endpoints[0])}`,
  ];
}
