// Says by example what a ban on TikTok stops and what it must leave alone, with names seen in real queries.
import { describe, expect, test } from 'vitest';
import { type App, catalogue, longestMatch, parsePlain, presetFiles } from './catalogue.ts';

const app = (id: string): App => catalogue.find((candidate) => candidate.id === id)!;

interface Preset {
  policies: { id: string; apps: string[]; facets: string[] }[];
}
const preset = parsePlain(presetFiles.get('be-716.yaml') ?? '').value as Preset;

/** What be-716 would do to a name: it blocks where the deepest rule of one of its apps has one of its facets. */
function isBlocked(name: string): boolean {
  return preset.policies.some((policy) =>
    policy.apps.some((id) => policy.facets.includes(longestMatch(app(id), name)?.facet ?? '')),
  );
}

const blocked: Record<string, string[]> = {
  'the site': [
    ...['tiktok.com', 'www.tiktok.com', 'm.tiktok.com', 'vm.tiktok.com', 'vt.tiktok.com', 'ads.tiktok.com'],
    ...['login-no1a.www.tiktok.com', 'v16-webapp-prime.tiktok.com', 'lf16-tiktok-web.ttwstatic.com', 'shop.tiktok.com'],
  ],
  'the app': [
    ...['api16-normal-useast5.tiktokv.us', 'api16-normal-c-useast1a.tiktokv.com', 'tnc0-normal-alisg.tiktokv.com'],
    ...['frontier.byteoversea.com', 'direct.quic-core-proxy-gcpsg-v3.gcpsg.byteglb.com', '0pbxmo.xzcs3zlph.com'],
    ...['musical.ly', 'snssdk1233.onelink.me'],
  ],
  'the app in Europe': [
    ...['api16-core-no1a.tiktokv.eu', 'api16-normal-useastred.tiktokv.eu', 'webcast16-normal-no1a.tiktokv.eu'],
    ...['www-ttp2.tiktokw.eu', 'p16-comment-sign-no.tiktokcdn-eu.com', 'pull-f5-tt03.tiktokeu-cdn.com'],
    ...['origin.video-cache-clover.no1a.tiktoklb.eu', 'pull-base1.s.bytefcdn-ttpeu.com'],
  ],
  'pictures, video and live streams': [
    ...['p16-sign-va.tiktokcdn.com', 'v16m.tiktokcdn.com', 'p16-sign.tiktokcdn-us.com', 'v16m.byteicdn.com'],
    ...['pull-f5-tt03.tiktokrow-cdn.com', 'lf16-tiktok-common.ibytedtos.com', 'p16-sg-default.akamaized.net'],
    ...['p16-tiktok-dm-sticker-euttp-sign-useast2a.ibyteimg.com', 'p16-tiktokcdn-com.akamaized.net'],
  ],
  telemetry: [
    'log16-normal-no1a.tiktokv.eu',
    'mon.tiktokv.com',
    'mssdk-sg.tiktok.com',
    'roovza.inapps.appsflyersdk.com',
  ],
  'alias targets': [
    ...['lf-main-gecko-source.tiktokcdn.com.ttdns2.com', 'location-v6-ttp2.tiktokv.eu.ttdns3.com'],
    ...['api16-normal-c-alisg.tiktokv.com.bytewlb.akadns.net', 'frontier16-normal-no1a.tiktokv.eu.edgesuite.net'],
    ...['pull-flv-l10-sg01.tiktokcdn.com.rocket-cdn.com', 'v16m.tiktokcdn.com.akamaized.net'],
  ],
  'names most public lists lack': [
    ...['ttapis.com', 'bytefcdn-ttpus.com', 'ttdns4.com', 'byteigtm-us.com', 'tiktoklb.us', 'byteglb.com'],
    ...['xzcs3zlph.com', 'tiktok-minis.us', 'tiktoklinksafety.us'],
  ],
};

/** Names of TikTok or ByteDance that the ban does not cover, each with the entry that holds it. */
const answered: Record<string, [name: string, home: string, facet: string][]> = {
  'pixels of ordinary sites': [
    ['analytics.tiktok.com', 'tiktok', 'pixel'],
    ['analytics.tiktok.com.edgekey.net', 'tiktok', 'pixel'],
    ['analytics-sg.tiktok.com', 'tiktok', 'pixel'],
    ['analytics16-normal-no1a.tiktokw.eu', 'tiktok', 'pixel'],
    ['business-api.tiktok.com', 'tiktok', 'pixel'],
  ],
  'advertising in the apps of others': [
    ['api16-access-ttp.tiktokpangle.us', 'pangle', 'app'],
    ['lf-static.tiktokpangle-cdn-us.com', 'pangle', 'cdn'],
    ['ssdk-sg.pangle.io.ttdns2.com', 'pangle', 'app'],
    ['pangolin16.isnssdk.com', 'pangle', 'app'],
  ],
  'other products': [
    ['www.capcut.com', 'capcut', 'web'],
    ['log16-normal-sg.capcutapi.com', 'capcut', 'telemetry'],
    ['www.lemon8-app.com', 'lemon8', 'app'],
    ['www.larksuite.com', 'lark', 'app'],
    ['larksuite.com.ttdns2.com', 'lark', 'cdn'],
    ['www.douyin.com', 'douyin', 'app'],
    ['api3-normal-c-hl.amemv.com', 'douyin', 'app'],
    ['www.toutiao.com', 'toutiao', 'app'],
  ],
  'the company and what its products share': [
    ['www.bytedance.com', 'bytedance', 'web'],
    ['i.snssdk.com', 'bytedance', 'shared'],
    ['video.bytedance.map.fastly.net', 'bytedance', 'shared'],
    ['sf16-short-va.bytedapm.com', 'bytedance', 'shared'],
    ['toblog.tobsnssdk.com.ttdns2.com', 'bytedance', 'shared'],
  ],
};

/** Names no entry may hold: public lists do hold them, or a search for the letters "tiktok" finds them. */
const strangers: Record<string, string[]> = {
  'shared parents and their other tenants': [
    ...['akamai.net', 'a1837.z.akamai.net', 'akamaized.net', 'akamaihd.net', 'edgesuite.net', 'edgekey.net'],
    ...['akadns.net', 'fastly.net', 'map.fastly.net', 'cloudfront.net', 'dttorhs584ri4.cloudfront.net', 'cdn20.com'],
    ...['1655932307.rsc.cdn77.org', 'qlivecdn.com', 'ecdnx.com', 'volcfcdndvs.com', 'wsdvs.com', 'cn.wsdvs.com'],
    ...['onelink.me', 'appsflyersdk.com', 'app.link', 'rocket-cdn.com', 'v.bsgslb.com', 'tlivecdn.com'],
    ...['all.hylivecdn.sched.ovscdns.net'],
  ],
  'strangers that public TikTok lists hold': [
    ...['taobao.com', 'www.taobao.com', 'taobao.net', 'app-measurement.com', 'alog.umeng.com', 'www.wshifen.com'],
    ...['cmbchina.com', '189.cn', '21cn.com', 'aliyuncs.com', 'amap.com', 'ns-1475.awsdns-56.org'],
  ],
  lookalikes: [
    ...['1.tiktokin.com', 'a.tiktokmod.pro', 'ali.tiktokgym.com', 'ali.tiktokin.com', 'ali.tiktoktik.com'],
    ...['buytiktokfollowers.co', 'discovertiktokdropshipping.com', 'tiktok-max.com', 'tiktok.cn.com', 'tiktokder.com'],
    ...['geo.tiktok.measurement-prod.akadns.net', 'tiktok.measurement-prod.akadns.net', 'tiktok.tps.dv.tech'],
    ...['tiktok.adsmeasurement.com', 'xtiktok.com', 'www.nottiktok.com', 'tiktok.com.example.org', 'tiktok.example'],
  ],
  'what the whole world asks': ['com', 'net', 'example.org', 'resolver.arpa', 'dns.google', 'www.google.com'],
};

describe.each(Object.entries(blocked))('be-716 blocks %s', (_what, names) => {
  test.each(names)('%s', (name) => expect(isBlocked(name)).toBe(true));
});

describe.each(Object.entries(answered))('be-716 answers %s', (_what, rows) => {
  test.each(rows)('%s: %s, %s', (name, home, facet) => {
    expect(isBlocked(name)).toBe(false);
    expect(longestMatch(app(home), name)?.facet).toBe(facet);
  });
});

describe.each(Object.entries(strangers))('no entry holds %s', (_what, names) => {
  test.each(names)('%s', (name) => {
    expect(catalogue.filter((entry) => longestMatch(entry, name)).map((entry) => entry.id)).toEqual([]);
  });
});

test('what other products lose with TikTok is said beside the rule', () => {
  const tiktok = app('tiktok');
  for (const [name, id] of [
    ['p16-lemon8-sign-sg.tiktokcdn.com', 'lemon8'],
    ['p16-ulike-sg.ibyteimg.com', 'faceu'],
    ['lf16-lark-va.ibytedtos.com', 'lark'],
  ] as const) {
    expect(longestMatch(tiktok, name)?.also, name).toContain(id);
    expect(longestMatch(app(id), name)?.match, name).toBe('exact');
  }
});
