/** @module Pins of JavaScript clients, with the clients. */
import { JAVASCRIPT_CLIENTS } from './clients-javascript.ts';
import { describeClients } from './describe-clients.ts';

describeClients('javascript', JAVASCRIPT_CLIENTS);
