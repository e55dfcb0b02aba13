/** @module Pins of Ruby and PHP, with the clients. */
import { SCRIPTING_CLIENTS } from './clients-scripting.ts';
import { describeClients } from './describe-clients.ts';
import { describePrograms } from './describe-programs.ts';

describeClients('scripting', SCRIPTING_CLIENTS);
describePrograms('scripting', SCRIPTING_CLIENTS);
