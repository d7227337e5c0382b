// The admin server of a running Sluis; what answers is loaded when somebody asks.

import type { Resolver } from '../control/resolver.ts';
import type { Log } from '../observe/log.ts';
import { type AdminServer, listenAdmin } from '../web/server.ts';
import { version } from './version.ts';

/** Rejects with an AdminListenError where the address cannot be had. */
export function startAdmin(resolver: Resolver, host: string, port: number, log: Log): Promise<AdminServer> {
  const startedAt = new Date().toISOString();
  return listenAdmin({ host, port, log: log.child('web') }, async () => {
    const { adminSource } = await import('./admin-source.ts');
    return adminSource(resolver, version(), startedAt);
  });
}
