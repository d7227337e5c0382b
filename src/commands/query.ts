// sluis query: asks one question and shows the reply for people.

import { parseArgs } from 'node:util';
import { classMnemonic, edeName, statusMnemonic, typeFrom, typeMnemonic } from '../control/mnemonics.ts';
import { type Endpoint, endpointText, isWildcard, readAddress, readEndpoint } from '../settings/address.ts';
import { DEVICE_ID, readMacText } from '../settings/devices.ts';
import { loadSettings } from '../settings/load.ts';
import { isTrouble, printable } from '../settings/problems.ts';
import { readDuration } from '../settings/values.ts';
import { FLAG, OPTION } from '../wire/codes.ts';
import { extendedErrors, type MessageText, type RecordText, readMessage } from '../wire/message-text.ts';
import { wireFromText } from '../wire/name-text.ts';
import { hexadecimal } from '../wire/octets-text.ts';
import { optionOf } from '../wire/write-query.ts';
import { type Asked, type Asking, ask, NoAnswer } from './ask.ts';
import { type Command, EXIT, type Surroundings, UsageError } from './command.ts';
import { configurationFile } from './configuration.ts';
import { columns } from './layout.ts';

const USAGE = `Usage: sluis query NAME [TYPE] [--server ADDRESS[:PORT]] [--tcp] [--dnssec] [--mac MAC] [--device ID] [--timeout 5s]
                   [--config FILE] [--json]

Asks one question and shows the reply. TYPE is A where left out. Without --server the first listen address of the
configuration is asked, which is 127.0.0.1:1053 as Sluis comes.

  --tcp           ask over TCP; otherwise UDP, and TCP where the reply was truncated
  --dnssec        ask for signatures (DO)
  --mac MAC       say, as a forwarder does, that the device with this MAC asks
  --device ID     say so of the device with this id
  --timeout TIME  how long to wait, such as 500ms or 5s

Exit code: 0 answered, whatever the answer, 1 no answer, 2 the command line is wrong.
`;

const DNS_PORT = 53;
const FALLBACK = '127.0.0.1:1053';
const LONGEST_TIMEOUT = 3600;

export const query: Command = {
  name: 'query',
  summary: 'Ask one question and show the reply.',
  usage: USAGE,
  run: async (args, around) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        server: { type: 'string' },
        tcp: { type: 'boolean', default: false },
        dnssec: { type: 'boolean', default: false },
        mac: { type: 'string' },
        device: { type: 'string' },
        timeout: { type: 'string', default: '5s' },
        config: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const { tcp, dnssec, json } = values;
    const [name, type] = questionOf(positionals);
    const timeoutMs = timeoutOf(values.timeout);
    const server = values.server === undefined ? ownServer(values.config, around) : serverOf(values.server);
    const options = namingOptions(values.mac, values.device);
    return await run({ server, name, type, tcp, dnssecOk: dnssec, options, timeoutMs }, json, around);
  },
};

async function run(asking: Asking, json: boolean, around: Surroundings): Promise<number> {
  const server = endpointText(asking.server);
  try {
    const asked = await ask(asking);
    const message = readMessage(asked.message);
    if (!message) throw new NoAnswer(`a reply of ${asked.message.length} octets that cannot be read`);
    around.out(json ? `${JSON.stringify(plain(server, asked, message))}\n` : `${lines(server, asked, message)}\n`);
    return EXIT.OK;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (json) around.out(`${JSON.stringify({ server, error: error.message })}\n`);
    else around.err(`sluis query: ${server}: ${error.message}\n`);
    return EXIT.FAILED;
  }
}

function questionOf(positionals: string[]): [Uint8Array, number] {
  const [nameText, typeText = 'A', ...rest] = positionals;
  if (nameText === undefined || rest.length > 0) throw new UsageError('give a name, and a type where it is not A');
  const name = wireFromText(nameText);
  if (!name) throw new UsageError(`"${printable(nameText)}" is no domain name: write one such as www.tiktok.com`);
  const type = typeFrom(typeText);
  if (type === undefined) {
    throw new UsageError(`"${printable(typeText)}" is no record type: write one such as AAAA, HTTPS or TYPE65`);
  }
  return [name, type];
}

/** The options by which a forwarder names the device that asks. */
function namingOptions(mac: string | undefined, id: string | undefined): Uint8Array {
  const options: Uint8Array[] = [];
  if (mac !== undefined) {
    const octets = readMacText(mac);
    if (!octets) throw new UsageError(`"${printable(mac)}" is no MAC address: write it as 00:00:5e:00:53:01`);
    options.push(optionOf(OPTION.MAC, octets));
  }
  if (id !== undefined) {
    if (!DEVICE_ID.test(id)) throw new UsageError(`"${printable(id)}" cannot be the id of a device`);
    options.push(optionOf(OPTION.DEVICE_ID, new TextEncoder().encode(id)));
  }
  return Uint8Array.from(options.flatMap((option) => [...option]));
}

function timeoutOf(text: string): number {
  const seconds = readDuration(text);
  if (isTrouble(seconds)) throw new UsageError(`${printable(seconds.message)}: ${seconds.fix}`);
  if (seconds <= 0 || seconds > LONGEST_TIMEOUT) throw new UsageError('--timeout takes from 1ms to 1h');
  return seconds * 1000;
}

function serverOf(text: string): Endpoint {
  const server = readEndpoint(text, DNS_PORT);
  if (isTrouble(server)) throw new UsageError(`${printable(server.message)}: ${server.fix}`);
  return server;
}

/** Where Sluis listens on this machine, as far as its configuration can be read. */
function ownServer(config: string | undefined, around: Surroundings): Endpoint {
  const { settings } = loadSettings(configurationFile(config, around), around.env);
  const first = settings?.listen.dns[0] ?? serverOf(FALLBACK);
  if (!isWildcard(first)) return first;
  const loopback = readAddress(first.family === 4 ? '127.0.0.1' : '::1')!;
  return { ...loopback, port: first.port };
}

function flagNames(flags: number): string[] {
  const names = ['QR', 'AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const;
  return names.filter((name) => flags & FLAG[name]).map((name) => name.toLowerCase());
}

function errorsOf(message: MessageText): { code: number; name: string; text: string }[] {
  return extendedErrors(message).map(({ code, text }) => ({ code, name: edeName(code), text }));
}

/** The reply as plain data. */
function plain(server: string, asked: Asked, message: MessageText) {
  const { transport, ms, truncated, ignored } = asked;
  const records = (section: RecordText[]) =>
    section.map((record) => ({ ...record, type: typeMnemonic(record.type), class: classMnemonic(record.class) }));
  return {
    server,
    transport: transport.toLowerCase(),
    ms: Math.round(ms * 1000) / 1000,
    truncated,
    ignored,
    octets: asked.message.length,
    status: statusMnemonic(message.rcode),
    flags: flagNames(message.flags),
    errors: errorsOf(message),
    questions: message.questions.map(({ name, type, class: value }) => ({
      name,
      type: typeMnemonic(type),
      class: classMnemonic(value),
    })),
    answers: records(message.answers),
    authority: records(message.authority),
    additional: records(message.additional),
    edns: message.edns
      ? { ...message.edns, options: message.edns.options.map(({ code, data }) => ({ code, data: hexadecimal(data) })) }
      : null,
  };
}

function lines(server: string, asked: Asked, message: MessageText): string {
  const { transport, ms, truncated, ignored } = asked;
  const told = [`${statusMnemonic(message.rcode)} from ${server} over ${transport} in ${ms.toFixed(1)} ms`];
  for (const { code, name, text } of errorsOf(message))
    told.push(`EDE ${code} ${name}${text && `: ${printable(text)}`}`);
  if (truncated) told.push('truncated over UDP, so asked again over TCP');
  if (ignored > 0) told.push(`${ignored} ignored that came before it: no reply to this question`);
  const edns = message.edns;
  const offers = edns ? `EDNS ${edns.version}, ${edns.udpSize} octets${edns.dnssecOk ? ', do' : ''}` : 'no EDNS';
  told.push(`flags ${flagNames(message.flags).join(' ')}; ${offers}; ${asked.message.length} octets`, '');
  const rows = message.questions.map(({ name, type, class: value }) => ['question', name, '', kindText(type, value)]);
  rows.push(...recordRows('answer', message.answers), ...recordRows('authority', message.authority));
  rows.push(...recordRows('additional', message.additional));
  return [...told, ...columns(rows)].join('\n');
}

/** The class only where it is not IN. */
function kindText(type: number, value: number): string {
  const name = classMnemonic(value);
  return name === 'IN' ? typeMnemonic(type) : `${name} ${typeMnemonic(type)}`;
}

function recordRows(section: string, records: RecordText[]): string[][] {
  return records.map(({ name, ttl, type, class: value, data }, index) => [
    index === 0 ? section : '',
    name,
    `${ttl} s`,
    kindText(type, value),
    data,
  ]);
}
