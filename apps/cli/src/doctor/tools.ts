import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Tool {
  readonly name: string;
  /** First line of its `--version`, or null when it is not there. */
  readonly version: string | null;
}

const run = promisify(execFile);

async function version(command: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(command, ['--version'], { timeout: 5000, windowsHide: true });
    return (stdout || stderr).split('\n')[0]!.trim();
  } catch {
    return null;
  }
}

/** What building the native kernels needs: the first of several that is there. */
async function firstOf(name: string, commands: readonly (string | undefined)[]): Promise<Tool> {
  for (const command of commands) {
    const found = command ? await version(command) : null;
    if (found) return { name, version: found };
  }
  return { name, version: null };
}

/** Tools that node-gyp looks for, in the order in which it does. */
export function buildTools(): Promise<Tool[]> {
  return Promise.all([
    firstOf('C++ compiler', [process.env.CXX, 'c++', 'g++', 'clang++']),
    firstOf('make', ['make', 'gmake']),
    firstOf('Python', [process.env.npm_config_python, process.env.PYTHON, 'python3', 'python']),
  ]);
}
