/** The page's own style sheet: system fonts, both colour schemes, readable on a phone and on paper. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: #1c1e21; --quiet: #5d6470; --paper: #ffffff; --panel: #f4f5f7; --rule: #d9dce1;
  --dense: #c2570c; --lookup: #1d5fd0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8eaed; --quiet: #a0a7b4; --paper: #15171a; --panel: #1f2226; --rule: #363b42;
    --dense: #ff9d5c; --lookup: #7fb2ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
p { margin: .5rem 0; }
.quiet { color: var(--quiet); }
.scroll { overflow-x: auto; }
.scroll table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.scroll th, .scroll td { padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top; }
.scroll th:first-child, .scroll td:first-child { text-align: left; }
.scroll tbody th { font-weight: 400; }
.dense { color: var(--dense); }
.lookup { color: var(--lookup); }
.chart { background: var(--panel); border-radius: .5rem; padding: .75rem .5rem .25rem; min-height: 340px; }
.u-legend { color: var(--ink); }
.mask { background: var(--panel); border-radius: .5rem; padding: .9rem 1rem; margin: .75rem 0; }
.mask p { margin: 0 0 .6rem; }
.mask mark { background: none; color: inherit; border-bottom: 2px solid var(--ink); font-weight: 600; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.pair h3 { font-size: .9rem; margin: 0 0 .25rem; }
.pair ol { list-style: none; margin: 0; padding: 0; }
.pair li { display: flex; justify-content: space-between; gap: .75rem; }
.pair li.hit span:first-child { font-weight: 700; text-decoration: underline; }
.status { font-weight: 600; }
.failure, .warnings { border-left: 3px solid var(--dense); padding-left: .75rem; margin-left: 0; list-style: none; }
.warnings li { margin: .35rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
`;
