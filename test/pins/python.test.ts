/** @module Pins of Python's clients, with the clients. */
import { PYTHON_CLIENTS } from './clients-python.ts';
import { describeClients } from './describe-clients.ts';
import { describePrograms } from './describe-programs.ts';

describeClients('python', PYTHON_CLIENTS);
describePrograms('python', PYTHON_CLIENTS);
