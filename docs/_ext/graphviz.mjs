// Reads a graph as JSON, and writes where Graphviz puts it: `node graphviz.mjs PACKAGES`.
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const { instance } = await import(`${pathToFileURL(process.argv[2])}/@viz-js/viz/dist/viz.js`);
const viz = await instance();
console.log(JSON.stringify(viz.renderJSON(JSON.parse(await text(process.stdin)))));
