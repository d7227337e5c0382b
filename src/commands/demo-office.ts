// The office of the demo: who works there, what they do, and which names that makes their devices ask. Pure.

import { TYPE } from '../wire/codes.ts';

export type DemoGroup = 'service' | 'personal';

export interface Device {
  group: DemoGroup;
  /** Its IPv4 address: loopback, so that nothing leaves this machine. */
  address: string;
}

export type Question = readonly [name: string, type: number];

/** One device does one thing, `afterMs` after the last. */
export interface Step {
  afterMs: number;
  device: number;
  activity: number;
  questions: Question[];
}

interface Activity {
  title: string;
  /** How often, in parts of all that a device of the group does. */
  weight: Record<DemoGroup, number>;
  /** What the applications ask, in order. */
  ask: (office: Office) => Question[];
}

const DEVICES_PER_GROUP = 6;
/** About three things happen a second, some ten questions each. */
const SHORTEST_GAP_MS = 100;
const LONGEST_GAP_MS = 550;
const NEWS_PAGES = 200;

/** A clip on this site is fetched from TikTok, which only the answer's aliases tell. */
export const ALIASED_CLIP = 'clips.partner.example';

/** Aliases of the demo's names; the names of TikTok are its own. */
export const ALIASES: Record<string, string> = {
  'cdn.news.example': 'news.edge-europe.example',
  [ALIASED_CLIP]: 'v19-clips.tiktokcdn.com',
  'v19-clips.tiktokcdn.com': 'v19-clips.tiktokcdn.com.akamaized.net',
};

const TIKTOK_APP = [
  ...['api16-core-no1a.tiktokv.eu', 'api16-normal-useastred.tiktokv.eu', 'webcast16-normal-no1a.tiktokv.eu'],
  ...['www-ttp2.tiktokw.eu', 'p16-comment-sign-no.tiktokcdn-eu.com', 'pull-f5-tt03.tiktokeu-cdn.com'],
  ...['log16-normal-no1a.tiktokv.eu', 'mon.tiktokv.com', 'p16-sign-va.tiktokcdn.com', 'frontier.byteoversea.com'],
];

export const ACTIVITIES: readonly Activity[] = [
  {
    title: 'works: mail, intranet, documents',
    weight: { service: 8, personal: 2 },
    ask: () => [
      ...addresses('mail.office.example', 'intranet.office.example'),
      ...browsed('documents.office.example'),
      ['time.office.example', TYPE.A],
    ],
  },
  {
    title: 'reads the news',
    weight: { service: 4, personal: 6 },
    ask: (office) => [
      ...browsed('www.news.example', 'images.news.example', 'cdn.news.example'),
      ...addresses(`page-${office.below(NEWS_PAGES)}.news.example`),
    ],
  },
  {
    title: 'shops, on a site with a TikTok pixel',
    weight: { service: 2, personal: 4 },
    ask: () => browsed('www.shop.example', 'static.shop.example', 'analytics.tiktok.com'),
  },
  {
    title: 'opens the TikTok app',
    weight: { service: 2, personal: 5 },
    ask: () => addresses(...TIKTOK_APP),
  },
  {
    title: 'plays a clip that a site has from TikTok',
    weight: { service: 1, personal: 1 },
    ask: () => browsed('www.partner.example', ALIASED_CLIP),
  },
];

/** What an application asks: both kinds of addresses. */
function addresses(...names: string[]): Question[] {
  return names.flatMap((name): Question[] => [
    [name, TYPE.A],
    [name, TYPE.AAAA],
  ]);
}

/** What a browser asks: addresses, and how to connect. */
function browsed(...names: string[]): Question[] {
  return names.flatMap((name): Question[] => [...addresses(name), [name, TYPE.HTTPS]]);
}

/** A source of steps: the same ones for the same seed. */
export class Office {
  readonly devices: Device[];
  #state: number;
  #taken = 0;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    this.devices = [...devicesOf('service', '127.0.10'), ...devicesOf('personal', '127.0.20')];
  }

  /** First every activity once in each group, so that whoever looks on sees all of it soon; then as it comes. */
  next(): Step {
    const turn = this.#taken++;
    const opening = turn < 2 * ACTIVITIES.length;
    const device = opening
      ? (turn % 2) * DEVICES_PER_GROUP + this.below(DEVICES_PER_GROUP)
      : this.below(this.devices.length);
    const activity = opening ? turn >> 1 : this.#choose(this.devices[device].group);
    const afterMs = SHORTEST_GAP_MS + this.below(LONGEST_GAP_MS - SHORTEST_GAP_MS);
    return { afterMs, device, activity, questions: ACTIVITIES[activity].ask(this) };
  }

  /** A whole number from 0 to below `most`; a linear congruence whose upper bits are used is random enough for this. */
  below(most: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * most);
  }

  #choose(group: DemoGroup): number {
    let left = this.below(ACTIVITIES.reduce((sum, { weight }) => sum + weight[group], 0));
    return ACTIVITIES.findIndex(({ weight }) => {
      left -= weight[group];
      return left < 0;
    });
  }
}

function devicesOf(group: DemoGroup, network: string): Device[] {
  return Array.from({ length: DEVICES_PER_GROUP }, (_, index) => ({ group, address: `${network}.${11 + index}` }));
}
