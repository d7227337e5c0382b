// Zones with servers of their own, as every tool has them in some form.

import { options } from '../settings/options.ts';
import { isTrouble, type Trouble } from '../settings/problems.ts';
import type { Item, Plan } from './plan.ts';
import { readServer } from './servers.ts';

/** A name as a forward zone has it. */
export function zoneOf(text: string): string | Trouble {
  const forward = [{ zones: [text.replace(/\.$/, '')], upstreams: ['192.0.2.1'] }];
  const read = options.shape.forward.safeParse(forward);
  if (read.success) return read.data[0].zones[0];
  return { message: `"${text}" is no name that a forward zone can have`, fix: 'name a zone, such as intern.example' };
}

/** The servers that Sluis can ask; the others are told. */
export function serversOf(plan: Plan, item: Item, texts: readonly string[]): string[] {
  return texts
    .filter((text) => text.trim() !== '')
    .flatMap((text) => {
      const server = readServer(text);
      if (isTrouble(server)) {
        plan.leave(
          { ...item, what: item.what.includes(text) ? item.what : `${item.what} ${text}` },
          server.message,
          server.fix,
        );
        return [];
      }
      if (server.isTcp)
        plan.differ(item, `${server.text} is asked over UDP first, not over TCP alone`, 'nothing, most likely');
      return [server.text];
    });
}

export function addServers(plan: Plan, item: Item, texts: readonly string[]): void {
  for (const server of serversOf(plan, item, texts)) plan.addUpstream(item, server);
}
