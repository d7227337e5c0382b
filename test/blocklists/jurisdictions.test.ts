// A policy by jurisdiction covers exactly the apps managed there, and no policy touches a government, a bank or a TLD.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainDecision, isExplainProblem } from '../../src/control/explain.ts';
import { buildPolicy } from '../../src/control/policy-build.ts';
import { Image } from '../../src/policy/image.ts';
import { loadText, told } from '../settings/memory-files.ts';
import { catalogue, facets, presetFiles } from './catalogue.ts';

const POLICY = 'id: p, title: P, authority: A';

function appsOf(options: string): string[] {
  const { settings, problems } = loadText(`presets: []\npolicies: [{ ${POLICY}, ${options} }]\n`);
  expect(problems.filter(({ severity }) => severity === 'error').map(told)).toEqual([]);
  return settings!.policies[0].apps;
}

/** The apps that have names and are managed in one of `codes`, read off the files. */
function managedIn(codes: string[], contested: boolean): string[] {
  return catalogue
    .filter(({ jurisdiction }) => jurisdiction && codes.includes(jurisdiction.code))
    .filter((app) => !app.unreachable && (contested || !app.contested))
    .map(({ id }) => id);
}

const codes = [...new Set(catalogue.flatMap(({ jurisdiction }) => jurisdiction?.code ?? []))].sort();

test('the catalogue has the countries that the Dutch services name', () => {
  expect(codes).toEqual(expect.arrayContaining(['CN', 'IR', 'KP', 'RU']));
});

describe.each(codes)('%s', (code) => {
  test.each([false, true])('selects exactly its apps, contested %s', (contested) => {
    expect(appsOf(`jurisdictions: [${code}], contested: ${contested}, lists: []`)).toEqual(
      managedIn([code], contested),
    );
  });

  test('toggles exactly its apps beside the others', () => {
    const others = codes.filter((other) => other !== code);
    const without = appsOf(`jurisdictions: [${others.join(', ')}]`);
    const together = appsOf(`jurisdictions: [${codes.join(', ')}]`);
    expect(together.filter((id) => !without.includes(id))).toEqual(managedIn([code], false));
    expect(without.filter((id) => !together.includes(id))).toEqual([]);
  });
});

test('any set of them selects the apps of each, and no other', () => {
  fc.assert(
    fc.property(fc.subarray(codes, { minLength: 1 }), fc.boolean(), (some, contested) => {
      const selected = appsOf(`jurisdictions: [${some.join(', ')}], contested: ${contested}`);
      expect(selected).toEqual(managedIn(some, contested));
    }),
    { numRuns: 30 },
  );
});

test('well-known apps are where their sources say, and contested or unsourced ones are not', () => {
  expect(managedIn(['CN'], false)).toEqual(
    expect.arrayContaining(['aliexpress', 'capcut', 'deepseek', 'temu', 'tiktok', 'wechat']),
  );
  expect(managedIn(['RU'], false)).toEqual(['faceapp', 'kaspersky', 'vkontakte']);
  expect(managedIn(['RU'], true)).toContain('telegram');
  expect(managedIn(['IR'], true)).toEqual(['igap']);
  expect(managedIn(codes, true)).not.toContain('expressvpn');
});

test('an app that is named is covered, contested or not, and once', () => {
  expect(appsOf('apps: [telegram, tiktok], jurisdictions: [RU]')).toEqual([
    'telegram',
    'tiktok',
    ...managedIn(['RU'], false),
  ]);
  expect(appsOf('apps: [expressvpn]')).toEqual(['expressvpn']);
});

test('an app that goes on under another name is covered there', () => {
  expect(appsOf('apps: [musically]')).toEqual(['tiktok']);
});

/** Every preset, and a policy that covers all there is with every facet. */
async function everything() {
  const presets = [...presetFiles.keys()].map((file) => file.replace('.yaml', ''));
  const apps = catalogue.map(({ id }) => id).join(', ');
  const all = `apps: [${apps}], jurisdictions: [${codes.join(', ')}], contested: true, facets: [${facets.join(', ')}]`;
  const { settings } = loadText(`presets: [${presets.join(', ')}]\npolicies: [{ ${POLICY}, ${all} }]\n`);
  const { image, problems } = await buildPolicy({ settings: settings!, seed: 1, generation: 1 });
  expect(problems.map(told)).toEqual([]);
  return { settings: settings!, image: new Image(image!) };
}

const world = await everything();

function decisionOn(name: string): string {
  const told = explainDecision({ ...world, name, client: '127.0.0.1', at: Date.UTC(2026, 10, 1) / 1000 });
  if (isExplainProblem(told)) throw new Error(told.problem);
  return told.groups[0].decision;
}

const untouched: Record<string, string[]> = {
  'governments under .cn': [
    ...['gov.cn', 'www.gov.cn', 'english.www.gov.cn', 'mfa.gov.cn', 'www.mfa.gov.cn', 'be.china-embassy.gov.cn'],
    ...['nl.china-embassy.gov.cn', 'mofcom.gov.cn', 'beian.miit.gov.cn', 'stats.gov.cn', 'cac.gov.cn', 'npc.gov.cn'],
    ...['court.gov.cn', 'customs.gov.cn', 'beijing.gov.cn', 'news.cn', 'xinhuanet.com', 'www.pku.edu.cn'],
  ],
  'governments under .ru': [
    ...['government.ru', 'kremlin.ru', 'en.kremlin.ru', 'mid.ru', 'belgium.mid.ru', 'gosuslugi.ru', 'www.gosuslugi.ru'],
    ...['duma.gov.ru', 'council.gov.ru', 'minfin.gov.ru', 'rkn.gov.ru', 'fsb.ru', 'mos.ru', 'nalog.gov.ru', 'tass.ru'],
  ],
  'governments under .ir and .kp': [
    ...['president.ir', 'dolat.ir', 'mfa.gov.ir', 'en.mfa.gov.ir', 'leader.ir', 'irna.ir', 'ut.ac.ir'],
    ...['naenara.com.kp', 'kcna.kp', 'mfa.gov.kp', 'rodong.rep.kp', 'airkoryo.com.kp'],
  ],
  banks: [
    ...['cbr.ru', 'sberbank.ru', 'online.sberbank.ru', 'vtb.ru', 'boc.cn', 'www.icbc.com.cn', 'cmbchina.com'],
    ...['tenpay.com', 'alipay.com', 'unionpay.com', 'pbc.gov.cn', 'cbi.ir', 'bmi.ir'],
  ],
  'top-level domains and public suffixes': [
    ...['cn', 'ru', 'ir', 'kp', 'com.cn', 'gov.cn', 'org.ru', 'wx', 'weixin', 'me', 'app', 'com.kp', 'ac.ir'],
  ],
  'what others share with an app': [
    ...[
      'alicdn.com',
      'g.alicdn.com',
      'aliyuncs.com',
      'taobao.com',
      'qq.com',
      'www.qq.com',
      'mail.qq.com',
      'qcloud.com',
    ],
    ...[
      'mail.ru',
      'e.mail.ru',
      'yandex.ru',
      'maps.yandex.ru',
      'mc.yandex.ru',
      'vkcloud-static.ru',
      'ton.org',
      'baidu.com',
    ],
    ...['firebaseio.com', 'fcm.googleapis.com', 'mc.pzs.kr', 'volces.com', 'wxcloudrun.com', 'huawei.com', 'mi.com'],
  ],
};

describe.each(Object.entries(untouched))('no app and no preset touches %s', (_what, names) => {
  test.each(names)('%s', (name) => expect(decisionOn(name)).toBe('pass'));
});

test('while it does block what it names', () => {
  for (const name of ['www.tiktok.com', 'chat.deepseek.com', 'm.vk.com', 'temu.com', 'weixin.qq.com', 't.me']) {
    expect(decisionOn(name), name).toBe('block');
  }
});
