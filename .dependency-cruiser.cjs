/**
 * Who may import whom (the arrows of the house). `pnpm run import-rules` holds it.
 * A room that is not a key may not be imported by any other; tests may also use the conformance kit and core.
 */
const arrows = {
  core: [],
  tokenizer: [],
  'backend-conformance': ['core'],
  'kernels-native': ['core'],
  'kernels-wasm': ['core'],
  roberta: ['core'],
  train: ['core', 'roberta', 'tokenizer'],
  auto: ['core', 'kernels-native', 'kernels-wasm'],
};

/** A package is reached through its name, its built files or (wrongly) its sources. */
const reach = (names) => `(^|/)(packages/(${names.join('|')})/|@lookupffn/(${names.join('|')})(/|$))`;

const roomRules = Object.entries(arrows).map(([room, allowed]) => ({
  name: `${room}-imports`,
  comment: `${room} may import ${allowed.length > 0 ? allowed.join(', ') : 'nothing of ours'}.`,
  severity: 'error',
  from: { path: `^packages/${room}/src/` },
  to: {
    path: [
      reach(Object.keys(arrows).filter((name) => name !== room && !allowed.includes(name))),
      '^apps/',
      '^tools/',
    ],
  },
}));

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'no-circular',
      comment: 'A cycle between files hides which of them is the foundation.',
      severity: 'error',
      from: { path: '^(packages|apps)/[^/]+/src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'only-through-the-door',
      comment: "Another room's files are reached through its package name, never by a relative path.",
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^(packages|apps)/([^/]+)/src/', pathNot: '^$1/$2/src/' },
    },
    {
      name: 'not-to-dev-dependency',
      comment: 'Shipped code may not need what only developers install.',
      severity: 'error',
      from: { path: '^(packages|apps)/[^/]+/src/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only', 'npm', 'npm-peer', 'npm-optional'],
      },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    exclude: { path: ['/dist/', '/build/', '/assembly/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
