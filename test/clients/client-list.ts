/**
 * @module Every client the tests drive, quick ones first.
 */
import { chromiumClient } from './drivers/chromium.ts';
import { curlClient } from './drivers/curl.ts';
import { firefoxClient } from './drivers/firefox.ts';
import { gitClient } from './drivers/git.ts';
import { gnutlsClient } from './drivers/gnutls.ts';
import { goClient } from './drivers/go.ts';
import { nodeClient, phpClient, pythonClient, requestsClient, rubyClient } from './drivers/interpreted.ts';
import { javaClient } from './drivers/java.ts';
import { opensslClient } from './drivers/openssl.ts';
import { wgetClient } from './drivers/wget.ts';
import type { Client } from './visit.ts';

export const CLIENTS: readonly Client[] = [
  opensslClient,
  curlClient,
  gitClient,
  wgetClient,
  gnutlsClient,
  nodeClient,
  pythonClient,
  requestsClient,
  rubyClient,
  phpClient,
  goClient,
  javaClient,
  chromiumClient,
  firefoxClient,
];
