/** The page's look; follows the reader's light or dark setting. */
export const MAP_STYLE = `
:root { color-scheme: light dark; --back: #fbfbfa; --text: #1c1e21; --dim: #62676d; --line: #d9dbde; --frame: #eceded; --hit: #0a58ca; }
@media (prefers-color-scheme: dark) {
  :root { --back: #16181b; --text: #e9eaec; --dim: #9aa0a6; --line: #34383d; --frame: #23262a; --hit: #7fb2ff; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 16px 20px 40px; background: var(--back); color: var(--text); font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 20px; }
h1 { margin: 0; font-size: 20px; overflow-wrap: anywhere; }
h2 { margin: 28px 0 8px; font-size: 15px; }
header p { margin: 0; color: var(--dim); flex: 1; }
header span + span::before { content: "·"; margin: 0 6px; }
input { font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; width: 220px; max-width: 60vw; }
nav { margin: 10px 0 6px; min-height: 24px; }
nav button { font: inherit; color: var(--hit); background: none; border: 0; padding: 2px 4px; cursor: pointer; border-radius: 4px; }
nav button:disabled { color: var(--text); cursor: default; font-weight: 600; }
#map { position: relative; width: 100%; height: clamp(320px, calc(100vh - 190px), 1100px); overflow: hidden; border-radius: 8px; background: var(--frame); }
#map div { position: absolute; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
#map .folder { background: var(--frame); border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; font-size: 11px; line-height: 17px; font-weight: 600; cursor: pointer; }
#map .folder.shut { color: #17191c; border-radius: 2px; font-weight: 400; }
#map .folder:hover, #map .folder:focus-visible { outline: 2px solid var(--hit); outline-offset: -2px; }
#map .file { border-radius: 2px; padding: 2px 4px; font-size: 11px; line-height: 14px; color: #17191c; }
#map .file.critical { box-shadow: inset 0 0 0 2px #7a1020; font-weight: 600; }
#map .file:hover { filter: brightness(1.08); outline: 2px solid var(--hit); outline-offset: -2px; }
#map.searching .file:not(.found) { opacity: 0.14; }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin: 8px 0 0; color: var(--dim); font-size: 12px; }
.legend i { width: 160px; height: 10px; border-radius: 5px; background: linear-gradient(90deg, rgb(176 203 224), rgb(244 222 132), rgb(240 150 98), rgb(222 80 92)); }
.legend b { width: 16px; height: 12px; border-radius: 2px; background: rgb(222 80 92); box-shadow: inset 0 0 0 2px #7a1020; margin-left: 10px; }
.legend em { margin-left: auto; font-style: normal; }
#tip { position: fixed; z-index: 2; max-width: min(440px, 90vw); padding: 8px 11px; border-radius: 7px; background: #202327; color: #f3f4f5; font-size: 12px; line-height: 1.4; pointer-events: none; box-shadow: 0 4px 18px rgb(0 0 0 / 0.3); overflow-wrap: anywhere; }
#tip strong { display: block; font-size: 13px; }
section { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--dim); font-weight: 500; white-space: nowrap; }
td:nth-child(2), td:nth-child(3), th:nth-child(2), th:nth-child(3) { white-space: nowrap; font-variant-numeric: tabular-nums; }
tr.critical td:first-child { font-weight: 600; }
`;
