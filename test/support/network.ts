// A network under a configuration, in memory: from its YAML and files to what a client gets at a moment that the test sets.

import type { Alert } from '../../src/control/calendar.ts';
import { explainDecision, isExplainProblem } from '../../src/control/explain.ts';
import { Numbers } from '../../src/control/numbers.ts';
import { buildPolicy } from '../../src/control/policy-build.ts';
import { type Standing, type StandingSource, standingAt } from '../../src/control/standing.ts';
import { Counters, HIT } from '../../src/engine/counters.ts';
import { EventReader } from '../../src/engine/event-reader.ts';
import { allocateEvents } from '../../src/engine/event-ring.ts';
import { EventWriter } from '../../src/engine/events.ts';
import { Image } from '../../src/policy/image.ts';
import { readMetadata } from '../../src/policy/metadata.ts';
import { DECISIONS } from '../../src/policy/rule.ts';
import { endpointText } from '../../src/settings/address.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { formatProblem, type Problem } from '../../src/settings/problems.ts';
import type { DecodedReply } from './decode.ts';
import { folderOf } from './surroundings.ts';
import { SEED, World } from './world.ts';

/** What upstreams say of every name, and for how long: a day. */
export const ADDRESS = '192.0.2.80';
const TTL = 86_400;

/** Names that no decision speaks of: of governments, of neighbours by name or country, of everyday work. */
export const INNOCENT = [
  ...['www.belgium.be', 'ccb.belgium.be', 'www.rijksoverheid.nl', 'commission.europa.eu', 'example.com', 'tiktok.be'],
  ...['www.gov.cn', 'www.mfa.gov.cn', 'kremlin.ru', 'www.gosuslugi.ru', 'mfa.gov.ir', 'mfa.gov.kp', 'cn', 'ru'],
  ...['notvk.com', 'mytiktok.com', 'www.akamaized.net', 'akamai.net', 'www.qq.com', 'tiktok.com.example.org'],
];

function sound(problems: Problem[]): void {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(formatProblem).join('\n'));
}

async function build(yaml: string, files: Record<string, string>): Promise<StandingSource> {
  const folder = folderOf({ ...files, 'sluis.yaml': yaml });
  try {
    const { settings, problems } = loadSettings(folder.at('sluis.yaml'), {});
    sound(problems);
    const built = await buildPolicy({ settings: settings!, seed: SEED, generation: 1 });
    sound(built.problems);
    return { settings: settings!, image: new Image(built.image!), report: built.report };
  } finally {
    folder.remove();
  }
}

/** An exception that let a name through; a sealed one has no id. */
interface Through {
  id: string | null;
  policy: string;
}

export class Network {
  readonly #source: StandingSource;
  readonly #world: World;
  readonly #hits: EventReader;
  readonly #numbers = new Numbers();

  /** Rejects where the configuration has an error. Before `at`, the year is 1971. */
  static async of(yaml: string, files: Record<string, string> = {}): Promise<Network> {
    return new Network(await build(yaml, files));
  }

  private constructor(source: StandingSource) {
    this.#source = source;
    const { settings, image } = source;
    const events = allocateEvents(1);
    const dropped = new Counters(Counters.allocate(1), 0);
    this.#world = new World(null, { events: new EventWriter(events, 0, dropped) });
    this.#world.now = Date.UTC(1971, 0, 1);
    this.#hits = new EventReader(events, 0);
    const hitSlots = this.#numbers.hitSlots(settings);
    this.#world.engine.adopt({ image: image.buffer, routes: this.#numbers.routes(settings), hitSlots });
  }

  /** Lets time pass up to a moment, in RFC 3339 or as a day of UTC; caches stay as they are. */
  at(moment: string): this {
    const ms = Date.parse(moment);
    if (!(ms >= this.#world.now)) throw new Error(`${moment} is no moment after ${new Date(this.#world.now)}`);
    this.#world.now = ms;
    this.#world.engine.tick(this.#world.moment);
    return this;
  }

  /**
   * What a client gets for a name, over UDP and over TCP alike: `refused`, `answered`, `blocked by P`, `observed by P`
   * (and answered), `let through P by X`, or both. Throws where a reply, the log of hits and explain do not agree.
   */
  gets(client: string, name: string, listener?: string): string {
    const over = (stream: boolean) => {
      const reply = this.#ask(client, name, listener, stream);
      return this.#fate(reply, this.#logged());
    };
    const fates = new Set([over(false), over(true), this.#explained(client, name, listener)]);
    if (fates.size > 1) {
      throw new Error(`${client} asks for ${name}: UDP, TCP and explain do not agree: ${[...fates].join(' ≠ ')}`);
    }
    return [...fates][0];
  }

  /** What of these names a client gets anything but an answer for, by name. */
  touched(client: string, names: readonly string[], listener?: string): Record<string, string> {
    const fates = names.map((name) => [name, this.gets(client, name, listener)]);
    return Object.fromEntries(fates.filter(([, fate]) => fate !== 'answered'));
  }

  /** The reply to one query over UDP. */
  reply(client: string, name: string, listener?: string): DecodedReply {
    const reply = this.#ask(client, name, listener, false);
    this.#logged();
    return reply;
  }

  /** For how many seconds anybody may keep the reply. */
  keeps(client: string, name: string): number {
    const { answers, authorities } = this.reply(client, name);
    return Math.max(...[...answers, ...authorities].map(({ ttl }) => ttl ?? Infinity));
  }

  /** How often a policy has met a group so far: `blocked` or `observed` or `excepted`. */
  count(policy: string, group: string, hit: 'BLOCKED' | 'OBSERVED' | 'EXCEPTED'): number {
    const pair = this.#numbers.pairs().find((one) => one.policy === policy && one.group === group);
    return pair ? this.#world.counters.readHit(pair.slot, HIT[hit]) : 0;
  }

  /** What `sluis policy` tells of the moment. */
  standing(): Standing {
    return standingAt(this.#source, this.#world.now / 1000);
  }

  /** What somebody has to look at. */
  alerts(): string[] {
    const told = ({ alert, policy, exception }: Alert) => `${exception ?? policy} ${alert}`;
    return this.standing().alerts.map(told);
  }

  #ask(from: string, name: string, listener: string | undefined, stream: boolean): DecodedReply {
    const sockets = this.#source.settings.listen.dns.map(endpointText);
    const index = listener === undefined ? 0 : sockets.indexOf(listener);
    if (index < 0) throw new Error(`nobody listens on ${listener}`);
    const reply = this.#world.ask({ name, from, listener: index, stream });
    if (reply === undefined) throw new Error(`silence for ${from}, who asked for ${name}`);
    if (reply !== 'pending') return reply;
    this.#world.respond({ answers: [{ type: 'A', name, ttl: TTL, data: ADDRESS }] });
    return this.#world.takeSent().decoded;
  }

  /** What the log of hits was told since the last call. */
  #logged(): string[] {
    this.#world.engine.endBatch(this.#world.moment);
    this.#hits.look();
    const told: string[] = [];
    while (this.#hits.next()) told.push(this.#hit());
    this.#hits.release();
    return told;
  }

  #hit(): string {
    const { settings, image } = this.#source;
    const { decision, policy, exception } = this.#hits;
    const through = exception < 0 ? undefined : readMetadata(image).exceptions[exception];
    const named = through && { id: through.id, policy: settings.policies[through.policy].id };
    return fateText(DECISIONS[decision], settings.policies[policy].id, named);
  }

  #fate({ rcode, answers }: DecodedReply, logged: string[]): string {
    if (rcode === 'REFUSED') return ['refused', ...logged].join(', ');
    const isAnswered = rcode === 'NOERROR' && answers.some(({ data }) => data === ADDRESS);
    if (logged.length === 0) return isAnswered ? 'answered' : `unaccountable ${rcode}`;
    const fate = logged.join(', ');
    return isAnswered === /(^|, )blocked/.test(fate) ? `${fate}, with ${rcode} and ${answers.length} records` : fate;
  }

  #explained(client: string, name: string, listener: string | undefined): string {
    const at = this.#world.now / 1000;
    const told = explainDecision({ ...this.#source, name, client, listener, answer: [ADDRESS], at });
    if (isExplainProblem(told)) throw new Error(told.problem);
    const [decided] = told.groups;
    const { group, answer, exceptions } = decided;
    if (group === null) return 'refused';
    const lead = answer?.leads[answer.decides ?? -1];
    const fates = [decided, ...(lead ? [lead] : [])].map(({ decision, policy, exception }) =>
      fateText(decision, policy, exception === null ? undefined : exceptions[exception]),
    );
    return fates.filter((fate) => fate !== 'answered').join(', ') || 'answered';
  }
}

/** An exception is told whatever else became of the name: another policy may observe what it let through. */
function fateText(decision: string, policy: string | null, through: Through | undefined): string {
  const past = through && `let through ${through.policy} by ${through.id ?? 'a sealed exception'}`;
  if (decision === 'block' || decision === 'observe') {
    return [`${decision === 'block' ? 'blocked' : 'observed'} by ${policy}`, ...(past ? [past] : [])].join(', ');
  }
  return past ?? 'answered';
}
