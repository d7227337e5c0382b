// sluis demo: the office, its upstream, and a run of the whole with real sockets on free ports.

import dgram from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../src/commands/ask.ts';
import { EXIT, UsageError } from '../../src/commands/command.ts';
import { demo, runDemo } from '../../src/commands/demo.ts';
import { ACTIVITIES, ALIASED_CLIP, Office, type Step } from '../../src/commands/demo-office.ts';
import { startUpstream } from '../../src/commands/demo-upstream.ts';
import { readAddress } from '../../src/settings/address.ts';
import { TYPE, typeFromText } from '../../src/wire/codes.ts';
import { type MessageText, readMessage } from '../../src/wire/message-text.ts';
import { wireFromText } from '../../src/wire/name-text.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

async function asked(port: number, name: string, type = 'A'): Promise<MessageText> {
  const server = { ...readAddress('127.0.0.1')!, port };
  const question = { name: wireFromText(name)!, type: typeFromText(type), dnssecOk: false };
  return readMessage((await ask({ server, ...question, tcp: false, timeoutMs: 20_000 })).message)!;
}

describe('the office', () => {
  const steps = (seed: number, count: number): Step[] => {
    const office = new Office(seed);
    return Array.from({ length: count }, () => office.next());
  };

  it('does the same for the same seed, and otherwise for another', () => {
    expect(steps(1, 200)).toEqual(steps(1, 200));
    expect(steps(1, 200)).not.toEqual(steps(2, 200));
  });

  it('shows every activity in both groups at once', () => {
    const { devices } = new Office(1);
    const seen = steps(1, 2 * ACTIVITIES.length).map(({ device, activity }) => `${devices[device].group} ${activity}`);
    expect(new Set(seen).size).toBe(2 * ACTIVITIES.length);
  });

  it('asks some tens of questions a second, under names that the wire can carry', () => {
    const all = steps(1, 2000);
    const seconds = all.reduce((sum, { afterMs }) => sum + afterMs, 0) / 1000;
    const questions = all.flatMap((step) => step.questions);
    expect(questions.length / seconds).toBeGreaterThan(20);
    expect(questions.length / seconds).toBeLessThan(60);
    for (const [name] of questions) expect(wireFromText(name)).toBeDefined();
  });
});

describe('the upstream', () => {
  it('answers the same for the same name, with addresses that nobody has', async () => {
    const upstream = await startUpstream();
    try {
      for (const name of ['www.news.example', 'tiktok.com', 'x.invalid']) {
        const [first, second] = [await asked(upstream.port, name), await asked(upstream.port, name)];
        expect(first.answers).toEqual(second.answers);
        expect(first.answers[0].data).toMatch(/^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$/);
      }
      expect((await asked(upstream.port, 'a.example', 'AAAA')).answers[0].data).toMatch(/^2001:db8::[0-9a-f]+$/);
      expect((await asked(upstream.port, 'a.example', 'HTTPS')).answers[0].data).toBe('1 . alpn=h2');
      expect((await asked(upstream.port, 'a.example', 'MX')).answers).toEqual([]);
    } finally {
      await upstream.close();
    }
  });

  it('leads from a site to TikTok by aliases', async () => {
    const upstream = await startUpstream();
    try {
      const { answers } = await asked(upstream.port, ALIASED_CLIP);
      expect(answers.map(({ type }) => type)).toEqual([TYPE.CNAME, TYPE.CNAME, TYPE.A]);
      expect(answers[0].data).toBe('v19-clips.tiktokcdn.com');
    } finally {
      await upstream.close();
    }
  });
});

describe('a run', () => {
  const folder = folderOf({});
  afterAll(() => folder.remove());
  const { TMPDIR } = process.env;
  beforeEach(() => {
    process.env.TMPDIR = folder.at('');
  });
  afterEach(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });

  /** Resolves when the port can be had for UDP and TCP by a socket that shares it with nobody. */
  async function takes(port: number): Promise<void> {
    const udp = dgram.createSocket('udp4').bind({ port, address: '127.0.0.1', exclusive: true });
    await once(udp, 'listening');
    udp.close();
    const tcp = net.createServer().listen(port, '127.0.0.1');
    await once(tcp, 'listening');
    tcp.close();
    await once(tcp, 'close');
  }

  it('blocks service devices, observes personal ones, and leaves nothing behind', async () => {
    const around = surroundings();
    const ending = new AbortController();
    const clips: Promise<MessageText>[] = [];
    around.out = (text) => {
      around.printed += text;
      const dig = /try +dig @127\.0\.0\.1 -p (\d+) /.exec(text);
      if (dig) clips.push(asked(Number(dig[1]), ALIASED_CLIP));
      if (/service: .* blocked .*personal: .* observed/.test(text)) ending.abort();
    };
    const { tallies, counts, endpoints } = await runDemo(
      { seconds: undefined, port: 0, adminPort: 0 },
      ending.signal,
      around,
    );
    const sum = (group: 'service' | 'personal', what: 'asked' | 'answered' | 'blocked' | 'failed') =>
      tallies[group].reduce((total, tally) => total + tally[what], 0);
    expect(sum('service', 'blocked')).toBeGreaterThan(0);
    expect(sum('personal', 'blocked')).toBe(0);
    expect(sum('personal', 'answered')).toBe(sum('personal', 'asked'));
    expect(sum('service', 'answered') + sum('service', 'blocked')).toBe(sum('service', 'asked'));
    expect(counts.observed).toBeGreaterThan(0);
    expect(counts.blocked).toBeGreaterThanOrEqual(sum('service', 'blocked'));
    const [clip] = await Promise.all(clips);
    expect(clip.answers).toEqual([]);
    expect([...clip.edns!.options[0].data.subarray(0, 2)]).toEqual([0, 15]);
    expect(around.printed).toMatch(/^ +service +6 +\d+ +\d+ +\d+ +0$/m);
    expect(around.printed).toMatch(/^ +personal +6 +\d+ +\d+ +0 +\d+$/m);
    expect(around.complained).toBe('');
    await takes(endpoints[0].port);
    expect(readdirSync(folder.at(''))).toEqual([]);
  });

  it('takes a free port where the wanted one is taken, and says so', async () => {
    const holder = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(holder, 'listening');
    const web = net.createServer().listen(0, '127.0.0.1');
    await once(web, 'listening');
    try {
      const around = surroundings();
      const { port } = holder.address();
      const options = { seconds: undefined, port, adminPort: (web.address() as net.AddressInfo).port };
      const { endpoints } = await runDemo(options, AbortSignal.abort(), around);
      expect(endpoints[0].port).not.toBe(port);
      expect(around.complained.match(/taking a free port instead/g)).toHaveLength(2);
    } finally {
      holder.close();
      web.close();
    }
  });
});

describe('the command', () => {
  it('ends by itself after --seconds', async () => {
    const around = surroundings();
    expect(await demo.run(['--seconds', '1', '--port', '0', '--admin-port', '0'], around)).toBe(EXIT.OK);
    expect(around.printed).toContain('what they did');
  });

  for (const args of [
    ['--seconds', '0'],
    ['--seconds', 'x'],
    ['--port', '65536'],
    ['--admin-port', '-1'],
  ]) {
    it(`refuses ${args.join(' ')}`, async () => {
      await expect(demo.run([`${args[0]}=${args[1]}`], surroundings())).rejects.toThrow(UsageError);
    });
  }
});
