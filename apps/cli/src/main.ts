#!/usr/bin/env node
import { run } from './run.js';

// A terminal that is closed takes no more text; whoever stops cleanly on that (ui/interrupt.ts) must get to the end.
let terminalGone = false;
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EIO') throw error;
  terminalGone = true;
});

process.exitCode = await run(process.argv.slice(2));
// Node would try to give the terminal back, and abort with a core dump.
if (terminalGone) process.kill(process.pid, 'SIGHUP');
