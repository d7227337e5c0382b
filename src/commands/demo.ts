// sluis demo: a small office on this machine, with its resolver and its upstream, to see everything work offline.

import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ConfigurationError, Resolver } from '../control/resolver.ts';
import { RefusedError } from '../control/thread.ts';
import { ListenError } from '../net/listen-error.ts';
import { type Log, openLog } from '../observe/log.ts';
import { AdminListenError, type AdminServer } from '../web/server.ts';
import { startAdmin } from './admin.ts';
import { banner } from './banner.ts';
import { type Command, EXIT, type Surroundings, UsageError } from './command.ts';
import { DemoClients, type DemoTallies, hasAddress } from './demo-clients.ts';
import { DemoConfiguration } from './demo-configuration.ts';
import { Office } from './demo-office.ts';
import { closingLines, countsOf, type DemoCounts, program, progressLine } from './demo-report.ts';
import { startUpstream } from './demo-upstream.ts';
import { version } from './version.ts';

const USAGE = `Usage: sluis demo [--seconds N] [--port PORT] [--admin-port PORT]

Runs Sluis as "serve" does, with an upstream of its own and a small office of simulated devices, all on this machine:
no network is needed and nothing leaves it. Service devices are blocked by the preset be-716, personal ones observed.
Your own questions to it are those of a service device.

  --seconds N       end after so long; otherwise at Ctrl-C
  --port PORT       of 127.0.0.1 for DNS, 1053 where left out; 0, or a taken one: any that is free
  --admin-port PORT likewise for metrics and the API, 8053 where left out

Exit code: 0.
`;

const DNS_PORT = '1053';
const ADMIN_PORT = '8053';
const LONGEST_SECONDS = 86_400;
/** The same office every time. */
const SEED = 716;
const TELL_EVERY_MS = 3000;
/** A free UDP port need not be free for TCP too. */
const FREE_PORT_ATTEMPTS = 5;

export interface DemoOptions {
  /** Undefined: until the signal. */
  seconds: number | undefined;
  /** 0 for any that is free. */
  port: number;
  adminPort: number;
}

/** What was seen, by the devices and by the workers. */
export interface DemoSummary {
  tallies: DemoTallies;
  counts: DemoCounts;
  endpoints: Resolver['supervisor']['endpoints'];
}

export const demo: Command = {
  name: 'demo',
  summary: 'See everything work offline: a simulated office, blocked and observed.',
  usage: USAGE,
  run: async (args, around) => {
    const { values } = parseArgs({
      args,
      options: {
        seconds: { type: 'string' },
        port: { type: 'string', default: DNS_PORT },
        'admin-port': { type: 'string', default: ADMIN_PORT },
      },
    });
    const options = {
      seconds: values.seconds === undefined ? undefined : wholeNumber('--seconds', values.seconds, 1, LONGEST_SECONDS),
      port: wholeNumber('--port', values.port, 0, 65535),
      adminPort: wholeNumber('--admin-port', values['admin-port'], 0, 65535),
    };
    const ending = new AbortController();
    const end = () => ending.abort();
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
    try {
      await runDemo(options, ending.signal, around);
    } finally {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
    }
    return EXIT.OK;
  },
};

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (number < least || number > most) throw new UsageError(`${option} takes a number from ${least} to ${most}`);
  return number;
}

/** Runs until the time is over or `signal` is given; leaves no socket, thread or file behind, whatever happens. */
export async function runDemo(options: DemoOptions, signal: AbortSignal, around: Surroundings): Promise<DemoSummary> {
  const closing: (() => unknown)[] = [];
  try {
    const upstream = await startUpstream();
    closing.push(() => upstream.close());
    const configuration = new DemoConfiguration();
    closing.push(() => configuration.remove());
    const resolver = await startResolver(configuration, options, upstream.port, around);
    closing.push(() => resolver.close());
    const log = openLog({ level: 'error' });
    closing.push(() => log.close());
    const admin = await startAdminNear(resolver, options.adminPort, log, around);
    closing.push(() => admin.close());
    const office = new Office(SEED);
    const own = await hasAddress(office.devices[0].address);
    const clients = await DemoClients.open(office.devices, resolver.supervisor.endpoints[0].port, own);
    closing.push(() => clients.close());
    around.out(`${opening(resolver, admin, configuration.file, own).join('\n')}\n`);
    await live(office, clients, resolver, options.seconds, signal, around);
    const { endpoints } = resolver.supervisor;
    return { tallies: clients.tallies, counts: countsOf(resolver), endpoints };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Takes a free port where the wanted one is taken, and says so. */
async function startResolver(
  configuration: DemoConfiguration,
  { port, adminPort }: DemoOptions,
  upstream: number,
  around: Surroundings,
): Promise<Resolver> {
  for (let attempt = 0; ; attempt++) {
    configuration.write({ dns: attempt === 0 ? port : 0, admin: adminPort, upstream });
    try {
      const onWorker = ({ worker, kind }: { worker: string; kind: string }) => around.err(`${worker}: ${kind}\n`);
      const nothing = () => {};
      const hooks = {
        onReload: nothing,
        onFetch: nothing,
        onCopies: nothing,
        onWorker,
        onHitLog: nothing,
        onLearning: nothing,
        onAudit: nothing,
        onAlert: nothing,
        onChange: nothing,
      };
      return await Resolver.start({ file: configuration.file, env: {}, ...hooks });
    } catch (error) {
      if (error instanceof ConfigurationError) {
        throw new Error(`the demo's configuration is not sound: ${error.problems[0]?.message ?? error.message}`);
      }
      if (!isTaken(error) || attempt === FREE_PORT_ATTEMPTS) throw error;
      if (attempt === 0 && port > 0) around.err(`${(error as Error).message}; taking a free port instead\n`);
    }
  }
}

async function startAdminNear(resolver: Resolver, port: number, log: Log, around: Surroundings): Promise<AdminServer> {
  try {
    return await startAdmin(resolver, '127.0.0.1', port, log);
  } catch (error) {
    if (!isTaken(error) || port === 0) throw error;
    around.err(`${(error as Error).message}; taking a free port instead\n`);
    return await startAdmin(resolver, '127.0.0.1', 0, log);
  }
}

function isTaken(error: unknown): boolean {
  if (error instanceof RefusedError) return error.report.code === 'EADDRINUSE';
  return (error instanceof ListenError || error instanceof AdminListenError) && error.code === 'EADDRINUSE';
}

function opening(resolver: Resolver, admin: AdminServer, file: string, own: boolean): string[] {
  const { port } = resolver.supervisor.endpoints[0];
  const dig = `dig @127.0.0.1 -p ${port}`;
  return [
    ...banner(resolver, version(), admin),
    `             ${dig} www.tiktok.com HTTPS     blocked alike`,
    `             ${dig} analytics.tiktok.com     a pixel on ordinary sites: answered`,
    `             ${dig} clips.partner.example    an alias that leads to TikTok: blocked`,
    ...(own ? [`             ${dig} www.tiktok.com -b 127.0.20.11   a personal device: answered, and observed`] : []),
    `             ${program()} explain www.tiktok.com --config ${file}`,
    '',
    own
      ? 'The office: service devices on 127.0.10.0/24, personal ones on 127.0.20.0/24. Ctrl-C ends it.'
      : 'This system has no 127.0.10.11: all devices ask from 127.0.0.1, and so all as service devices. Ctrl-C ends it.',
    '',
  ];
}

/** Lets the office ask, tells now and then, and ends with the table. */
async function live(
  office: Office,
  clients: DemoClients,
  resolver: Resolver,
  seconds: number | undefined,
  signal: AbortSignal,
  around: Surroundings,
): Promise<void> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const ending = seconds === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  const tell = () => around.out(`${progressLine(elapsed(), clients.tallies, countsOf(resolver))}\n`);
  const telling = setInterval(tell, TELL_EVERY_MS);
  try {
    while (!ending.aborted) {
      const step = office.next();
      await pause(step.afterMs, undefined, { signal: ending });
      clients.ask(step);
    }
  } catch (error) {
    if (!ending.aborted) throw error;
  } finally {
    clearInterval(telling);
  }
  await clients.settle();
  const table = closingLines(elapsed(), office.devices, clients.tallies, countsOf(resolver));
  around.out(`\n${table.join('\n')}\n`);
}
