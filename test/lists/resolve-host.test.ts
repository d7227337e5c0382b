// The addresses of list servers: asked of the resolvers that are told, in turn, and of the system where they know nothing.

import type { LookupAddress } from 'node:dns';
import { afterEach, describe, expect, test } from 'vitest';
import { lookupBy } from '../../src/lists/resolve-host.ts';
import { readAddress } from '../../src/settings/address.ts';
import { get } from '../../src/lists/http.ts';
import { whole } from '../support/list-behaviours.ts';
import { ListServer } from '../support/list-server.ts';
import { buildReply, type RecordSpec } from '../support/reply-builder.ts';
import { readMessage } from '../support/read-message.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

