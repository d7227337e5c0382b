// sluis query: which replies it takes, what it shows of them, and that no reply can write to the terminal.

import dgram from 'node:dgram';
import { once } from 'node:events';
import { createServer, Packet } from 'dns2';
import { afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { query } from '../../src/commands/query.ts';
import { OPTION } from '../../src/wire/codes.ts';
import { PARSE, parseQuery, Query } from '../../src/wire/query.ts';
import { option } from '../support/query-builder.ts';
import { type Script, ScriptedServer } from '../support/scripted-server.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';
import {
  ascii,
  concat,
  type MessageSpec,
  OWNER_POINTER,
  u16,
  wireName,
  writeMessage,
} from '../support/write-message.ts';

const TXT = 16;
const RESPONSE = 0x8180;
const TRUNCATED = 0x8380;
const PATIENT = ['--timeout', '20s'];

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(script: Script): Promise<string> {
  const server = await ScriptedServer.open(script);
  closing.push(() => server.close());
  return `127.0.0.1:${server.port}`;
}

/** A reply to a query for `www.example.com`, well-formed as far as `spec` lets it be. */
function replyTo(sent: Uint8Array, spec: Partial<MessageSpec> = {}): Uint8Array {
  const question = { name: 'www.example.com', type: (sent[29] << 8) | sent[30] };
  return writeMessage({ id: (sent[0] << 8) | sent[1], flags: RESPONSE, question, ...spec });
}

function address(...octets: number[]) {
  return { name: OWNER_POINTER, type: 1, ttl: 300, rdata: Uint8Array.from(octets) };
}

async function run(args: string[]): Promise<{ code: number; printed: string; complained: string }> {
  const around = surroundings();
  const code = await query.run(args, around);
  return { code, printed: around.printed, complained: around.complained };
}

describe('a device', () => {
  const named = ['--mac', '00-00-5E-00-53-0a', '--device', 'laptop-0417'];

  it('is named as a forwarder names it', async () => {
    const sent: Uint8Array[] = [];
    const server = await serve((message) => {
      sent.push(message);
      return [replyTo(message)];
    });
    expect((await run(['www.example.com', '--server', server, ...named, ...PATIENT])).code).toBe(0);
    const mac = option(OPTION.MAC, [0, 0, 0x5e, 0, 0x53, 0x0a]);
    const id = option(OPTION.DEVICE_ID, [...Buffer.from('laptop-0417')]);
    expect([...sent[0].subarray(-mac.length - id.length)]).toEqual([...mac, ...id]);
    const read = new Query(0);
    expect(parseQuery(sent[0], sent[0].length, read)).toBe(PARSE.OK);
    expect([read.macAt > 0, read.idAt > read.macAt]).toEqual([true, true]);
  });

  it.each([
    ['--mac', '00:00:5e', '"00:00:5e" is no MAC address: write it as 00:00:5e:00:53:01'],
    ['--device', 'a b', '"a b" cannot be the id of a device'],
    ['--device', '', '"" cannot be the id of a device'],
  ])('%s "%s" is refused', async (word, value, message) => {
    const asked = run(['www.example.com', '--server', '127.0.0.1:9', word, value]);
    await expect(asked).rejects.toThrow(new UsageError(message));
  });
});

describe('an answer', () => {
  it('is shown with its sections and where it came from', async () => {
    const server = await serve((sent) => [replyTo(sent, { answers: [address(192, 0, 2, 7)] })]);
    const { code, printed } = await run(['www.example.com', '--server', server, ...PATIENT]);
    expect(code).toBe(0);
    expect(printed).toMatch(new RegExp(`^NOERROR from ${server} over UDP in [0-9.]+ ms\n`));
    expect(printed).toMatch(/^flags qr rd ra; no EDNS; \d+ octets$/m);
    expect(printed).toMatch(/^answer +www\.example\.com +300 s +A +192\.0\.2\.7$/m);
  });

  it('shows an extended error by its name and text', async () => {
    const option = concat(u16(15), u16(2 + 7), u16(15), ascii('be-716\x1b'));
    const opt = { name: '.', type: 41, class: 1232, ttl: 0, rdata: option };
    const server = await serve((sent) => [replyTo(sent, { flags: RESPONSE | 3, additional: [opt] })]);
    const { code, printed } = await run(['www.example.com', 'HTTPS', '--server', server, ...PATIENT]);
    expect(code).toBe(0);
    expect(printed).toMatch(/^NXDOMAIN from/);
    expect(printed).toContain('EDE 15 Blocked: be-716·\n');
    expect(printed).toContain('EDNS 0, 1232 octets');
  });

  it('is one object with --json', async () => {
    const server = await serve((sent) => [replyTo(sent, { answers: [address(192, 0, 2, 7)] })]);
    const { printed } = await run(['www.example.com', '--json', '--server', server, ...PATIENT]);
    expect(JSON.parse(printed)).toEqual({
      server,
      transport: 'udp',
      ms: expect.any(Number),
      truncated: false,
      ignored: 0,
      octets: 49,
      status: 'NOERROR',
      flags: ['qr', 'rd', 'ra'],
      errors: [],
      questions: [{ name: 'www.example.com', type: 'A', class: 'IN' }],
      answers: [{ name: 'www.example.com', type: 'A', class: 'IN', ttl: 300, data: '192.0.2.7' }],
      authority: [],
      additional: [],
      edns: null,
    });
  });

  it('from a server of another make is read as well', async () => {
    const server = createServer({
      udp: true,
      handle: (request, send) => {
        const response = Packet.createResponseFromRequest(request);
        const { name } = request.questions[0];
        const record = (type: number) => new Packet.Resource(name, type, Packet.CLASS.IN, 60);
        response.answers.push(Object.assign(record(Packet.TYPE.MX), { exchange: 'mail.example.com', priority: 10 }));
        response.answers.push(Object.assign(record(Packet.TYPE.TXT), { data: 'v=spf1 -all' }));
        send(response);
      },
    });
    closing.push(() => server.close());
    await server.listen({ udp: { port: 0, address: '127.0.0.1' } } as never);
    const { port } = server.addresses().udp!;
    const { printed } = await run(['example.com', 'MX', '--server', `127.0.0.1:${port}`, ...PATIENT]);
    expect(printed).toMatch(/MX +10 mail\.example\.com$/m);
    expect(printed).toMatch(/TXT +"v=spf1 -all"$/m);
  });
});

describe('a hostile reply', () => {
  it('never writes to the terminal', async () => {
    const evil = '\x1b]0;owned\x07\x00\xff"\\';
    const text = concat(Uint8Array.of(evil.length), ascii(evil));
    const owner = concat(Uint8Array.of(6), ascii('a.b\x1b[J'), Uint8Array.of(0));
    const answers = [
      { name: owner, type: TXT, rdata: text },
      { name: owner, type: 5, rdata: owner },
      { name: owner, type: 65280, rdata: ascii('\x1b[2J') },
    ];
    const server = await serve((sent) => [replyTo(sent, { answers })]);
    const { printed } = await run(['www.example.com', 'TXT', '--server', server, ...PATIENT]);
    expect(printed).toMatch(/^[\x20-\x7e\n]+$/);
    expect(printed).toContain('a\\.b\\027[J');
    expect(printed).toContain('"\\027]0;owned\\007\\000\\255\\"\\\\"');
    expect(printed).toContain('\\# 4 1b5b324a');
  });

  const forged: [string, (sent: Uint8Array) => Uint8Array][] = [
    ['another id', (sent) => replyTo(sent, { id: ((sent[0] << 8) | sent[1]) ^ 1, answers: [address(6, 6, 6, 6)] })],
    ['another name', (sent) => replyTo(sent, { question: { name: 'www.example.org', type: 1 } })],
    ['another type', (sent) => replyTo(sent, { question: { name: 'www.example.com', type: 28 } })],
    ['a question of ours', (sent) => replyTo(sent, { flags: 0x0100 })],
    ['no question and no error', (sent) => concat(sent.subarray(0, 2), u16(RESPONSE), new Uint8Array(8))],
    ['too few octets', (sent) => sent.subarray(0, 11)],
  ];
  for (const [title, forge] of forged) {
    it(`with ${title} is ignored`, async () => {
      const server = await serve((sent) => [forge(sent), replyTo(sent, { answers: [address(192, 0, 2, 7)] })]);
      const { code, printed } = await run(['www.example.com', '--server', server, ...PATIENT]);
      expect(code).toBe(0);
      expect(printed).toContain('192.0.2.7');
      expect(printed).toContain('1 ignored that came before it');
    });
  }

  it('that cannot be read to its end is no answer', async () => {
    const server = await serve((sent) => [replyTo(sent, { claimedAnswers: 3, answers: [address(192, 0, 2, 7)] })]);
    const { code, printed, complained } = await run(['www.example.com', '--server', server, ...PATIENT]);
    expect(code).toBe(1);
    expect(printed).toBe('');
    expect(complained).toContain('cannot be read');
  });
});

describe('transport', () => {
  const script: Script = (sent, transport) =>
    transport === 'UDP'
      ? [replyTo(sent, { flags: TRUNCATED })]
      : [replyTo(sent, { id: 0 }), replyTo(sent, { answers: [address(192, 0, 2, 7)] })];

  it('is TCP where UDP was truncated', async () => {
    const { code, printed } = await run(['www.example.com', '--server', await serve(script), ...PATIENT]);
    expect(code).toBe(0);
    expect(printed).toContain('over TCP');
    expect(printed).toContain('truncated over UDP, so asked again over TCP');
    expect(printed).toContain('192.0.2.7');
  });

  it('is TCP alone where asked for', async () => {
    const asked: string[] = [];
    const server = await serve((sent, transport) => {
      asked.push(transport);
      return script(sent, transport);
    });
    await run(['www.example.com', '--tcp', '--server', server, ...PATIENT]);
    expect(asked).toEqual(['TCP']);
  });

  it('carries DO for --dnssec', async () => {
    const sizes: number[] = [];
    const server = await serve((sent) => {
      sizes.push(sent[sent.length - 4]);
      return [replyTo(sent)];
    });
    await run(['www.example.com', '--dnssec', '--server', server, ...PATIENT]);
    await run(['www.example.com', '--server', server, ...PATIENT]);
    expect(sizes).toEqual([0x80, 0]);
  });
});

describe('no answer', () => {
  it('is told within the timeout', async () => {
    const server = await serve(() => []);
    const { code, complained } = await run(['www.example.com', '--server', server, '--timeout', '50ms']);
    expect(code).toBe(1);
    expect(complained).toBe(`sluis query: ${server}: no answer in time\n`);
  });

  it('is told at once where nobody listens', async () => {
    const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    await once(socket, 'close');
    for (const transport of [[], ['--tcp']]) {
      const { code, printed } = await run(
        ['www.example.com', '--json', '--server', `127.0.0.1:${port}`, ...transport].concat(PATIENT),
      );
      expect(code).toBe(1);
      expect(JSON.parse(printed)).toEqual({ server: `127.0.0.1:${port}`, error: 'nobody listens there' });
    }
  });
});

it('asks the first listen address of the configuration by default', async () => {
  const server = await serve((sent) => [replyTo(sent, { answers: [address(192, 0, 2, 7)] })]);
  const port = server.split(':')[1];
  const folder = folderOf({
    'sluis.yaml': `listen: { dns: ["0.0.0.0:${port}"] }\nupstreams: ["192.0.2.53"]\npresets: []\n`,
  });
  closing.push(() => folder.remove());
  const { printed } = await run(['www.example.com', '--config', folder.at('sluis.yaml'), ...PATIENT]);
  expect(printed).toContain(`from ${server} over UDP`);
});

describe('a wrong command line', () => {
  const cases: [string, string[]][] = [
    ['no name', []],
    ['a name that is none', ['a..b']],
    ['too much', ['a.example', 'A', 'B']],
    ['an unknown type', ['a.example', 'AAAAA']],
    ['a server by name', ['a.example', '--server', 'localhost']],
    ['no time', ['a.example', '--timeout', '0s']],
  ];
  for (const [title, args] of cases) {
    it(`is ${title}`, async () => {
      await expect(query.run(args, surroundings())).rejects.toThrow(UsageError);
    });
  }
});

it('keeps the case of names', async () => {
  const server = await serve((sent) => [
    writeMessage({
      id: (sent[0] << 8) | sent[1],
      flags: RESPONSE,
      question: { name: wireName('wWw.ExAmple.com'), type: 1 },
    }),
  ]);
  const { printed } = await run(['wWw.ExAmple.com', '--server', server, ...PATIENT]);
  expect(printed).toContain('question  wWw.ExAmple.com');
});
